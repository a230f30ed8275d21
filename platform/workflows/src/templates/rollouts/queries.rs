use super::model::{NewTarget, Rollout, RolloutState, Target};
use chrono::{DateTime, Utc};
use diesel::OptionalExtension;
use diesel::QueryableByName;
use diesel::sql_types::{
    BigInt, Double, Integer, Jsonb, Nullable, Text, Timestamptz, Uuid as SqlUuid,
};
use diesel_async::RunQueryDsl;
use platform_db::{ControlTx, QueryResult, TenantTx};
use platform_kernel::clock;
use platform_kernel::id::{GroupId, RolloutId, TenantId, UserId, VersionId, WorkflowId};

const COLUMNS: &str = "id, group_id, template_id, to_version, stages, stage, stage_minutes, \
    max_error_rate, min_runs, state, reason, stage_started_at, created_by, created_by_name, \
    created_at, ended_at";

#[derive(QueryableByName)]
struct Id {
    #[diesel(sql_type = SqlUuid)]
    id: TenantId,
}

#[derive(QueryableByName)]
struct Ends {
    #[diesel(sql_type = BigInt)]
    runs: i64,
    #[diesel(sql_type = BigInt)]
    failed: i64,
}

/// The dealerships of a group, by name, that a person administers and that are in use.
pub async fn administered(
    tx: &mut ControlTx,
    group: GroupId,
    user: UserId,
) -> QueryResult<Vec<TenantId>> {
    let sql = "SELECT t.id FROM control.tenants t JOIN control.memberships m ON m.tenant_id = t.id \
        WHERE t.group_id = $1 AND m.user_id = $2 AND m.role = 'dealership_admin' \
        AND m.status = 'active' AND t.status = 'active' ORDER BY t.name, t.id";
    let rows: Vec<Id> = diesel::sql_query(sql)
        .bind::<SqlUuid, _>(group)
        .bind::<SqlUuid, _>(user)
        .load(tx.conn())
        .await?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

pub async fn insert(tx: &mut ControlTx, rollout: &Rollout) -> QueryResult<usize> {
    let sql = "INSERT INTO control.template_rollouts (id, group_id, template_id, to_version, stages, \
        stage_minutes, max_error_rate, min_runs, created_by, created_by_name, created_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
    diesel::sql_query(sql)
        .bind::<SqlUuid, _>(rollout.id)
        .bind::<SqlUuid, _>(rollout.group_id)
        .bind::<Text, _>(&rollout.template_id)
        .bind::<Integer, _>(rollout.to_version)
        .bind::<Jsonb, _>(&rollout.stages)
        .bind::<Integer, _>(rollout.stage_minutes)
        .bind::<Double, _>(rollout.max_error_rate)
        .bind::<Integer, _>(rollout.min_runs)
        .bind::<SqlUuid, _>(rollout.created_by)
        .bind::<Text, _>(&rollout.created_by_name)
        .bind::<Timestamptz, _>(rollout.created_at)
        .execute(tx.conn())
        .await
}

pub async fn insert_target(
    tx: &mut ControlTx,
    id: RolloutId,
    position: i32,
    target: &NewTarget,
) -> QueryResult<usize> {
    let sql = "INSERT INTO control.template_rollout_targets (rollout_id, tenant_id, tenant_name, \
        workflow_id, workflow_name, position, stage) VALUES ($1, $2, $3, $4, $5, $6, $7)";
    diesel::sql_query(sql)
        .bind::<SqlUuid, _>(id)
        .bind::<SqlUuid, _>(target.tenant_id)
        .bind::<Text, _>(&target.tenant_name)
        .bind::<SqlUuid, _>(target.workflow_id)
        .bind::<Text, _>(&target.workflow_name)
        .bind::<Integer, _>(position)
        .bind::<Integer, _>(target.stage)
        .execute(tx.conn())
        .await
}

/// Place of a rollout in the list: the newest first.
pub type ListPosition = (DateTime<Utc>, RolloutId);

pub async fn list(
    tx: &mut ControlTx,
    group: GroupId,
    after: Option<ListPosition>,
    limit: i64,
) -> QueryResult<Vec<Rollout>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM control.template_rollouts WHERE group_id = $1 \
         AND ($2 IS NULL OR (created_at, id) < ($2, $3)) \
         ORDER BY created_at DESC, id DESC LIMIT $4"
    );
    diesel::sql_query(sql)
        .bind::<SqlUuid, _>(group)
        .bind::<Nullable<Timestamptz>, _>(after.map(|(at, _)| at))
        .bind::<Nullable<SqlUuid>, _>(after.map(|(_, id)| id))
        .bind::<BigInt, _>(limit)
        .load(tx.conn())
        .await
}

pub async fn find(tx: &mut ControlTx, id: RolloutId) -> QueryResult<Option<Rollout>> {
    read(tx, id, "").await
}

/// Reads the rollout and keeps others from changing it until the transaction ends.
pub async fn lock(tx: &mut ControlTx, id: RolloutId) -> QueryResult<Option<Rollout>> {
    read(tx, id, "FOR UPDATE").await
}

async fn read(tx: &mut ControlTx, id: RolloutId, lock: &str) -> QueryResult<Option<Rollout>> {
    let sql = format!("SELECT {COLUMNS} FROM control.template_rollouts WHERE id = $1 {lock}");
    diesel::sql_query(sql)
        .bind::<SqlUuid, _>(id)
        .get_result(tx.conn())
        .await
        .optional()
}

/// The workflows of a rollout, in the order in which they are upgraded.
pub async fn targets(tx: &mut ControlTx, id: RolloutId) -> QueryResult<Vec<Target>> {
    let sql = "SELECT tenant_id, tenant_name, workflow_id, workflow_name, stage, state, detail, \
        version_id, runs, failed, upgraded_at FROM control.template_rollout_targets \
        WHERE rollout_id = $1 ORDER BY position";
    diesel::sql_query(sql)
        .bind::<SqlUuid, _>(id)
        .load(tx.conn())
        .await
}

pub async fn set_state(
    tx: &mut ControlTx,
    id: RolloutId,
    state: RolloutState,
    reason: Option<&str>,
) -> QueryResult<usize> {
    let ended_at = state.has_ended().then(clock::now);
    let sql =
        "UPDATE control.template_rollouts SET state = $2, reason = $3, ended_at = $4 WHERE id = $1";
    diesel::sql_query(sql)
        .bind::<SqlUuid, _>(id)
        .bind::<Text, _>(state.as_str())
        .bind::<Nullable<Text>, _>(reason)
        .bind::<Nullable<Timestamptz>, _>(ended_at)
        .execute(tx.conn())
        .await
}

/// Notes that a stage has begun.
pub async fn set_stage(
    tx: &mut ControlTx,
    id: RolloutId,
    stage: i32,
    started_at: Option<DateTime<Utc>>,
) -> QueryResult<usize> {
    let sql =
        "UPDATE control.template_rollouts SET stage = $2, stage_started_at = $3 WHERE id = $1";
    diesel::sql_query(sql)
        .bind::<SqlUuid, _>(id)
        .bind::<Integer, _>(stage)
        .bind::<Nullable<Timestamptz>, _>(started_at)
        .execute(tx.conn())
        .await
}

/// What became of a workflow: upgraded to a version, or skipped for a reason.
pub async fn set_target(
    tx: &mut ControlTx,
    id: RolloutId,
    target: &Target,
    outcome: &Result<VersionId, String>,
) -> QueryResult<usize> {
    let state = if outcome.is_ok() {
        "upgraded"
    } else {
        "skipped"
    };
    let upgraded_at = outcome.is_ok().then(clock::now);
    let sql = "UPDATE control.template_rollout_targets SET state = $4, version_id = $5, detail = $6, \
        upgraded_at = $7 WHERE rollout_id = $1 AND tenant_id = $2 AND workflow_id = $3";
    diesel::sql_query(sql)
        .bind::<SqlUuid, _>(id)
        .bind::<SqlUuid, _>(target.tenant_id)
        .bind::<SqlUuid, _>(target.workflow_id)
        .bind::<Text, _>(state)
        .bind::<Nullable<SqlUuid>, _>(outcome.as_ref().ok().copied())
        .bind::<Nullable<Text>, _>(outcome.as_ref().err())
        .bind::<Nullable<Timestamptz>, _>(upgraded_at)
        .execute(tx.conn())
        .await
}

pub async fn set_counts(tx: &mut ControlTx, id: RolloutId, target: &Target) -> QueryResult<usize> {
    let sql = "UPDATE control.template_rollout_targets SET runs = $4, failed = $5 \
        WHERE rollout_id = $1 AND tenant_id = $2 AND workflow_id = $3";
    diesel::sql_query(sql)
        .bind::<SqlUuid, _>(id)
        .bind::<SqlUuid, _>(target.tenant_id)
        .bind::<SqlUuid, _>(target.workflow_id)
        .bind::<BigInt, _>(target.runs)
        .bind::<BigInt, _>(target.failed)
        .execute(tx.conn())
        .await
}

/// How many runs of a version have ended, and how many of them failed.
pub async fn ends(
    tx: &mut TenantTx,
    workflow: WorkflowId,
    version: VersionId,
) -> QueryResult<(i64, i64)> {
    let sql = "SELECT count(*) AS runs, count(*) FILTER (WHERE status = 'failed') AS failed \
        FROM workflow_executions WHERE workflow_id = $1 AND version_id = $2 \
        AND status IN ('succeeded', 'failed')";
    let ends: Ends = diesel::sql_query(sql)
        .bind::<SqlUuid, _>(workflow)
        .bind::<SqlUuid, _>(version)
        .get_result(tx.conn())
        .await?;
    Ok((ends.runs, ends.failed))
}
