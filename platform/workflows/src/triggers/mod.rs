//! What starts runs: the triggers of published versions and the addresses of their hooks.

pub(crate) mod addresses;
pub(crate) mod deliveries;
pub(crate) mod expression;
pub mod key;
mod limits;
mod model;
pub mod queries;
pub mod routes;
pub(crate) mod start;
mod types;

pub use addresses::{HookAddresses, HookKeys};
pub(crate) use model::takes_limits;
pub use model::{ADF_LEAD, EVENT, MANUAL, RECORD, SCHEDULE, TriggerRow, WEBHOOK, has_hook};
pub use types::register_triggers;

use crate::schedules;
use addresses::Address;
use chrono::{DateTime, Utc};
use model::NewTriggerRow;
use platform_db::TenantTx;
use platform_engine::definition::Definition;
use platform_kernel::id::WorkflowId;
use platform_kernel::{Error, Result};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// A trigger of a workflow.
#[derive(Debug, Serialize, ToSchema)]
pub struct TriggerView {
    pub id: String,
    #[serde(rename = "type")]
    #[schema(rename = "type")]
    pub type_: String,
    /// Where to post to; only for triggers with a hook, once they are published. The address is a
    /// secret: it is shown to whoever may edit the workflow.
    pub url: Option<String>,
    /// Whether it has an address, also where that is not shown.
    pub has_url: bool,
    /// Until when the address before this one works too.
    pub previous_url_until: Option<DateTime<Utc>>,
    /// Whether it starts runs now.
    pub enabled: bool,
    /// When a schedule fires next, and when it fired last.
    pub next_run_at: Option<DateTime<Utc>>,
    pub last_run_at: Option<DateTime<Utc>>,
}

impl TriggerView {
    /// A trigger that only the draft has.
    pub(crate) fn unpublished(id: &str, type_: &str) -> Self {
        Self {
            id: id.to_owned(),
            type_: type_.to_owned(),
            url: None,
            has_url: false,
            previous_url_until: None,
            enabled: false,
            next_run_at: None,
            last_run_at: None,
        }
    }

    /// A trigger of a published version; those of a workflow that does not listen count as
    /// disabled. Its address is shown with `shown` alone.
    pub(crate) fn of(
        row: TriggerRow,
        addresses: &[Address],
        shown: Option<&HookAddresses>,
        listens: bool,
    ) -> Self {
        let seen = shown.map(|shown| shown.shown(&row, addresses));
        let seen = seen.unwrap_or_default();
        Self {
            url: seen.url,
            has_url: addresses::has_address(&row, addresses),
            previous_url_until: seen.previous_until,
            id: row.trigger_id,
            type_: row.type_,
            next_run_at: row.next_run_at.filter(|_| row.enabled && listens),
            last_run_at: row.last_run_at,
            enabled: row.enabled && listens,
        }
    }
}

/// Makes the triggers those of `definition`, in the transaction that publishes it. A trigger
/// keeps its address as long as it keeps its id, also when it was away for some versions.
pub async fn sync(
    tx: &mut TenantTx,
    keys: &HookKeys,
    workflow: WorkflowId,
    definition: &Definition,
) -> Result<()> {
    let tenant = tx.tenant().id;
    let before = queries::list(tx, workflow).await?;
    for trigger in &definition.triggers {
        let known = before.iter().find(|row| row.trigger_id == trigger.id);
        let next_run_at = match trigger.type_ == SCHEDULE {
            true => schedules::first_fire(tx, &trigger.config, known),
            false => None,
        };
        let limits = trigger.limits.as_ref().map(serde_json::to_value);
        let row = NewTriggerRow {
            id: Uuid::now_v7(),
            workflow_id: workflow,
            trigger_id: &trigger.id,
            type_: &trigger.type_,
            config: &trigger.config,
            limits: limits.transpose().map_err(Error::internal)?,
            next_run_at,
        };
        let id = queries::upsert(tx, &row).await?;
        if has_hook(&trigger.type_) {
            let had = known.and_then(|row| row.key.as_deref());
            keys.ensure(tx.conn(), tenant, id, had).await?;
        }
        if let Some(next) = next_run_at {
            schedules::enqueue(tx, id, &trigger.config, next).await?;
        }
    }
    let kept: Vec<&str> = definition.triggers.iter().map(|t| t.id.as_str()).collect();
    queries::disable_others(tx, workflow, &kept).await?;
    Ok(())
}
