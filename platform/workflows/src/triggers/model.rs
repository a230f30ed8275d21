use diesel::{Insertable, Queryable, Selectable};
use platform_db::schema::tenant::workflow_triggers;
use platform_kernel::id::WorkflowId;
use serde_json::Value;
use uuid::Uuid;

/// Starts a run when a person asks for it.
pub const MANUAL: &str = "manual";
/// Starts a run when JSON is posted to its hook.
pub const WEBHOOK: &str = "webhook";
/// Starts a run for each lead posted to its hook.
pub const ADF_LEAD: &str = "adf_lead";

/// Whether triggers of this type have an address of their own.
pub fn has_hook(type_: &str) -> bool {
    type_ == WEBHOOK || type_ == ADF_LEAD
}

/// A trigger of a published version.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = workflow_triggers)]
pub struct TriggerRow {
    pub id: Uuid,
    pub workflow_id: WorkflowId,
    pub trigger_id: String,
    pub type_: String,
    pub config: Value,
    pub key: Option<String>,
    pub enabled: bool,
}

#[derive(Debug, Insertable)]
#[diesel(table_name = workflow_triggers)]
pub struct NewTriggerRow<'a> {
    pub id: Uuid,
    pub workflow_id: WorkflowId,
    pub trigger_id: &'a str,
    pub type_: &'a str,
    pub config: &'a Value,
    pub key: Option<String>,
}
