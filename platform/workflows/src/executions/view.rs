//! How runs are read.

use super::dto::{ExecutionSummary, ExecutionView};
use super::queries;
use platform_db::TenantTx;
use platform_engine::definition::Definition;
use platform_engine::fold::State;
use platform_engine::model;
use platform_engine::view::{EffectView, step_runs};
use platform_kernel::id::ExecutionId;
use platform_kernel::{Error, ErrorCode, Result};

/// A run as lists show it.
pub async fn summary(tx: &mut TenantTx, id: ExecutionId) -> Result<ExecutionSummary> {
    let row = queries::find(tx, id).await?;
    Ok(row.ok_or(ErrorCode::NotFound)?.into())
}

/// A run with what became of each step of its version, in the version's order. One that nothing
/// has happened to yet is pending.
pub async fn full(tx: &mut TenantTx, id: ExecutionId) -> Result<ExecutionView> {
    let summary = summary(tx, id).await?;
    let detail = queries::detail(tx, id).await?.ok_or(ErrorCode::NotFound)?;
    let events = model::events(tx, id, 0, None).await?;
    let effects = model::effects(tx, id).await?;
    let definition: Definition =
        serde_json::from_value(detail.definition.clone()).map_err(Error::internal)?;
    let history_removed = events.is_empty();
    let steps = match history_removed {
        true => Vec::new(),
        false => step_runs(&definition, &State::of(&events)),
    };
    let children = queries::children(tx, id).await?;
    Ok(ExecutionView {
        children,
        history_removed,
        summary,
        definition: detail.definition,
        input: detail.input,
        output: detail.output,
        steps,
        effects: effects.into_iter().map(EffectView::from).collect(),
        last_seq: detail.next_seq - 1,
    })
}
