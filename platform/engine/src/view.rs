//! A run as clients see it; the API and the live messages show the same.

use crate::definition::Definition;
use crate::event::Event;
use crate::failure::Failure;
use crate::fold::{EffectState, ExecutionStatus, State, StepState, StepStatus, WaitState};
use crate::graph::{Graph, Node};
use crate::instance;
use crate::model::{Effect, EffectRowState, Execution, Log};
use crate::step::{AiCall, LogLevel};
use chrono::{DateTime, Utc};
use platform_kernel::id::{ExecutionId, LeadId, WorkflowId};
use platform_kernel::{Error, Result};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::HashMap;
use std::sync::Arc;
use utoipa::ToSchema;

/// A step of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct StepRunView {
    /// The run of the step: its id, and inside loops its iterations, as in `send[3]`.
    pub step_id: String,
    /// The step's id in the definition.
    pub definition_step_id: String,
    /// The iterations of the loops around it, from 0, the outermost first.
    pub iterations: Vec<u32>,
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
    /// What the step waits for that others do.
    pub wait: Option<WaitView>,
    pub ai_calls: Vec<AiCallView>,
}

/// What a step waits for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct WaitView {
    /// `event`, `approval` or `child`.
    pub kind: String,
    /// The event's name; the approval's or the run's id.
    pub name: String,
    pub key: String,
    pub summary: String,
    pub until: Option<DateTime<Utc>>,
}

/// A question to a language model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct AiCallView {
    pub model: String,
    pub input_tokens: u32,
    /// Reasoning included.
    pub output_tokens: u32,
    /// The part of the input that the provider had in its cache.
    #[serde(default)]
    pub cached_tokens: u32,
    /// The part of the input that the provider wrote into its cache.
    #[serde(default)]
    pub cache_write_tokens: u32,
    /// The part of the output that was reasoning.
    #[serde(default)]
    pub reasoning_tokens: u32,
    pub simulated: bool,
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

/// Runs of one step inside a loop that are shown.
const SHOWN: usize = 200;

/// The steps of a run in the order of its definition, those that have not begun included. Of a
/// step that a loop repeats often, those runs are shown that did not go well or are not over, and
/// the first of the others.
pub fn step_runs(definition: &Definition, state: &State) -> Vec<StepRunView> {
    let graph = Graph::new(Arc::new(definition.clone()));
    let mut repeated: HashMap<&str, Vec<(Vec<u32>, &str)>> = HashMap::new();
    for key in state.steps.keys() {
        let id = instance::definition_id(key);
        if id.len() < key.len() {
            let runs = repeated.entry(id).or_default();
            runs.push((instance::iterations(key), key));
        }
    }
    let mut views = Vec::with_capacity(definition.steps.len());
    for (_, node) in graph.nodes() {
        let id = node.step.id.as_str();
        let Some(mut runs) = repeated.remove(id) else {
            let mut step = state.step(id).cloned().unwrap_or_default();
            if step.status == StepStatus::Pending && never_runs(&graph, node, state) {
                step.status = StepStatus::Skipped;
            }
            views.push(StepRunView::of(id, step));
            continue;
        };
        if runs.len() > SHOWN {
            let went_well = |key: &str| state.step_status(key) == StepStatus::Succeeded;
            runs.sort_unstable_by(|a, b| (went_well(a.1), &a.0).cmp(&(went_well(b.1), &b.0)));
            runs.truncate(SHOWN);
        }
        runs.sort_unstable();
        let step = |key: &str| state.step(key).cloned().unwrap_or_default();
        views.extend(runs.iter().map(|(_, key)| StepRunView::of(key, step(key))));
    }
    views
}

/// Whether the outermost loop around a step is over without having repeated it.
fn never_runs(graph: &Graph, node: &Node, state: &State) -> bool {
    let mut around = node.in_loop.and_then(|around| graph.node(around));
    while let Some(one) = around {
        if state.step_status(&one.step.id).has_ended() {
            return true;
        }
        around = one.in_loop.and_then(|around| graph.node(around));
    }
    false
}

impl StepRunView {
    /// A run of a step as it stands.
    pub fn of(key: &str, step: StepState) -> Self {
        let call = |call: AiCall| AiCallView {
            model: call.model,
            input_tokens: call.input_tokens,
            output_tokens: call.output_tokens,
            cached_tokens: call.cached_tokens,
            cache_write_tokens: call.cache_write_tokens,
            reasoning_tokens: call.reasoning_tokens,
            simulated: call.simulated,
        };
        let wake_at = step.wake_at;
        let wait = |wait: WaitState| WaitView {
            kind: wait.opened.kind,
            name: wait.opened.name,
            key: wait.opened.key,
            summary: wait.opened.summary,
            until: wake_at,
        };
        Self {
            step_id: key.to_owned(),
            definition_step_id: instance::definition_id(key).to_owned(),
            iterations: instance::iterations(key),
            status: step.status,
            attempt: step.attempt,
            started_at: step.started_at,
            ended_at: step.ended_at,
            input: step.input,
            output: step.output,
            error: step.error,
            port: step.port,
            wake_at,
            wait: step.wait.map(wait),
            ai_calls: step.ai_calls.into_iter().map(call).collect(),
        }
    }
}

impl From<Effect> for EffectView {
    fn from(effect: Effect) -> Self {
        Self {
            state: match effect.state {
                EffectRowState::Intended | EffectRowState::Sending => EffectState::Intended,
                EffectRowState::Confirmed => EffectState::Confirmed,
                EffectRowState::Failed => EffectState::Failed,
                EffectRowState::Unknown => EffectState::Unknown,
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
            status: execution.status,
            trigger_type: execution.trigger_type.clone(),
            lead_id: execution.lead_id,
            started_at: execution.started_at,
            ended_at: execution.ended_at,
            created_at: execution.created_at,
            error: execution.failure(),
        }
    }
}
