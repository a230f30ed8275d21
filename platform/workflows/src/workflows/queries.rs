use super::model::{NewWorkflow, Workflow, WorkflowOverview, WorkflowStatus};
use chrono::{DateTime, Duration, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use platform_db::schema::tenant::workflows;
use platform_db::{QueryResult, TenantTx};
use platform_kernel::clock;
use platform_kernel::id::WorkflowId;
use serde_json::Value;

/// `$1` is the time from which runs count as recent.
const OVERVIEW: &str = "\
    SELECT w.id, w.name, w.description, w.status, w.published_version, w.template_id, \
           w.template_version, w.parameters, w.created_at, w.updated_at, \
           ARRAY(SELECT DISTINCT t ->> 'type' FROM jsonb_array_elements(w.draft -> 'triggers') AS t \
                 WHERE t ->> 'type' IS NOT NULL ORDER BY 1) AS trigger_types, \
           v.sha256 IS DISTINCT FROM w.draft_sha256 AS has_unpublished_changes, \
           recent.runs AS executions_24h, recent.failures AS failures_24h, \
           (SELECT max(e.created_at) FROM workflow_executions AS e WHERE e.workflow_id = w.id) \
               AS last_execution_at \
    FROM workflows AS w \
    LEFT JOIN workflow_versions AS v ON v.workflow_id = w.id AND v.version = w.published_version \
    CROSS JOIN LATERAL (SELECT count(*) AS runs, \
               count(*) FILTER (WHERE e.status = 'failed') AS failures \
        FROM workflow_executions AS e \
        WHERE e.workflow_id = w.id AND e.created_at > $1) AS recent ";

fn a_day_ago() -> DateTime<Utc> {
    clock::now() - Duration::hours(24)
}

/// Place of a workflow in the list: last change first.
pub type ListPosition = (DateTime<Utc>, WorkflowId);

/// Workflows after `after`; without a status, all but the archived ones.
pub async fn list(
    tx: &mut TenantTx,
    status: Option<WorkflowStatus>,
    after: Option<ListPosition>,
    limit: i64,
) -> QueryResult<Vec<WorkflowOverview>> {
    let sql = format!(
        "{OVERVIEW} WHERE CASE WHEN $2 IS NULL THEN w.status <> 'archived' ELSE w.status = $2 END \
         AND ($3 IS NULL OR (w.updated_at, w.id) < ($3, $4)) \
         ORDER BY w.updated_at DESC, w.id DESC LIMIT $5"
    );
    diesel::sql_query(sql)
        .bind::<Timestamptz, _>(a_day_ago())
        .bind::<Nullable<Text>, _>(status.map(WorkflowStatus::as_str))
        .bind::<Nullable<Timestamptz>, _>(after.map(|(at, _)| at))
        .bind::<Nullable<SqlUuid>, _>(after.map(|(_, id)| id))
        .bind::<BigInt, _>(limit)
        .load(tx.conn())
        .await
}

pub async fn overview(tx: &mut TenantTx, id: WorkflowId) -> QueryResult<Option<WorkflowOverview>> {
    diesel::sql_query(format!("{OVERVIEW} WHERE w.id = $2"))
        .bind::<Timestamptz, _>(a_day_ago())
        .bind::<SqlUuid, _>(id)
        .get_result(tx.conn())
        .await
        .optional()
}

pub async fn find(tx: &mut TenantTx, id: WorkflowId) -> QueryResult<Option<Workflow>> {
    workflows::table
        .find(id)
        .select(Workflow::as_select())
        .first(tx.conn())
        .await
        .optional()
}

/// Reads the workflow and keeps others from changing it until the transaction ends.
pub async fn lock(tx: &mut TenantTx, id: WorkflowId) -> QueryResult<Option<Workflow>> {
    workflows::table
        .find(id)
        .select(Workflow::as_select())
        .for_update()
        .first(tx.conn())
        .await
        .optional()
}

pub async fn insert(tx: &mut TenantTx, workflow: &NewWorkflow<'_>) -> QueryResult<usize> {
    diesel::insert_into(workflows::table)
        .values(workflow)
        .execute(tx.conn())
        .await
}

/// Changes what is given.
pub async fn rename(
    tx: &mut TenantTx,
    id: WorkflowId,
    name: Option<&str>,
    description: Option<&str>,
) -> QueryResult<usize> {
    diesel::update(workflows::table.find(id))
        .set((
            name.map(|name| workflows::name.eq(name)),
            description.map(|text| workflows::description.eq(text)),
            workflows::updated_at.eq(clock::now()),
        ))
        .execute(tx.conn())
        .await
}

/// Replaces the draft; answers its new revision.
pub async fn save_draft(
    tx: &mut TenantTx,
    id: WorkflowId,
    draft: &Value,
    sha256: &[u8],
) -> QueryResult<i64> {
    diesel::update(workflows::table.find(id))
        .set((
            workflows::draft.eq(draft),
            workflows::draft_sha256.eq(sha256),
            workflows::draft_revision.eq(workflows::draft_revision + 1),
            workflows::updated_at.eq(clock::now()),
        ))
        .returning(workflows::draft_revision)
        .get_result(tx.conn())
        .await
}

pub async fn set_published(tx: &mut TenantTx, id: WorkflowId, version: i32) -> QueryResult<usize> {
    diesel::update(workflows::table.find(id))
        .set((
            workflows::published_version.eq(version),
            workflows::status.eq(WorkflowStatus::Active.as_str()),
            workflows::updated_at.eq(clock::now()),
        ))
        .execute(tx.conn())
        .await
}

pub async fn set_status(
    tx: &mut TenantTx,
    id: WorkflowId,
    status: WorkflowStatus,
) -> QueryResult<usize> {
    diesel::update(workflows::table.find(id))
        .set((
            workflows::status.eq(status.as_str()),
            workflows::updated_at.eq(clock::now()),
        ))
        .execute(tx.conn())
        .await
}
