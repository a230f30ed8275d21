use super::model::Execution;
use super::search::Filter;
use chrono::{DateTime, Utc};
use platform_engine::definition::Definition;
use platform_engine::event::Settlement;
use platform_engine::failure::Failure;
use platform_engine::fold::ExecutionStatus;
use platform_engine::view::{EffectView, StepRunView};
use platform_http::Validate;
use platform_kernel::error::FieldError;
use platform_kernel::id::{ExecutionId, LeadId, UserId, WorkflowId};
use platform_kernel::{Error, ErrorCode, Result};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
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
    /// What the dealership calls the run by.
    pub business_key: Option<String>,
    /// Whether somebody keeps it from going on.
    pub paused: bool,
    /// The run whose step started this one.
    pub parent_execution_id: Option<ExecutionId>,
    /// The run that this one repeats, and the step from which on.
    pub forked_from: Option<ExecutionId>,
    pub forked_step_id: Option<String>,
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
    /// The runs that its steps started.
    pub children: Vec<ExecutionId>,
    /// Whether what happened to it is no longer kept; then it has no steps to show.
    pub history_removed: bool,
    /// Sequence number of the newest event or log line; subscribe with it as `after`.
    pub last_seq: i64,
}

/// Which runs to list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ExecutionsQuery {
    pub workflow_id: Option<WorkflowId>,
    /// One or more, with commas.
    pub status: Option<String>,
    pub trigger_type: Option<String>,
    pub created_from: Option<DateTime<Utc>>,
    /// Runs before this time.
    pub created_to: Option<DateTime<Utc>>,
    /// What the dealership calls the run by, exactly.
    pub business_key: Option<String>,
    /// Words of two or more letters that must all occur in the run's input; `toyo*` finds those
    /// that begin so.
    #[param(max_length = 200)]
    pub search: Option<String>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
    /// Rows a page, 1 to 200; 50 unless told.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<i64>,
}

impl ExecutionsQuery {
    /// What it asks for.
    pub(crate) fn filter(&self) -> Result<Filter> {
        let given = |text: &Option<String>| text.clone().filter(|text| !text.trim().is_empty());
        let filter = Filter {
            workflow_id: self.workflow_id,
            status: statuses(self.status.as_deref().unwrap_or_default())?,
            trigger_type: given(&self.trigger_type),
            created_from: self.created_from,
            created_to: self.created_to,
            business_key: given(&self.business_key),
            search: given(&self.search),
        };
        match filter.faults("").into_iter().next() {
            Some(fault) => Err(Error::from(ErrorCode::BadRequest).field(
                fault.pointer,
                fault.code,
                fault.detail,
            )),
            None => Ok(filter),
        }
    }
}

fn statuses(list: &str) -> Result<Vec<ExecutionStatus>> {
    let words = list
        .split(',')
        .map(str::trim)
        .filter(|word| !word.is_empty());
    let mut statuses = Vec::new();
    for word in words {
        let Ok(status) = word.parse::<ExecutionStatus>() else {
            let detail = format!("there is no status {word}");
            return Err(Error::from(ErrorCode::BadRequest).field("/status", "unknown", detail));
        };
        if !statuses.contains(&status) {
            statuses.push(status);
        }
    }
    Ok(statuses)
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

#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PauseExecution {
    /// Why, for the audit log.
    #[serde(default)]
    #[schema(max_length = 500)]
    pub reason: Option<String>,
}

/// The version that a repeated run runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReplayVersion {
    /// The one that the run ran.
    #[default]
    Same,
    /// The one that is published now.
    Published,
}

#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ReplayExecution {
    /// The first step to run again; everything without it. A step inside a loop stands for the
    /// outermost loop around it, from its first iteration on.
    pub from_step: Option<String>,
    /// What the steps see as `trigger`, in place of what they saw.
    #[schema(value_type = Option<Object>)]
    pub input: Option<Value>,
    /// Outputs of steps before `from_step`, by step, in place of those that they gave.
    #[schema(value_type = Object)]
    pub outputs: BTreeMap<String, Value>,
    pub version: ReplayVersion,
}

#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RetryExecution {}

impl Validate for PauseExecution {
    fn validate(&self) -> Vec<FieldError> {
        let mut faults = Vec::new();
        if let Some(reason) = &self.reason {
            platform_http::body::check_text(&mut faults, "/reason", reason, 500);
        }
        faults
    }
}

impl Validate for ReplayExecution {
    fn validate(&self) -> Vec<FieldError> {
        Vec::new()
    }
}

impl Validate for RetryExecution {
    fn validate(&self) -> Vec<FieldError> {
        Vec::new()
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
            business_key: row.business_key,
            paused: row.pause_requested_at.is_some(),
            parent_execution_id: row.parent_execution_id,
            forked_from: row.forked_from,
            forked_step_id: row.forked_step_id,
        }
    }
}
