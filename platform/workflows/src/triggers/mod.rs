//! What starts runs: the triggers of published versions and the addresses of their hooks.

pub(crate) mod deliveries;
pub(crate) mod expression;
pub mod key;
mod limits;
mod model;
pub mod queries;
pub(crate) mod start;
mod types;

pub(crate) use model::takes_limits;
pub use model::{ADF_LEAD, EVENT, MANUAL, RECORD, SCHEDULE, TriggerRow, WEBHOOK, has_hook};
pub use types::register_triggers;

use crate::schedules;
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
    /// Where to post to; only for triggers with a hook, once they are published.
    pub url: Option<String>,
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
            enabled: false,
            next_run_at: None,
            last_run_at: None,
        }
    }
}

/// Under which address hooks are reached from outside.
#[derive(Clone, Debug)]
pub struct HookAddresses(String);

impl HookAddresses {
    /// `public_url` is the platform's own, for example `https://auterity.example`.
    pub fn new(public_url: &str) -> Self {
        Self(public_url.trim_end_matches('/').to_owned())
    }

    pub fn url(&self, key: &str) -> String {
        format!("{}/hooks/{key}", self.0)
    }

    /// How a trigger is shown; those of a workflow that does not listen count as disabled.
    pub fn view(&self, row: TriggerRow, listens: bool) -> TriggerView {
        let hook = has_hook(&row.type_);
        TriggerView {
            url: row.key.filter(|_| hook).map(|key| self.url(&key)),
            id: row.trigger_id,
            type_: row.type_,
            next_run_at: row.next_run_at.filter(|_| row.enabled && listens),
            last_run_at: row.last_run_at,
            enabled: row.enabled && listens,
        }
    }
}

/// Makes the triggers those of `definition`, in the transaction that publishes it. A trigger
/// keeps its key as long as it keeps its id, also when it was away for some versions.
pub async fn sync(tx: &mut TenantTx, workflow: WorkflowId, definition: &Definition) -> Result<()> {
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
            key: has_hook(&trigger.type_).then(|| key::new_key(tenant)),
            limits: limits.transpose().map_err(Error::internal)?,
            next_run_at,
        };
        let id = queries::upsert(tx, &row).await?;
        if let Some(next) = next_run_at {
            schedules::enqueue(tx, id, &trigger.config, next).await?;
        }
    }
    let kept: Vec<&str> = definition.triggers.iter().map(|t| t.id.as_str()).collect();
    queries::disable_others(tx, workflow, &kept).await?;
    Ok(())
}
