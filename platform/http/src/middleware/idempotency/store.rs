//! `control.idempotency_keys`.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use platform_db::Database;
use platform_db::schema::control::idempotency_keys::{self, dsl};
use platform_kernel::clock::now;
use platform_kernel::{Error, ErrorCode, Result};
use std::time::Duration;

/// How long an answer can be repeated.
const KEPT: TimeDelta = TimeDelta::hours(24);
/// After this time a request without an answer counts as lost with its process.
const LOCKED: TimeDelta = TimeDelta::minutes(2);

/// A key that is ours until the answer is kept.
pub(super) struct Key {
    scope: String,
    key: String,
    /// Tells this attempt from a later one that took the key over.
    locked_until: DateTime<Utc>,
}

pub(super) enum Claim {
    /// The first request with this key: it runs.
    Ours(Key),
    Replay(Stored),
}

/// An answer.
pub(super) struct Stored {
    pub(super) status: u16,
    pub(super) body: Option<String>,
    pub(super) location: Option<String>,
}

#[derive(Insertable)]
#[diesel(table_name = idempotency_keys)]
struct NewKey<'a> {
    scope: &'a str,
    key: &'a str,
    request_hash: &'a [u8],
    locked_until: DateTime<Utc>,
    expires_at: DateTime<Utc>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = idempotency_keys)]
struct Row {
    request_hash: Vec<u8>,
    status: Option<i32>,
    body: Option<String>,
    location: Option<String>,
}

/// Takes the key, or tells what became of the request that has it.
pub(super) async fn claim(
    db: &Database,
    scope: String,
    key: String,
    hash: Vec<u8>,
) -> Result<Claim> {
    let now = now();
    let locked_until = now + LOCKED;
    let new = NewKey {
        scope: &scope,
        key: &key,
        request_hash: &hash,
        locked_until,
        expires_at: now + KEPT,
    };
    let mut tx = db.control().await?;
    let lost = dsl::status.is_null().and(dsl::locked_until.lt(now));
    diesel::delete(idempotency_keys::table.find((&scope, &key)))
        .filter(dsl::expires_at.lt(now).or(lost))
        .execute(tx.conn())
        .await?;
    let taken = diesel::insert_into(idempotency_keys::table)
        .values(&new)
        .on_conflict_do_nothing()
        .execute(tx.conn())
        .await?;
    if taken == 1 {
        tx.commit().await?;
        return Ok(Claim::Ours(Key {
            scope,
            key,
            locked_until,
        }));
    }
    let row = idempotency_keys::table
        .find((&scope, &key))
        .select(Row::as_select())
        .first(tx.conn())
        .await
        .optional()?;
    tx.commit().await?;
    judge(row, &hash)
}

fn judge(row: Option<Row>, hash: &[u8]) -> Result<Claim> {
    let running = || {
        let error = Error::from(ErrorCode::IdempotencyInProgress);
        error.retry_after(Duration::from_secs(1))
    };
    // No row: the first request has just failed and released the key.
    let row = row.ok_or_else(running)?;
    if row.request_hash != hash {
        return Err(ErrorCode::IdempotencyMismatch.into());
    }
    let status = row.status.ok_or_else(running)?;
    Ok(Claim::Replay(Stored {
        status: u16::try_from(status).map_err(Error::internal)?,
        body: row.body,
        location: row.location,
    }))
}

/// Keeps the answer. The request has had its effect, so a failure here is only logged.
pub(super) async fn finish(db: &Database, key: &Key, stored: Stored) {
    let update = async {
        let mut tx = db.control().await?;
        diesel::update(idempotency_keys::table.find((&key.scope, &key.key)))
            .filter(dsl::locked_until.eq(key.locked_until))
            .set((
                dsl::status.eq(i32::from(stored.status)),
                dsl::body.eq(stored.body),
                dsl::location.eq(stored.location),
            ))
            .execute(tx.conn())
            .await?;
        tx.commit().await
    };
    if let Err(error) = update.await {
        tracing::error!(%error, "an idempotent answer could not be kept");
    }
}

/// Frees the key of a request without effect.
pub(super) async fn release(db: &Database, key: &Key) {
    let delete = async {
        let mut tx = db.control().await?;
        diesel::delete(idempotency_keys::table.find((&key.scope, &key.key)))
            .filter(dsl::locked_until.eq(key.locked_until))
            .execute(tx.conn())
            .await?;
        tx.commit().await
    };
    if let Err(error) = delete.await {
        tracing::warn!(%error, "an idempotency key could not be released");
    }
}

/// Forgets answers older than a day; gives how many. Run it now and then.
pub async fn purge_expired_keys(db: &Database) -> Result<usize> {
    let mut tx = db.control().await?;
    let expired = idempotency_keys::table.filter(dsl::expires_at.lt(now()));
    let purged = diesel::delete(expired).execute(tx.conn()).await?;
    tx.commit().await?;
    Ok(purged)
}
