use chrono::{DateTime, Utc};
use diesel::{Insertable, Queryable, Selectable};
use platform_db::schema::tenant::workflow_triggers;
use platform_engine::definition::TriggerLimits;
use platform_kernel::id::WorkflowId;
use serde_json::Value;
use uuid::Uuid;

/// Starts a run when a person asks for it.
pub const MANUAL: &str = "manual";
/// Starts a run when JSON is posted to its hook.
pub const WEBHOOK: &str = "webhook";
/// Starts a run for each lead posted to its hook.
pub const ADF_LEAD: &str = "adf_lead";
/// Starts runs at times of the clock.
pub const SCHEDULE: &str = "schedule";
/// Starts a run for each event of a name.
pub const EVENT: &str = "event";
/// Starts a run when a customer, a vehicle or a lead was made or changed.
pub const RECORD: &str = "record";

/// Whether triggers of this type have an address of their own.
pub fn has_hook(type_: &str) -> bool {
    type_ == WEBHOOK || type_ == ADF_LEAD
}

/// Whether deliveries to triggers of this type can be limited.
pub(crate) fn takes_limits(type_: &str) -> bool {
    [WEBHOOK, ADF_LEAD, EVENT, RECORD].contains(&type_)
}

/// A trigger of a published version.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = workflow_triggers, check_for_backend(diesel::pg::Pg))]
pub struct TriggerRow {
    pub id: Uuid,
    pub workflow_id: WorkflowId,
    pub trigger_id: String,
    pub type_: String,
    pub config: Value,
    /// An address that the version before `hook_addresses` gave, until it is sealed there.
    pub key: Option<String>,
    pub enabled: bool,
    pub limits: Option<Value>,
    pub next_run_at: Option<DateTime<Utc>>,
    pub last_run_at: Option<DateTime<Utc>>,
}

impl TriggerRow {
    /// Whether and when deliveries start runs. What cannot be read any more limits nothing.
    pub fn limits(&self) -> TriggerLimits {
        let limits = self.limits.clone();
        limits
            .and_then(|limits| serde_json::from_value(limits).ok())
            .unwrap_or_default()
    }

    /// The configuration's filter.
    pub(crate) fn filter(&self) -> Option<&str> {
        self.config.get("filter")?.as_str()
    }
}

#[derive(Debug, Insertable)]
#[diesel(table_name = workflow_triggers)]
pub struct NewTriggerRow<'a> {
    pub id: Uuid,
    pub workflow_id: WorkflowId,
    pub trigger_id: &'a str,
    pub type_: &'a str,
    pub config: &'a Value,
    pub limits: Option<Value>,
    pub next_run_at: Option<DateTime<Utc>>,
}
