//! Putting work into the one queue, in the caller's transaction. Who takes it out again is the
//! engine's business.

use crate::transaction::{BatchTx, ControlTx, TenantTx};
use chrono::{DateTime, Utc};
use diesel::sql_types::{Jsonb, Nullable, SmallInt, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use platform_kernel::Result;
use platform_kernel::id::TenantId;
use serde::Serialize;
use serde_json::Value;

/// Which jobs go first when there is more work than hands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i16)]
pub enum Lane {
    /// Somebody waits for it on screen.
    Interactive = 0,
    /// An event from outside.
    Event = 1,
    /// Planned for a time.
    Schedule = 2,
    /// Whenever there is room.
    Backfill = 3,
}

/// Work to be done once, some time after the transaction commits.
#[derive(Clone, Debug)]
pub struct NewJob {
    /// Names the handler, for example `execution` or `send_signup_mail`.
    pub kind: &'static str,
    /// Unique within the kind: enqueuing the same key again wakes the job that is there.
    pub key: String,
    pub lane: Lane,
    pub payload: Value,
    pub run_at: DateTime<Utc>,
}

impl NewJob {
    /// A job for now.
    pub fn new(
        kind: &'static str,
        key: impl ToString,
        lane: Lane,
        payload: &impl Serialize,
    ) -> Result<Self> {
        Ok(Self {
            kind,
            key: key.to_string(),
            lane,
            payload: serde_json::to_value(payload).map_err(platform_kernel::Error::internal)?,
            run_at: platform_kernel::clock::now(),
        })
    }

    /// The same job, not before `time`.
    #[must_use]
    pub fn at(mut self, time: DateTime<Utc>) -> Self {
        self.run_at = time;
        self
    }
}

const ENQUEUE_AS_TENANT: &str = "SELECT control.enqueue_job($1, $2, $3, $4, $5)";

const ENQUEUE: &str = "INSERT INTO control.jobs AS j (kind, key, tenant_id, lane, payload, run_at) \
    VALUES ($1, $2, $6, $3, $4, $5) ON CONFLICT (kind, key) DO UPDATE \
    SET run_at = least(j.run_at, excluded.run_at), wake = j.wake + 1, dead_at = NULL";

async fn enqueue_as_tenant(connection: &mut AsyncPgConnection, job: &NewJob) -> Result<()> {
    diesel::sql_query(ENQUEUE_AS_TENANT)
        .bind::<Text, _>(job.kind)
        .bind::<Text, _>(&job.key)
        .bind::<SmallInt, _>(job.lane as i16)
        .bind::<Jsonb, _>(&job.payload)
        .bind::<Timestamptz, _>(job.run_at)
        .execute(connection)
        .await?;
    Ok(())
}

impl ControlTx {
    /// Enqueues `job`, for `tenant` or for the platform itself.
    pub async fn enqueue(&mut self, tenant: Option<TenantId>, job: &NewJob) -> Result<()> {
        diesel::sql_query(ENQUEUE)
            .bind::<Text, _>(job.kind)
            .bind::<Text, _>(&job.key)
            .bind::<SmallInt, _>(job.lane as i16)
            .bind::<Jsonb, _>(&job.payload)
            .bind::<Timestamptz, _>(job.run_at)
            .bind::<Nullable<SqlUuid>, _>(tenant.map(|t| t.0))
            .execute(self.conn())
            .await?;
        Ok(())
    }
}

impl TenantTx {
    /// Enqueues `job` for this tenant.
    pub async fn enqueue(&mut self, job: &NewJob) -> Result<()> {
        enqueue_as_tenant(self.conn(), job).await
    }
}

impl BatchTx {
    /// Enqueues `job` for the tenant entered last.
    pub async fn enqueue(&mut self, job: &NewJob) -> Result<()> {
        enqueue_as_tenant(self.conn(), job).await
    }
}
