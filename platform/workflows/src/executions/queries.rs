use super::model::{Execution, ExecutionDetail};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use platform_db::schema::tenant::{workflow_executions, workflow_versions, workflows};
use platform_db::{QueryResult, TenantTx};
use platform_kernel::id::ExecutionId;

/// Place of a run in the list: newest first.
pub type ListPosition = (DateTime<Utc>, ExecutionId);

/// Runs of steps that the view of a run names.
const MAX_CHILDREN: i64 = 1_000;

/// A run's row joined with its workflow and version.
macro_rules! executions {
    () => {
        workflow_executions::table
            .inner_join(workflows::table.on(workflows::id.eq(workflow_executions::workflow_id)))
            .inner_join(
                workflow_versions::table
                    .on(workflow_versions::id.eq(workflow_executions::version_id)),
            )
            .select((
                workflow_executions::id,
                workflow_executions::workflow_id,
                workflows::name,
                workflow_versions::version,
                workflow_executions::status,
                workflow_executions::trigger_id,
                workflow_executions::trigger_type,
                workflow_executions::lead_id,
                workflow_executions::started_by,
                workflow_executions::started_at,
                workflow_executions::ended_at,
                workflow_executions::created_at,
                workflow_executions::error,
                workflow_executions::business_key,
                workflow_executions::pause_requested_at,
                workflow_executions::parent_execution_id,
                workflow_executions::forked_from,
                workflow_executions::forked_step_id,
            ))
    };
}

/// These runs, newest first.
pub async fn list(tx: &mut TenantTx, ids: &[ExecutionId]) -> QueryResult<Vec<Execution>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    executions!()
        .filter(workflow_executions::id.eq_any(ids))
        .order((
            workflow_executions::created_at.desc(),
            workflow_executions::id.desc(),
        ))
        .load(tx.conn())
        .await
}

/// The runs that steps of a run started, oldest first.
pub async fn children(tx: &mut TenantTx, id: ExecutionId) -> QueryResult<Vec<ExecutionId>> {
    workflow_executions::table
        .filter(workflow_executions::parent_execution_id.eq(id))
        .order((workflow_executions::created_at, workflow_executions::id))
        .limit(MAX_CHILDREN)
        .select(workflow_executions::id)
        .load(tx.conn())
        .await
}

pub async fn find(tx: &mut TenantTx, id: ExecutionId) -> QueryResult<Option<Execution>> {
    executions!()
        .filter(workflow_executions::id.eq(id))
        .first(tx.conn())
        .await
        .optional()
}

pub async fn detail(tx: &mut TenantTx, id: ExecutionId) -> QueryResult<Option<ExecutionDetail>> {
    workflow_executions::table
        .inner_join(
            workflow_versions::table.on(workflow_versions::id.eq(workflow_executions::version_id)),
        )
        .filter(workflow_executions::id.eq(id))
        .select((
            workflow_versions::definition,
            workflow_executions::input,
            workflow_executions::output,
            workflow_executions::next_seq,
        ))
        .first(tx.conn())
        .await
        .optional()
}

pub async fn exists(tx: &mut TenantTx, id: ExecutionId) -> QueryResult<bool> {
    diesel::select(diesel::dsl::exists(workflow_executions::table.find(id)))
        .get_result(tx.conn())
        .await
}
