//! A run as clients see it; the API and the live messages show the same.

use crate::definition::Definition;
use crate::event::Event;
use crate::failure::Failure;
use crate::fold::{EffectState, ExecutionStatus, State, StepState, StepStatus};
use crate::model::{Effect, Execution, Log};
use crate::step::LogLevel;
use chrono::{DateTime, Utc};
use platform_kernel::id::{ExecutionId, LeadId, WorkflowId};
use platform_kernel::{Error, Result};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

/// A step of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct StepRunView {
    pub step_id: String,
    pub status: StepStatus,
    pub attempt: u32,
    pub started_at: Option<DateTime<Utc>>,
    pub ended_at: Option<DateTime<Utc>>,
    pub input: Option<Value>,
    pub output: Option<Value>,
    pub error: Option<Failure>,
    /// The port that the run went on through.
    pub port: Option<String>,
    /// When the step goes on by itself.
    pub wake_at: Option<DateTime<Utc>>,
}

/// What a run does, or did, outside.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct EffectView {
    pub key: String,
    pub step_id: String,
    pub kind: String,
    pub state: EffectState,
    pub provider_ref: Option<String>,
    pub summary: String,
    pub simulated: bool,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// One event of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ExecutionEventView {
    pub seq: i64,
    pub at: DateTime<Utc>,
    pub kind: String,
    pub step_id: Option<String>,
    pub attempt: Option<u32>,
    pub data: Value,
}

/// One line of a run's log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ExecutionLogView {
    pub seq: i64,
    pub at: DateTime<Utc>,
    pub level: LogLevel,
    pub step_id: Option<String>,
    pub message: String,
    pub data: Option<Value>,
}

/// A run's change of status, as live messages carry it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ExecutionChange {
    pub id: ExecutionId,
    pub workflow_id: WorkflowId,
    pub status: ExecutionStatus,
    pub trigger_type: String,
    pub lead_id: Option<LeadId>,
    pub started_at: Option<DateTime<Utc>>,
    pub ended_at: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
    pub error: Option<Failure>,
}

/// The steps of a run in the order of its definition, those that have not begun included.
pub fn step_runs(definition: &Definition, state: &State) -> Vec<StepRunView> {
    let view = |id: &str| {
        let step = state.step(id).cloned().unwrap_or_default();
        StepRunView::of(id, step)
    };
    definition.steps.iter().map(|step| view(&step.id)).collect()
}

impl StepRunView {
    fn of(id: &str, step: StepState) -> Self {
        Self {
            step_id: id.to_owned(),
            status: step.status,
            attempt: step.attempt,
            started_at: step.started_at,
            ended_at: step.ended_at,
            input: step.input,
            output: step.output,
            error: step.error,
            port: step.port,
            wake_at: step.wake_at,
        }
    }
}

impl From<Effect> for EffectView {
    fn from(effect: Effect) -> Self {
        Self {
            state: match effect.state.as_str() {
                "confirmed" => EffectState::Confirmed,
                "failed" => EffectState::Failed,
                "unknown" => EffectState::Unknown,
                _ => EffectState::Intended,
            },
            key: effect.key,
            step_id: effect.step_id,
            kind: effect.kind,
            provider_ref: effect.provider_reference,
            summary: effect.summary,
            simulated: effect.simulated,
            created_at: effect.created_at,
            updated_at: effect.updated_at,
        }
    }
}

impl TryFrom<&Event> for ExecutionEventView {
    type Error = Error;

    fn try_from(event: &Event) -> Result<Self> {
        let (kind, data) = event.body.to_columns()?;
        Ok(Self {
            seq: event.seq,
            at: event.at,
            kind,
            step_id: event.step_id.clone(),
            attempt: event.attempt,
            data,
        })
    }
}

impl From<Log> for ExecutionLogView {
    fn from(log: Log) -> Self {
        Self {
            seq: log.seq,
            at: log.at,
            level: log.level,
            step_id: log.step_id,
            message: log.message,
            data: log.data,
        }
    }
}

impl From<&Execution> for ExecutionChange {
    fn from(execution: &Execution) -> Self {
        Self {
            id: execution.id,
            workflow_id: execution.workflow_id,
            status: execution.status(),
            trigger_type: execution.trigger_type.clone(),
            lead_id: execution.lead_id,
            started_at: execution.started_at,
            ended_at: execution.ended_at,
            created_at: execution.created_at,
            error: execution.failure(),
        }
    }
}
