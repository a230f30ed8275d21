//! Jobs that failed too often or lost too many workers: kept for an operator to look at, try again or
//! drop.

use chrono::{DateTime, Utc};
use diesel::QueryableByName;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use platform_db::audit::Actor;
use platform_db::{BatchTx, Database};
use platform_kernel::id::TenantId;
use platform_kernel::tenant::TenantContext;
use platform_kernel::{ErrorCode, Result};
use serde_json::json;
use std::time::Duration;
use uuid::Uuid;

/// A job that nobody works on any more.
#[derive(Clone, Debug, QueryableByName)]
pub struct GivenUp {
    #[diesel(sql_type = BigInt)]
    pub id: i64,
    #[diesel(sql_type = Text)]
    pub kind: String,
    #[diesel(sql_type = Text)]
    pub key: String,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub tenant_id: Option<Uuid>,
    #[diesel(sql_type = Integer)]
    pub attempts: i32,
    #[diesel(sql_type = Nullable<Text>)]
    pub last_error: Option<String>,
    #[diesel(sql_type = Timestamptz)]
    pub dead_at: DateTime<Utc>,
}

/// What is done with one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It begins anew, with its first attempt.
    Retry,
    /// What it was to do is not done.
    Drop,
}

const LIST: &str = "SELECT id, kind, key, tenant_id, attempts, last_error, dead_at \
    FROM control.jobs WHERE dead_at IS NOT NULL ORDER BY dead_at DESC, id DESC LIMIT $1";
const FIND: &str = "SELECT id, kind, key, tenant_id, attempts, last_error, dead_at \
    FROM control.jobs WHERE id = $1 AND dead_at IS NOT NULL FOR UPDATE";
const RETRY: &str = "UPDATE control.jobs SET dead_at = NULL, attempts = 0, takeovers = 0, \
    run_at = now() WHERE id = $1";
const DROP: &str = "DELETE FROM control.jobs WHERE id = $1";
const PATIENCE: Duration = Duration::from_secs(10);

/// The newest first.
pub async fn list(db: &Database, limit: i64) -> Result<Vec<GivenUp>> {
    let mut tx = db.control().await?;
    let jobs = diesel::sql_query(LIST)
        .bind::<BigInt, _>(limit)
        .load(tx.conn())
        .await?;
    tx.commit().await?;
    Ok(jobs)
}

/// Locks one for a decision.
///
/// # Errors
/// `NotFound` where no job of this id was given up.
pub async fn find(tx: &mut BatchTx, id: i64) -> Result<GivenUp> {
    let found = diesel::sql_query(FIND)
        .bind::<BigInt, _>(id)
        .get_result(tx.conn())
        .await
        .optional()?;
    found.ok_or_else(|| ErrorCode::NotFound.detail(format!("no job {id} was given up")))
}

impl GivenUp {
    pub fn tenant(&self) -> Option<TenantId> {
        self.tenant_id.map(TenantId)
    }

    /// Carries the decision out. Where the job is a dealership's, its own log has it in the same
    /// transaction.
    pub async fn decide(
        &self,
        mut tx: BatchTx,
        tenant: Option<&TenantContext>,
        decision: Decision,
        by: &Actor,
    ) -> Result<()> {
        let (sql, action) = match decision {
            Decision::Retry => (RETRY, "job.retried"),
            Decision::Drop => (DROP, "job.dropped"),
        };
        diesel::sql_query(sql)
            .bind::<BigInt, _>(self.id)
            .execute(tx.conn())
            .await?;
        if let Some(tenant) = tenant {
            tx.enter(tenant, PATIENCE).await?;
            let data = json!({ "kind": self.kind, "key": self.key, "last_error": self.last_error });
            tx.audit(by, action, "job", Some(self.id), data).await?;
        }
        tx.commit().await
    }
}
