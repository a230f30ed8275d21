use super::model::Execution;
use chrono::{DateTime, Utc};
use platform_engine::definition::Definition;
use platform_engine::event::Settlement;
use platform_engine::failure::Failure;
use platform_engine::fold::ExecutionStatus;
use platform_engine::view::{EffectView, StepRunView};
use platform_http::Validate;
use platform_kernel::error::FieldError;
use platform_kernel::id::{ExecutionId, LeadId, UserId, WorkflowId};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

/// A run in a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct ExecutionSummary {
    pub id: ExecutionId,
    pub workflow_id: WorkflowId,
    pub workflow_name: String,
    pub version: i32,
    #[schema(value_type = ExecutionStatus)]
    pub status: String,
    pub trigger_id: String,
    pub trigger_type: String,
    pub lead_id: Option<LeadId>,
    /// The person who started it by hand.
    pub started_by: Option<UserId>,
    pub started_at: Option<DateTime<Utc>>,
    pub ended_at: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
    pub error: Option<Failure>,
}

/// A run with its steps and what it did outside.
#[derive(Debug, Serialize, ToSchema)]
pub struct ExecutionView {
    #[serde(flatten)]
    pub summary: ExecutionSummary,
    /// The version that it runs.
    #[schema(value_type = Definition)]
    pub definition: Value,
    pub input: Value,
    pub output: Option<Value>,
    pub steps: Vec<StepRunView>,
    pub effects: Vec<EffectView>,
    /// Sequence number of the newest event or log line; subscribe with it as `after`.
    pub last_seq: i64,
}

/// Which runs to list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ExecutionsQuery {
    pub workflow_id: Option<WorkflowId>,
    pub status: Option<ExecutionStatus>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
    /// Rows a page, 1 to 200; 50 unless told.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<i64>,
}

/// From where to read events or log lines.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AfterQuery {
    /// Only what has a greater sequence number.
    pub after: Option<i64>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
    /// Rows a page, 1 to 200; 50 unless told.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<i64>,
}

#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StartExecution {
    /// What the steps see as `trigger`.
    #[serde(default)]
    pub input: Option<Value>,
    /// The manual trigger to start from; the first one unless given.
    #[serde(default)]
    pub trigger_id: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct ExecutionAccepted {
    pub execution_id: ExecutionId,
}

#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CancelExecution {
    /// Why, for the run's events.
    #[serde(default)]
    #[schema(max_length = 500)]
    pub reason: Option<String>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SettleEffect {
    pub outcome: Settlement,
}

impl Validate for StartExecution {
    fn validate(&self) -> Vec<FieldError> {
        Vec::new()
    }
}

impl Validate for CancelExecution {
    fn validate(&self) -> Vec<FieldError> {
        let mut faults = Vec::new();
        if let Some(reason) = &self.reason {
            platform_http::body::check_text(&mut faults, "/reason", reason, 500);
        }
        faults
    }
}

impl Validate for SettleEffect {
    fn validate(&self) -> Vec<FieldError> {
        Vec::new()
    }
}

impl From<Execution> for ExecutionSummary {
    fn from(row: Execution) -> Self {
        Self {
            id: row.id,
            workflow_id: row.workflow_id,
            workflow_name: row.workflow_name,
            version: row.version,
            status: row.status,
            trigger_id: row.trigger_id,
            trigger_type: row.trigger_type,
            lead_id: row.lead_id,
            started_by: row.started_by,
            started_at: row.started_at,
            ended_at: row.ended_at,
            created_at: row.created_at,
            error: row
                .error
                .and_then(|error| serde_json::from_value(error).ok()),
        }
    }
}
