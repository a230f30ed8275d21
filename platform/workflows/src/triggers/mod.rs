//! What starts runs: the triggers of published versions and the addresses of their hooks.

pub mod key;
mod model;
pub mod queries;
mod types;

pub use model::{ADF_LEAD, MANUAL, TriggerRow, WEBHOOK, has_hook};
pub use types::register_triggers;

use model::NewTriggerRow;
use platform_db::TenantTx;
use platform_engine::definition::Definition;
use platform_kernel::Result;
use platform_kernel::id::WorkflowId;
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
}

impl TriggerView {
    /// A trigger that only the draft has.
    pub(crate) fn unpublished(id: &str, type_: &str) -> Self {
        Self {
            id: id.to_owned(),
            type_: type_.to_owned(),
            url: None,
            enabled: false,
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
            enabled: row.enabled && listens,
        }
    }
}

/// Makes the triggers those of `definition`, in the transaction that publishes it. A trigger
/// keeps its key as long as it keeps its id, also when it was away for some versions.
pub async fn sync(tx: &mut TenantTx, workflow: WorkflowId, definition: &Definition) -> Result<()> {
    let tenant = tx.tenant().id;
    for trigger in &definition.triggers {
        let row = NewTriggerRow {
            id: Uuid::now_v7(),
            workflow_id: workflow,
            trigger_id: &trigger.id,
            type_: &trigger.type_,
            config: &trigger.config,
            key: has_hook(&trigger.type_).then(|| key::new_key(tenant)),
        };
        queries::upsert(tx, &row).await?;
    }
    let kept: Vec<&str> = definition.triggers.iter().map(|t| t.id.as_str()).collect();
    queries::disable_others(tx, workflow, &kept).await?;
    Ok(())
}
