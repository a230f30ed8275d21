use super::publish::Published;
use super::queries::EventRow;
use super::{LONGEST_KEY, is_name};
use chrono::{DateTime, Utc};
use platform_http::Validate;
use platform_http::body::fault;
use platform_kernel::error::FieldError;
use platform_kernel::id::{ExecutionId, WorkflowEventId};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

/// An event to tell.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PublishEvent {
    /// What happened: a letter, then letters, digits and `_ . : -`.
    #[schema(
        max_length = 100,
        pattern = "^[A-Za-z][A-Za-z0-9_.:-]{0,99}$",
        example = "deal.funded"
    )]
    pub name: String,
    /// To what it happened; steps may wait for the events of one key.
    #[serde(default)]
    #[schema(max_length = 200)]
    pub key: Option<String>,
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    pub data: Option<Value>,
}

impl Validate for PublishEvent {
    fn validate(&self) -> Vec<FieldError> {
        let mut faults = Vec::new();
        if !is_name(&self.name) {
            let detail = "must be a letter, then at most 99 letters, digits or _ . : -";
            faults.push(fault("/name", "invalid", detail));
        }
        let key = self.key.as_deref().unwrap_or_default();
        if key.chars().count() > LONGEST_KEY || key.contains('\0') {
            faults.push(fault("/key", "invalid", "must have at most 200 characters"));
        }
        if self
            .data
            .as_ref()
            .is_some_and(|data| !data.is_object() && !data.is_null())
        {
            faults.push(fault("/data", "invalid", "must be an object"));
        }
        faults
    }
}

/// What an event brought about. It is durable when this is answered.
#[derive(Debug, Serialize, ToSchema)]
pub struct EventAccepted {
    pub event_id: WorkflowEventId,
    /// The runs that begin because of it.
    pub executions: Vec<ExecutionId>,
    /// How many steps of runs waited for it.
    pub waits_resolved: usize,
    /// Why workflows that listen to it do not run.
    pub warnings: Vec<String>,
}

impl From<Published> for EventAccepted {
    fn from(published: Published) -> Self {
        Self {
            event_id: published.id,
            executions: published.executions,
            waits_resolved: published.waits_resolved,
            warnings: published.warnings,
        }
    }
}

/// Which events to list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct EventsQuery {
    /// Only those of this name.
    pub name: Option<String>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
    /// Rows a page, 1 to 200; 50 unless told.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<i64>,
}

/// An event that was told.
#[derive(Debug, Serialize, ToSchema)]
pub struct EventView {
    pub id: WorkflowEventId,
    pub name: String,
    /// Empty where it has none.
    pub key: String,
    #[schema(value_type = Object)]
    pub data: Value,
    /// The run that told it; none when a program did.
    pub execution_id: Option<ExecutionId>,
    pub created_at: DateTime<Utc>,
}

impl From<EventRow> for EventView {
    fn from(row: EventRow) -> Self {
        Self {
            id: row.id,
            name: row.name,
            key: row.key,
            data: row.data,
            execution_id: row.execution_id,
            created_at: row.created_at,
        }
    }
}
