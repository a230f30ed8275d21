//! Pausing a run: it starts nothing new until somebody lets it go on. What is on its way outside
//! ends, and waits go on waiting.

use crate::accept::{lock_open, wake_execution};
use crate::model::Execution;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use platform_db::TenantTx;
use platform_db::schema::tenant::workflow_executions;
use platform_kernel::id::ExecutionId;
use platform_kernel::{Result, clock};

/// Asks a run to pause; asked again nothing changes. Answers the run as it was.
///
/// # Errors
/// `NotFound`; `ExecutionEnded`.
pub async fn pause(tx: &mut TenantTx, id: ExecutionId) -> Result<Execution> {
    let execution = lock_open(tx, id).await?;
    if execution.pause_requested_at.is_none() {
        set(tx, id, Some(clock::now())).await?;
    }
    Ok(execution)
}

/// Lets a paused run go on; one that is not paused just does. Answers the run as it was.
///
/// # Errors
/// `NotFound`; `ExecutionEnded`.
pub async fn resume(tx: &mut TenantTx, id: ExecutionId) -> Result<Execution> {
    let execution = lock_open(tx, id).await?;
    if execution.pause_requested_at.is_some() {
        set(tx, id, None).await?;
    }
    Ok(execution)
}

async fn set(tx: &mut TenantTx, id: ExecutionId, at: Option<DateTime<Utc>>) -> Result<()> {
    diesel::update(workflow_executions::table.find(id.0))
        .set(workflow_executions::pause_requested_at.eq(at))
        .execute(tx.conn())
        .await?;
    wake_execution(tx, id).await
}
