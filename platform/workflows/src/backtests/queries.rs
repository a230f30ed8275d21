use super::dto::{Backtest, BacktestRun, BacktestState, BacktestSummary};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use platform_db::TenantTx;
use platform_db::schema::tenant::{backtests, workflow_executions};
use platform_kernel::id::{BacktestId, ExecutionId, UserId, WorkflowId};
use platform_kernel::{Error, Result, clock};
use serde_json::{Value, json};

/// States of a backtest that has not ended.
const OPEN: [BacktestState; 2] = [BacktestState::Queued, BacktestState::Running];

/// A backtest to be run.
pub(super) struct NewBacktest<'a> {
    pub(super) workflow_id: WorkflowId,
    pub(super) draft_revision: i64,
    pub(super) definition: &'a Value,
    pub(super) parameters: Option<&'a Value>,
    pub(super) requested: i32,
    pub(super) created_by: UserId,
}

pub(super) async fn insert(tx: &mut TenantTx, new: &NewBacktest<'_>) -> Result<Backtest> {
    Ok(diesel::insert_into(backtests::table)
        .values((
            backtests::id.eq(BacktestId::new()),
            backtests::workflow_id.eq(new.workflow_id),
            backtests::draft_revision.eq(new.draft_revision),
            backtests::definition.eq(new.definition),
            backtests::parameters.eq(new.parameters),
            backtests::requested.eq(new.requested),
            backtests::created_by.eq(new.created_by),
            backtests::created_at.eq(clock::now()),
        ))
        .returning(Backtest::as_returning())
        .get_result(tx.conn())
        .await?)
}

pub(super) async fn find(tx: &mut TenantTx, id: BacktestId) -> Result<Option<Backtest>> {
    Ok(backtests::table
        .find(id)
        .select(Backtest::as_select())
        .first(tx.conn())
        .await
        .optional()?)
}

/// A workflow's backtests, newest first, without their runs.
pub(super) async fn list(
    tx: &mut TenantTx,
    workflow: WorkflowId,
    after: Option<(DateTime<Utc>, BacktestId)>,
    limit: i64,
) -> Result<Vec<Backtest>> {
    let mut query = backtests::table
        .filter(backtests::workflow_id.eq(workflow))
        .order((backtests::created_at.desc(), backtests::id.desc()))
        .limit(limit)
        .select(Backtest::as_select())
        .into_boxed();
    if let Some((at, id)) = after {
        let earlier = backtests::created_at.eq(at).and(backtests::id.lt(id));
        query = query.filter(backtests::created_at.lt(at).or(earlier));
    }
    let mut rows: Vec<Backtest> = query.load(tx.conn()).await?;
    rows.iter_mut().for_each(|row| row.runs = json!([]));
    Ok(rows)
}

/// The last runs of a workflow that have ended, newest first.
pub(super) async fn last_runs(
    tx: &mut TenantTx,
    workflow: WorkflowId,
    count: i32,
) -> Result<Vec<ExecutionId>> {
    let ended = ["succeeded", "failed"];
    Ok(workflow_executions::table
        .filter(workflow_executions::workflow_id.eq(workflow))
        .filter(workflow_executions::status.eq_any(ended))
        .order((
            workflow_executions::created_at.desc(),
            workflow_executions::id.desc(),
        ))
        .limit(count.into())
        .select(workflow_executions::id)
        .load::<uuid::Uuid>(tx.conn())
        .await?
        .into_iter()
        .map(ExecutionId)
        .collect())
}

/// Notes how far it is; `false`: it was cancelled meanwhile.
pub(super) async fn advance(
    tx: &mut TenantTx,
    id: BacktestId,
    state: BacktestState,
    runs: &[BacktestRun],
    summary: &BacktestSummary,
) -> Result<bool> {
    let ended_at = (state == BacktestState::Done).then(clock::now);
    let changed = diesel::update(backtests::table.find(id))
        .filter(backtests::state.eq_any(OPEN))
        .set((
            backtests::state.eq(state),
            backtests::done.eq(i32::try_from(runs.len()).map_err(Error::internal)?),
            backtests::runs.eq(serde_json::to_value(runs).map_err(Error::internal)?),
            backtests::summary.eq(serde_json::to_value(summary).map_err(Error::internal)?),
            backtests::ended_at.eq(ended_at),
        ))
        .execute(tx.conn())
        .await?;
    Ok(changed > 0)
}

/// Ends it; one that has ended stays as it is.
pub(super) async fn end(
    tx: &mut TenantTx,
    id: BacktestId,
    state: BacktestState,
    error: Option<&str>,
) -> Result<usize> {
    Ok(diesel::update(backtests::table.find(id))
        .filter(backtests::state.eq_any(OPEN))
        .set((
            backtests::state.eq(state),
            backtests::error.eq(error),
            backtests::ended_at.eq(clock::now()),
        ))
        .execute(tx.conn())
        .await?)
}
