use super::view::FailedExecution;
use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use diesel::sql_types::{
    Array, BigInt, Date, Double, Integer, Jsonb, Nullable, Text, Timestamptz, Uuid as SqlUuid,
};
use diesel_async::RunQueryDsl;
use platform_db::{QueryResult, TenantTx};
use platform_kernel::id::{ExecutionId, LeadId, UserId, WorkflowId};
use serde_json::Value;

/// A day of the dealership and the instants between which it lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Day {
    pub(super) date: NaiveDate,
    pub(super) starts: DateTime<Utc>,
    pub(super) ends: DateTime<Utc>,
}

#[derive(Debug, QueryableByName)]
pub(super) struct DayFigures {
    #[diesel(sql_type = Date)]
    pub(super) date: NaiveDate,
    #[diesel(sql_type = BigInt)]
    pub(super) leads: i64,
    #[diesel(sql_type = BigInt)]
    pub(super) answered: i64,
    #[diesel(sql_type = Nullable<Double>)]
    pub(super) median_response_seconds: Option<f64>,
    #[diesel(sql_type = BigInt)]
    pub(super) executions: i64,
    #[diesel(sql_type = BigInt)]
    pub(super) failures: i64,
}

/// The figures of each day, in the days' order; of all leads or of `own` ones.
pub(super) async fn days(
    tx: &mut TenantTx,
    days: &[Day],
    own: Option<UserId>,
) -> QueryResult<Vec<DayFigures>> {
    diesel::sql_query(
        "SELECT d.date, l.leads, l.answered, l.median_response_seconds, e.executions, e.failures \
         FROM unnest($1, $2, $3) AS d (date, starts, ends) \
         CROSS JOIN LATERAL (SELECT count(*) AS leads, count(first_response_at) AS answered, \
             percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM first_response_at - received_at)::float8) \
                 FILTER (WHERE first_response_at IS NOT NULL) AS median_response_seconds \
             FROM leads WHERE received_at >= d.starts AND received_at < d.ends \
               AND ($4::uuid IS NULL OR assigned_to IS NULL OR assigned_to = $4)) l \
         CROSS JOIN LATERAL (SELECT count(*) AS executions, count(*) FILTER (WHERE status = 'failed') AS failures \
             FROM workflow_executions WHERE created_at >= d.starts AND created_at < d.ends) e \
         ORDER BY d.date",
    )
    .bind::<Array<Date>, _>(days.iter().map(|d| d.date).collect::<Vec<_>>())
    .bind::<Array<Timestamptz>, _>(days.iter().map(|d| d.starts).collect::<Vec<_>>())
    .bind::<Array<Timestamptz>, _>(days.iter().map(|d| d.ends).collect::<Vec<_>>())
    .bind::<Nullable<SqlUuid>, _>(own)
    .load(tx.conn())
    .await
}

#[derive(Debug, QueryableByName)]
pub(super) struct Now {
    #[diesel(sql_type = Nullable<Double>)]
    pub(super) median: Option<f64>,
    #[diesel(sql_type = Nullable<Double>)]
    pub(super) p90: Option<f64>,
    #[diesel(sql_type = BigInt)]
    pub(super) waiting: i64,
    #[diesel(sql_type = BigInt)]
    pub(super) needs_review: i64,
}

/// The response times since `since`, and what stands open now.
pub(super) async fn now(
    tx: &mut TenantTx,
    since: DateTime<Utc>,
    own: Option<UserId>,
) -> QueryResult<Now> {
    diesel::sql_query(
        "WITH answers AS (SELECT extract(epoch FROM first_response_at - received_at)::float8 AS seconds \
             FROM leads WHERE received_at >= $1 AND first_response_at IS NOT NULL \
               AND ($2::uuid IS NULL OR assigned_to IS NULL OR assigned_to = $2)) \
         SELECT (SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds) FROM answers) AS median, \
                (SELECT percentile_cont(0.9) WITHIN GROUP (ORDER BY seconds) FROM answers) AS p90, \
                (SELECT count(*) FROM workflow_executions WHERE status = 'waiting') AS waiting, \
                (SELECT count(*) FROM leads WHERE status = 'needs_review' \
                   AND ($2::uuid IS NULL OR assigned_to IS NULL OR assigned_to = $2)) AS needs_review",
    )
    .bind::<Timestamptz, _>(since)
    .bind::<Nullable<SqlUuid>, _>(own)
    .get_result(tx.conn())
    .await
}

#[derive(Debug, QueryableByName)]
pub(super) struct FailedRow {
    #[diesel(sql_type = SqlUuid)]
    id: ExecutionId,
    #[diesel(sql_type = SqlUuid)]
    workflow_id: WorkflowId,
    #[diesel(sql_type = Text)]
    workflow_name: String,
    #[diesel(sql_type = Integer)]
    version: i32,
    #[diesel(sql_type = Text)]
    status: String,
    #[diesel(sql_type = Text)]
    trigger_id: String,
    #[diesel(sql_type = Text)]
    trigger_type: String,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    lead_id: Option<LeadId>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    started_by: Option<UserId>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    started_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    ended_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Timestamptz)]
    created_at: DateTime<Utc>,
    #[diesel(sql_type = Nullable<Jsonb>)]
    error: Option<Value>,
}

/// The runs that failed last.
pub(super) async fn failures(tx: &mut TenantTx, limit: i64) -> QueryResult<Vec<FailedRow>> {
    diesel::sql_query(
        "SELECT e.id, e.workflow_id, w.name AS workflow_name, v.version, e.status, e.trigger_id, \
                e.trigger_type, e.lead_id, e.started_by, e.started_at, e.ended_at, e.created_at, e.error \
         FROM workflow_executions e JOIN workflows w ON w.id = e.workflow_id \
         JOIN workflow_versions v ON v.id = e.version_id \
         WHERE e.status = 'failed' ORDER BY e.created_at DESC, e.id DESC LIMIT $1",
    )
    .bind::<BigInt, _>(limit)
    .load(tx.conn())
    .await
}

impl From<FailedRow> for FailedExecution {
    fn from(row: FailedRow) -> Self {
        Self {
            id: row.id,
            workflow_id: row.workflow_id,
            workflow_name: row.workflow_name,
            version: row.version,
            status: row.status,
            trigger_id: row.trigger_id,
            trigger_type: row.trigger_type,
            lead_id: row.lead_id,
            started_by: row.started_by,
            started_at: row.started_at,
            ended_at: row.ended_at,
            created_at: row.created_at,
            error: row
                .error
                .and_then(|error| serde_json::from_value(error).ok()),
        }
    }
}
