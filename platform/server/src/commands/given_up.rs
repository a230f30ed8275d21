//! Jobs that were given up, for operators: to look at, to try again, to drop.

use super::print;
use chrono::{DateTime, Utc};
use clap::Subcommand;
use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Integer, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use platform_db::Database;
use platform_db::audit::Actor;
use platform_http::TenantResolver;
use platform_kernel::id::TenantId;
use serde_json::json;
use std::time::Duration;
use tenants::Registry;
use uuid::Uuid;

#[derive(Subcommand)]
pub(super) enum Command {
    /// Print the jobs that were given up, the newest first.
    List {
        #[arg(long, default_value_t = 100)]
        limit: i64,
    },
    /// Try a job again, from its first attempt on.
    Retry { id: i64 },
    /// Drop a job for good. What it was to do is not done.
    Drop { id: i64 },
}

#[derive(QueryableByName)]
struct Job {
    #[diesel(sql_type = BigInt)]
    id: i64,
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Text)]
    key: String,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    tenant_id: Option<Uuid>,
    #[diesel(sql_type = Integer)]
    attempts: i32,
    #[diesel(sql_type = Nullable<Text>)]
    last_error: Option<String>,
    #[diesel(sql_type = Timestamptz)]
    dead_at: DateTime<Utc>,
}

const COLUMNS: &str = "id, kind, key, tenant_id, attempts, last_error, dead_at";
const PATIENCE: Duration = Duration::from_secs(10);

pub(super) async fn run(
    db: &Database,
    registry: &Registry,
    command: Command,
    by: &Actor,
) -> anyhow::Result<()> {
    match command {
        Command::List { limit } => list(db, limit).await,
        Command::Retry { id } => {
            let sql = format!(
                "UPDATE control.jobs SET dead_at = NULL, attempts = 0, takeovers = 0, run_at = now() \
                 WHERE id = $1 AND dead_at IS NOT NULL RETURNING {COLUMNS_WITH_MOMENT}"
            );
            change(db, registry, id, &sql, "job.retried", by).await
        }
        Command::Drop { id } => {
            let sql = format!(
                "DELETE FROM control.jobs WHERE id = $1 AND dead_at IS NOT NULL RETURNING {COLUMNS}"
            );
            change(db, registry, id, &sql, "job.dropped", by).await
        }
    }
}

/// The same where the job is given up no longer.
const COLUMNS_WITH_MOMENT: &str =
    "id, kind, key, tenant_id, attempts, last_error, now() AS dead_at";

async fn list(db: &Database, limit: i64) -> anyhow::Result<()> {
    let mut tx = db.control().await?;
    let sql = format!(
        "SELECT {COLUMNS} FROM control.jobs WHERE dead_at IS NOT NULL ORDER BY dead_at DESC LIMIT $1"
    );
    let jobs: Vec<Job> = diesel::sql_query(sql)
        .bind::<BigInt, _>(limit)
        .load(tx.conn())
        .await?;
    tx.commit().await?;
    for job in &jobs {
        print(&format!(
            "{}  {}  {} {}  tenant {}  {} attempts  {}",
            job.id,
            job.dead_at.format("%Y-%m-%d %H:%M:%S"),
            job.kind,
            job.key,
            job.tenant_id.map_or("-".to_owned(), |id| id.to_string()),
            job.attempts,
            job.last_error.as_deref().unwrap_or("no error is known"),
        ));
    }
    print(&format!("{} given up", jobs.len()));
    Ok(())
}

/// Changes one job; where it is a dealership's, its own log says so in the same transaction.
async fn change(
    db: &Database,
    registry: &Registry,
    id: i64,
    sql: &str,
    action: &str,
    by: &Actor,
) -> anyhow::Result<()> {
    let mut tx = db.batch().await?;
    let changed: Vec<Job> = diesel::sql_query(sql)
        .bind::<BigInt, _>(id)
        .load(tx.conn())
        .await?;
    let Some(job) = changed.into_iter().next() else {
        anyhow::bail!("no job {id} was given up");
    };
    let tenant = match job.tenant_id {
        Some(tenant) => registry.by_id(TenantId(tenant)).await?,
        None => None,
    };
    if let Some(tenant) = tenant {
        tx.enter(&tenant, PATIENCE).await?;
        let data = json!({ "kind": job.kind, "key": job.key, "last_error": job.last_error });
        tx.audit(by, action, "job", Some(job.id), data).await?;
    }
    tx.commit().await?;
    print(&format!("{} {}: {action}", job.kind, job.key));
    Ok(())
}
