use super::model::{NewTarget, Rollout, RolloutState, Target};
use chrono::{DateTime, Utc};
use diesel::OptionalExtension;
use diesel::QueryableByName;
use diesel::sql_types::{
    Array, BigInt, Double, Integer, Jsonb, Nullable, Text, Timestamptz, Uuid as SqlUuid,
};
use diesel_async::RunQueryDsl;
use platform_db::{ControlTx, QueryResult, TenantTx};
use platform_kernel::clock;
use platform_kernel::id::{GroupId, RolloutId, TenantId, UserId, VersionId, WorkflowId};

const COLUMNS: &str = "id, group_id, template_id, to_version, stages, stage, stage_minutes, \
    max_error_rate, min_runs, state, reason, stage_started_at, created_by, created_by_name, \
    created_at, ended_at, authorized_by, authorized_by_name, counted_since";

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

/// Which of a rollout's workflows (`g`) lie in dealerships that are there and that a person (`$2`)
/// does not administer.
const FOREIGN: &str = "EXISTS (SELECT FROM control.tenants t WHERE t.id = g.tenant_id \
        AND t.status NOT IN ('deleting', 'deleted')) \
    AND NOT EXISTS (SELECT FROM control.memberships m JOIN control.users u ON u.id = m.user_id \
        WHERE m.tenant_id = g.tenant_id AND m.user_id = $2 AND m.role = 'dealership_admin' \
        AND m.status = 'active' AND u.status = 'active')";

/// The same for those that the person does administer.
const OWN: &str = "EXISTS (SELECT FROM control.memberships m JOIN control.users u ON u.id = m.user_id \
        WHERE m.tenant_id = g.tenant_id AND m.user_id = $2 AND m.role = 'dealership_admin' \
        AND m.status = 'active' AND u.status = 'active')";

#[derive(QueryableByName)]
struct Answer {
    #[diesel(sql_type = diesel::sql_types::Bool)]
    yes: bool,
}

/// Whether a rollout reaches a dealership that a person does not administer.
pub async fn reaches_beyond(tx: &mut ControlTx, id: RolloutId, user: UserId) -> QueryResult<bool> {
    let sql = format!(
        "SELECT EXISTS (SELECT FROM control.template_rollout_targets g \
         WHERE g.rollout_id = $1 AND {FOREIGN}) AS yes"
    );
    let answer: Answer = diesel::sql_query(sql)
        .bind::<SqlUuid, _>(id)
        .bind::<SqlUuid, _>(user)
        .get_result(tx.conn())
        .await?;
    Ok(answer.yes)
}

/// Whether a rollout of the template that has not ended reaches one of these workflows. Others of
/// the group that ask wait until the transaction ends.
pub async fn is_under_way(
    tx: &mut ControlTx,
    group: GroupId,
    template: &str,
    workflows: &[WorkflowId],
) -> QueryResult<bool> {
    diesel::sql_query("SELECT id FROM control.groups WHERE id = $1 FOR NO KEY UPDATE")
        .bind::<SqlUuid, _>(group)
        .execute(tx.conn())
        .await?;
    let sql = "SELECT EXISTS (SELECT FROM control.template_rollouts r \
        JOIN control.template_rollout_targets g ON g.rollout_id = r.id \
        WHERE r.group_id = $1 AND r.template_id = $2 AND r.state IN ('running', 'paused', 'halted') \
        AND g.workflow_id = ANY ($3)) AS yes";
    let workflows: Vec<uuid::Uuid> = workflows.iter().map(|id| id.0).collect();
    let answer: Answer = diesel::sql_query(sql)
        .bind::<SqlUuid, _>(group)
        .bind::<Text, _>(template)
        .bind::<Array<SqlUuid>, _>(workflows)
        .get_result(tx.conn())
        .await?;
    Ok(answer.yes)
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
    (group, user): (GroupId, UserId),
    after: Option<ListPosition>,
    limit: i64,
) -> QueryResult<Vec<Rollout>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM control.template_rollouts r WHERE r.group_id = $1 \
         AND EXISTS (SELECT FROM control.template_rollout_targets g WHERE g.rollout_id = r.id AND {OWN}) \
         AND ($3 IS NULL OR (r.created_at, r.id) < ($3, $4)) \
         ORDER BY r.created_at DESC, r.id DESC LIMIT $5"
    );
    diesel::sql_query(sql)
        .bind::<SqlUuid, _>(group)
        .bind::<SqlUuid, _>(user)
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

const TARGET_COLUMNS: &str = "tenant_id, tenant_name, workflow_id, workflow_name, stage, state, detail, \
    version_id, runs, failed, upgraded_at, previous_version, previous_template_version";

/// The workflows of a rollout, in the order in which they are upgraded.
pub async fn targets(tx: &mut ControlTx, id: RolloutId) -> QueryResult<Vec<Target>> {
    let sql = format!(
        "SELECT {TARGET_COLUMNS} FROM control.template_rollout_targets g \
         WHERE rollout_id = $1 ORDER BY position"
    );
    diesel::sql_query(sql)
        .bind::<SqlUuid, _>(id)
        .load(tx.conn())
        .await
}

/// Those in dealerships that a person administers.
pub async fn targets_of(
    tx: &mut ControlTx,
    id: RolloutId,
    user: UserId,
) -> QueryResult<Vec<Target>> {
    let sql = format!(
        "SELECT {TARGET_COLUMNS} FROM control.template_rollout_targets g \
         WHERE rollout_id = $1 AND {OWN} ORDER BY position"
    );
    diesel::sql_query(sql)
        .bind::<SqlUuid, _>(id)
        .bind::<SqlUuid, _>(user)
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

/// Keeps what a workflow is to be rolled back to, before it is upgraded.
pub async fn set_previous(
    tx: &mut ControlTx,
    id: RolloutId,
    target: &Target,
    version: i32,
    template_version: i32,
) -> QueryResult<usize> {
    let sql = "UPDATE control.template_rollout_targets SET previous_version = $4, \
        previous_template_version = $5 WHERE rollout_id = $1 AND tenant_id = $2 AND workflow_id = $3";
    diesel::sql_query(sql)
        .bind::<SqlUuid, _>(id)
        .bind::<SqlUuid, _>(target.tenant_id)
        .bind::<SqlUuid, _>(target.workflow_id)
        .bind::<Integer, _>(version)
        .bind::<Integer, _>(template_version)
        .execute(tx.conn())
        .await
}

/// Asks for all that was upgraded to be rolled back.
pub async fn begin_rollback(tx: &mut ControlTx, id: RolloutId) -> QueryResult<usize> {
    let sql = "UPDATE control.template_rollout_targets SET state = 'rolling_back' \
        WHERE rollout_id = $1 AND state = 'upgraded'";
    diesel::sql_query(sql)
        .bind::<SqlUuid, _>(id)
        .execute(tx.conn())
        .await
}

/// What became of a rollback: done, or why the workflow was left upgraded.
pub async fn end_rollback(
    tx: &mut ControlTx,
    id: RolloutId,
    target: &Target,
    outcome: &Result<(), String>,
) -> QueryResult<usize> {
    let state = if outcome.is_ok() {
        "rolled_back"
    } else {
        "upgraded"
    };
    let sql = "UPDATE control.template_rollout_targets SET state = $4, detail = $5 \
        WHERE rollout_id = $1 AND tenant_id = $2 AND workflow_id = $3";
    diesel::sql_query(sql)
        .bind::<SqlUuid, _>(id)
        .bind::<SqlUuid, _>(target.tenant_id)
        .bind::<SqlUuid, _>(target.workflow_id)
        .bind::<Text, _>(state)
        .bind::<Nullable<Text>, _>(outcome.as_ref().err())
        .execute(tx.conn())
        .await
}

/// Lets a rollout begin again that had stopped by itself: from the first stage, with what was
/// rolled back, and without the runs that stopped it.
pub async fn restart(tx: &mut ControlTx, id: RolloutId) -> QueryResult<()> {
    let sql = "UPDATE control.template_rollout_targets SET runs = 0, failed = 0, \
        detail = CASE WHEN state = 'rolled_back' THEN NULL ELSE detail END, \
        version_id = CASE WHEN state = 'rolled_back' THEN NULL ELSE version_id END, \
        upgraded_at = CASE WHEN state = 'rolled_back' THEN NULL ELSE upgraded_at END, \
        state = CASE WHEN state = 'rolled_back' THEN 'pending' ELSE state END \
        WHERE rollout_id = $1";
    diesel::sql_query(sql)
        .bind::<SqlUuid, _>(id)
        .execute(tx.conn())
        .await?;
    let sql = "UPDATE control.template_rollouts SET stage = 0, stage_started_at = NULL, \
        counted_since = $2 WHERE id = $1";
    diesel::sql_query(sql)
        .bind::<SqlUuid, _>(id)
        .bind::<Timestamptz, _>(clock::now())
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// From here on the rollout acts for another person.
pub async fn set_authority(
    tx: &mut ControlTx,
    id: RolloutId,
    user: UserId,
    name: &str,
) -> QueryResult<usize> {
    let sql = "UPDATE control.template_rollouts SET authorized_by = $2, authorized_by_name = $3 \
        WHERE id = $1";
    diesel::sql_query(sql)
        .bind::<SqlUuid, _>(id)
        .bind::<SqlUuid, _>(user)
        .bind::<Text, _>(name)
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

/// How many runs of a version that began since then have ended, and how many of them failed.
pub async fn ends(
    tx: &mut TenantTx,
    workflow: WorkflowId,
    version: VersionId,
    since: Option<DateTime<Utc>>,
) -> QueryResult<(i64, i64)> {
    let sql = "SELECT count(*) AS runs, count(*) FILTER (WHERE status = 'failed') AS failed \
        FROM workflow_executions WHERE workflow_id = $1 AND version_id = $2 \
        AND status IN ('succeeded', 'failed') AND ($3 IS NULL OR created_at >= $3)";
    let ends: Ends = diesel::sql_query(sql)
        .bind::<SqlUuid, _>(workflow)
        .bind::<SqlUuid, _>(version)
        .bind::<Nullable<Timestamptz>, _>(since)
        .get_result(tx.conn())
        .await?;
    Ok((ends.runs, ends.failed))
}
