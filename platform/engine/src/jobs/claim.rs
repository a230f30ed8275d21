use chrono::{DateTime, Utc};
use diesel::QueryableByName;
use diesel::sql_types::{
    Array, BigInt, Integer, Jsonb, Nullable, Text, Timestamptz, Uuid as SqlUuid,
};
use diesel_async::RunQueryDsl;
use platform_db::Database;
use platform_db::jobs::{Lease, LeasedJob};
use platform_kernel::Result;
use platform_kernel::id::{TenantId, WorkerId};
use serde_json::Value;
use uuid::Uuid;

/// A job that this worker has leased, and what its lease was given on.
#[derive(Clone, Debug)]
pub(super) struct Claimed {
    pub(super) job: LeasedJob,
    /// How often the job had been woken when it was claimed.
    pub(super) wake: i64,
    pub(super) run_at: DateTime<Utc>,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = BigInt)]
    id: i64,
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Text)]
    key: String,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    tenant_id: Option<Uuid>,
    #[diesel(sql_type = Jsonb)]
    payload: Value,
    #[diesel(sql_type = Timestamptz)]
    run_at: DateTime<Utc>,
    #[diesel(sql_type = BigInt)]
    wake: i64,
    #[diesel(sql_type = Integer)]
    attempts: i32,
    #[diesel(sql_type = Integer)]
    takeovers: i32,
    #[diesel(sql_type = BigInt)]
    lease_epoch: i64,
}

const CLAIM: &str = "UPDATE control.jobs AS j SET lease_owner = $1, lease_epoch = j.lease_epoch + 1 \
    FROM (SELECT id FROM control.jobs \
        WHERE lease_owner IS NULL AND dead_at IS NULL AND run_at <= now() \
        AND kind = ANY($2) AND (tenant_id IS NULL OR tenant_id <> ALL($3)) \
        ORDER BY lane, run_at, id LIMIT $4 FOR UPDATE SKIP LOCKED) AS c \
    WHERE j.id = c.id \
    RETURNING j.id, j.kind, j.key, j.tenant_id, j.payload, j.run_at, j.wake, j.attempts, \
        j.takeovers, j.lease_epoch";

/// Leases up to `limit` jobs that are due, most urgent lane first. `busy` tenants have as much
/// of this worker as they may.
pub(super) async fn claim(
    db: &Database,
    worker: WorkerId,
    kinds: &[&'static str],
    busy: &[Uuid],
    limit: usize,
) -> Result<Vec<Claimed>> {
    let mut tx = db.control().await?;
    let rows: Vec<Row> = diesel::sql_query(CLAIM)
        .bind::<SqlUuid, _>(worker.0)
        .bind::<Array<Text>, _>(kinds)
        .bind::<Array<SqlUuid>, _>(busy)
        .bind::<BigInt, _>(i64::try_from(limit).unwrap_or(i64::MAX))
        .load(tx.conn())
        .await?;
    tx.commit().await?;
    let mut claimed: Vec<Claimed> = rows.into_iter().map(Claimed::from).collect();
    claimed.sort_by_key(|claimed| (claimed.run_at, claimed.job.id));
    Ok(claimed)
}

impl From<Row> for Claimed {
    fn from(row: Row) -> Self {
        Self {
            job: LeasedJob {
                id: row.id,
                kind: row.kind,
                key: row.key,
                tenant_id: row.tenant_id.map(TenantId),
                payload: row.payload,
                attempts: row.attempts,
                lease_epoch: row.lease_epoch,
                takeovers: row.takeovers,
                lease: Lease::default(),
            },
            wake: row.wake,
            run_at: row.run_at,
        }
    }
}

#[derive(QueryableByName)]
struct Next {
    #[diesel(sql_type = Nullable<Timestamptz>)]
    run_at: Option<DateTime<Utc>>,
}

/// When the next job that rests is due.
pub(super) async fn next_due(
    db: &Database,
    kinds: &[&'static str],
) -> Result<Option<DateTime<Utc>>> {
    let sql = "SELECT min(run_at) AS run_at FROM (SELECT l.lane, (SELECT min(run_at) \
        FROM control.jobs WHERE lane = l.lane AND lease_owner IS NULL AND dead_at IS NULL \
        AND run_at > now() AND kind = ANY($1)) AS run_at \
        FROM unnest('{0,1,2,3}'::smallint[]) AS l(lane)) AS lanes";
    let mut tx = db.control().await?;
    let next: Next = diesel::sql_query(sql)
        .bind::<Array<Text>, _>(kinds)
        .get_result(tx.conn())
        .await?;
    tx.commit().await?;
    Ok(next.run_at)
}
