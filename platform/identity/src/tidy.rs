//! Forgetting what is over: sessions, one-time tokens, and sign-ups that nobody finished.

use crate::Identity;
use chrono::TimeDelta;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use platform_db::schema::control::{password_resets, sessions, signups, window_counts};
use platform_kernel::{Result, clock};

/// How long what is over is kept, for somebody who asks what happened.
const KEPT: TimeDelta = TimeDelta::days(7);

impl Identity {
    /// Deletes what was over a week ago; refresh tokens go with their session. Answers how many
    /// rows went.
    pub async fn tidy(&self) -> Result<usize> {
        let before = clock::now() - KEPT;
        let mut tx = self.db.control().await?;
        let over = sessions::expires_at
            .nullable()
            .lt(before)
            .or(sessions::revoked_at.lt(before));
        let mut gone = diesel::delete(sessions::table.filter(over))
            .execute(tx.conn())
            .await?;
        gone +=
            diesel::delete(password_resets::table.filter(password_resets::expires_at.lt(before)))
                .execute(tx.conn())
                .await?;
        gone += diesel::delete(signups::table.filter(signups::expires_at.lt(before)))
            .execute(tx.conn())
            .await?;
        gone +=
            diesel::delete(window_counts::table.filter(window_counts::ends_at.lt(clock::now())))
                .execute(tx.conn())
                .await?;
        tx.commit().await?;
        Ok(gone)
    }
}
