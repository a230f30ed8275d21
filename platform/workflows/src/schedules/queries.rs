use crate::triggers::TriggerRow;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use platform_db::schema::tenant::{workflow_executions, workflow_triggers};
use platform_db::{QueryResult, TenantTx};
use platform_kernel::id::{ExecutionId, WorkflowId};
use uuid::Uuid;

/// The trigger, and nobody else fires or changes it until the transaction ends.
pub(super) async fn lock(tx: &mut TenantTx, id: Uuid) -> QueryResult<Option<TriggerRow>> {
    workflow_triggers::table
        .find(id)
        .select(TriggerRow::as_select())
        .for_no_key_update()
        .first(tx.conn())
        .await
        .optional()
}

/// Notes when the schedule fires next, and when it fired last unless that stays.
pub(super) async fn set_cursor(
    tx: &mut TenantTx,
    id: Uuid,
    next: Option<DateTime<Utc>>,
    last: Option<DateTime<Utc>>,
) -> QueryResult<usize> {
    diesel::update(workflow_triggers::table.find(id))
        .set((
            workflow_triggers::next_run_at.eq(next),
            last.map(|last| workflow_triggers::last_run_at.eq(last)),
        ))
        .execute(tx.conn())
        .await
}

pub(super) async fn clear_cursors(tx: &mut TenantTx, workflow: WorkflowId) -> QueryResult<usize> {
    diesel::update(workflow_triggers::table)
        .filter(workflow_triggers::workflow_id.eq(workflow))
        .filter(workflow_triggers::next_run_at.is_not_null())
        .set(workflow_triggers::next_run_at.eq(None::<DateTime<Utc>>))
        .execute(tx.conn())
        .await
}

/// Runs of a trigger that are still under way.
pub(super) async fn open_runs(
    tx: &mut TenantTx,
    workflow: WorkflowId,
    trigger: &str,
) -> QueryResult<Vec<ExecutionId>> {
    workflow_executions::table
        .filter(workflow_executions::workflow_id.eq(workflow))
        .filter(workflow_executions::status.eq_any(["queued", "running", "waiting", "paused"]))
        .filter(workflow_executions::trigger_id.eq(trigger))
        .order(workflow_executions::id)
        .select(workflow_executions::id)
        .load(tx.conn())
        .await
}
