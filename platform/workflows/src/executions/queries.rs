use super::model::{Execution, ExecutionDetail};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use platform_db::schema::tenant::{workflow_executions, workflow_versions, workflows};
use platform_db::{QueryResult, TenantTx};
use platform_engine::fold::ExecutionStatus;
use platform_kernel::id::{ExecutionId, WorkflowId};

/// Place of a run in the list: newest first.
pub type ListPosition = (DateTime<Utc>, ExecutionId);

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
            ))
    };
}

/// Which runs to list.
#[derive(Clone, Copy, Debug, Default)]
pub struct Filter {
    pub workflow: Option<WorkflowId>,
    pub status: Option<ExecutionStatus>,
}

pub async fn list(
    tx: &mut TenantTx,
    filter: Filter,
    after: Option<ListPosition>,
    limit: i64,
) -> QueryResult<Vec<Execution>> {
    let mut query = executions!()
        .order((
            workflow_executions::created_at.desc(),
            workflow_executions::id.desc(),
        ))
        .limit(limit)
        .into_boxed();
    if let Some(workflow) = filter.workflow {
        query = query.filter(workflow_executions::workflow_id.eq(workflow));
    }
    if let Some(status) = filter.status {
        query = query.filter(workflow_executions::status.eq(status.as_str()));
    }
    if let Some((at, id)) = after {
        query = query.filter(
            workflow_executions::created_at
                .lt(at)
                .or(workflow_executions::created_at
                    .eq(at)
                    .and(workflow_executions::id.lt(id))),
        );
    }
    query.load(tx.conn()).await
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
