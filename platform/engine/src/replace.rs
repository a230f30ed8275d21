use crate::accept::NewExecution;
use crate::{search, text};
use diesel::prelude::*;
use diesel::sql_types::Uuid as SqlUuid;
use diesel_async::RunQueryDsl;
use platform_db::TenantTx;
use platform_db::schema::tenant::workflow_executions;
use platform_kernel::Result;
use platform_kernel::id::ExecutionId;

/// Gives a run that has not begun another input, and the version that `new` names. The caller has
/// made sure, for example with [`TenantTx::postpone`], that no worker begins it meanwhile.
pub async fn replace(tx: &mut TenantTx, id: ExecutionId, mut new: NewExecution) -> Result<()> {
    text::clean(&mut new.input);
    let created_at = diesel::update(workflow_executions::table.find(id))
        .set((
            workflow_executions::version_id.eq(new.version_id),
            workflow_executions::input.eq(&new.input),
            workflow_executions::lead_id.eq(new.lead_id),
            workflow_executions::business_key.eq(&new.business_key),
            workflow_executions::concurrency_key.eq(&new.concurrency_key),
        ))
        .returning(workflow_executions::created_at)
        .get_result(tx.conn())
        .await?;
    diesel::sql_query("DELETE FROM execution_search WHERE execution_id = $1")
        .bind::<SqlUuid, _>(id.0)
        .execute(tx.conn())
        .await?;
    let key = new.business_key.as_deref();
    search::insert(
        tx,
        id,
        new.workflow_id,
        &new.trigger_type,
        &new.input,
        key,
        created_at,
    )
    .await
}
