//! The state of a run is the fold of its events: nothing else is asked, and the order is theirs.

use crate::event::{Event, EventBody, Settlement, StopOutcome, StopRequest};
use crate::failure::Failure;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// Where a run stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ExecutionStatus {
    #[default]
    Queued,
    Running,
    /// Nothing to do until a time comes or a person decides.
    Waiting,
    /// A person stopped it for a while.
    Paused,
    Succeeded,
    Failed,
    Cancelled,
}

impl ExecutionStatus {
    pub const ALL: [Self; 7] = [
        Self::Queued,
        Self::Running,
        Self::Waiting,
        Self::Paused,
        Self::Succeeded,
        Self::Failed,
        Self::Cancelled,
    ];

    /// The word stored in `workflow_executions.status`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Waiting => "waiting",
            Self::Paused => "paused",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == word)
    }

    pub fn has_ended(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed | Self::Cancelled)
    }
}

/// Where a step stands within a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum StepStatus {
    #[default]
    Pending,
    Running,
    Waiting,
    Succeeded,
    Failed,
    Skipped,
    Retrying,
}

impl StepStatus {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Running => "running",
            Self::Waiting => "waiting",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
            Self::Retrying => "retrying",
        }
    }

    /// Whether nothing more will happen to the step.
    pub fn has_ended(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed | Self::Skipped)
    }
}

/// Where a run's effect stands, as far as its events tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EffectState {
    Intended,
    Confirmed,
    Failed,
    Unknown,
}

/// A step within a run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StepState {
    pub status: StepStatus,
    /// The attempt at hand; 0 before the first.
    pub attempt: u32,
    pub started_at: Option<DateTime<Utc>>,
    pub ended_at: Option<DateTime<Utc>>,
    pub input: Option<Value>,
    pub output: Option<Value>,
    pub error: Option<Failure>,
    /// The port that the run went on through.
    pub port: Option<String>,
    /// When the step goes on: the end of a wait, or the next attempt.
    pub wake_at: Option<DateTime<Utc>>,
    pub effect: Option<(String, EffectState)>,
}

/// A run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct State {
    pub last_seq: i64,
    /// Set once the run has ended.
    pub ended: Option<ExecutionStatus>,
    pub started_at: Option<DateTime<Utc>>,
    pub ended_at: Option<DateTime<Utc>>,
    pub output: Option<Value>,
    /// Why the run failed, or is about to: the first failure that no step handles.
    pub error: Option<Failure>,
    pub cancel_requested: bool,
    pub cancel_reason: Option<String>,
    pub steps: BTreeMap<String, StepState>,
    /// What steps set by name; the latest value of each.
    pub variables: Map<String, Value>,
    /// The step that ended the run before its time, and how.
    pub stop: Option<(String, StopRequest)>,
    /// How often the run was taken over since it last came forward.
    pub takeovers: u32,
}

impl State {
    /// The state after all of `events`, in their order.
    pub fn of<'a>(events: impl IntoIterator<Item = &'a Event>) -> Self {
        let mut state = Self::default();
        for event in events {
            state.apply(event);
        }
        state
    }

    /// The state after one more event.
    pub fn apply(&mut self, event: &Event) {
        self.last_seq = self.last_seq.max(event.seq);
        match (&event.body, &event.step_id) {
            (body, Some(step_id)) => {
                self.takeovers_end(body);
                let failure = {
                    let step = self.steps.entry(step_id.clone()).or_default();
                    step.apply(event, body);
                    unhandled(body)
                };
                // What fails while a stopped run winds up does not change how it ends.
                if self.error.is_none() && self.stop.is_none() {
                    self.error = failure;
                }
                self.apply_for_run(step_id, body);
            }
            (body, None) => self.apply_to_run(event.at, body),
        }
    }

    /// What a step's event means for the whole run.
    fn apply_for_run(&mut self, step_id: &str, body: &EventBody) {
        match body {
            EventBody::VariablesSet { values } => self.variables.extend(values.clone()),
            EventBody::StopRequested(stop) if self.stop.is_none() => {
                self.stop = Some((step_id.to_owned(), stop.clone()));
            }
            _ => {}
        }
    }

    fn apply_to_run(&mut self, at: DateTime<Utc>, body: &EventBody) {
        match body {
            EventBody::ExecutionStarted {} => {
                self.started_at.get_or_insert(at);
            }
            EventBody::LeaseTaken { .. } => self.takeovers += 1,
            EventBody::CancelRequested { reason } => {
                self.cancel_requested = true;
                self.cancel_reason.clone_from(reason);
            }
            EventBody::ExecutionSucceeded { output } => {
                self.output = Some(output.clone());
                self.end(at, ExecutionStatus::Succeeded);
            }
            EventBody::ExecutionFailed { error } => {
                self.error = Some(error.clone());
                self.end(at, ExecutionStatus::Failed);
            }
            EventBody::ExecutionCancelled { .. } => self.end(at, ExecutionStatus::Cancelled),
            _ => {}
        }
    }

    fn end(&mut self, at: DateTime<Utc>, status: ExecutionStatus) {
        self.ended = Some(status);
        self.ended_at = Some(at);
    }

    /// A run that comes forward between two take-overs is not what brings the workers down.
    fn takeovers_end(&mut self, body: &EventBody) {
        if matches!(
            body,
            EventBody::StepSucceeded { .. }
                | EventBody::StepFailed { .. }
                | EventBody::StepSkipped {}
                | EventBody::TimerFired {}
                | EventBody::EffectUnknown { .. }
        ) {
            self.takeovers = 0;
        }
    }

    /// The failure that a step ended the run with; `None` when it ended it well, or did not.
    pub(crate) fn stopped_as_failed(&self) -> Option<Failure> {
        let (step_id, stop) = self.stop.as_ref()?;
        if stop.outcome == StopOutcome::Succeeded {
            return None;
        }
        let message = stop.message.clone();
        Some(Failure {
            step_id: Some(step_id.clone()),
            ..Failure::new(
                "stopped",
                message.unwrap_or_else(|| "The workflow ended the run as failed.".to_owned()),
            )
        })
    }

    pub fn step(&self, id: &str) -> Option<&StepState> {
        self.steps.get(id)
    }

    pub fn step_status(&self, id: &str) -> StepStatus {
        self.steps.get(id).map_or(StepStatus::Pending, |s| s.status)
    }

    /// The status to show and store.
    pub fn status(&self) -> ExecutionStatus {
        if let Some(status) = self.ended {
            return status;
        }
        if self.started_at.is_none() {
            return ExecutionStatus::Queued;
        }
        self.status_if("", StepStatus::Pending)
    }

    /// The status of a run that goes on, if `step` stood so.
    pub(crate) fn status_if(&self, step: &str, status: StepStatus) -> ExecutionStatus {
        let others = self.steps.iter().filter(|(id, _)| *id != step);
        let statuses: Vec<_> = others.map(|(_, s)| s.status).chain([status]).collect();
        let has = |status| statuses.contains(&status);
        if has(StepStatus::Waiting) && !has(StepStatus::Running) && !has(StepStatus::Retrying) {
            return ExecutionStatus::Waiting;
        }
        ExecutionStatus::Running
    }
}

impl StepState {
    fn apply(&mut self, event: &Event, body: &EventBody) {
        match body {
            EventBody::StepStarted { input } => {
                self.status = StepStatus::Running;
                self.attempt = event.attempt.unwrap_or(self.attempt + 1);
                self.started_at.get_or_insert(event.at);
                self.wake_at = None;
                self.input = Some(input.clone());
            }
            EventBody::StepSucceeded { output, port } => {
                self.end(event.at, StepStatus::Succeeded);
                self.output = Some(output.clone());
                self.port = Some(port.clone());
                self.error = None;
            }
            EventBody::StepFailed {
                error,
                will_retry,
                port,
            } => {
                self.error = Some(error.clone());
                if *will_retry {
                    self.status = StepStatus::Retrying;
                } else {
                    self.end(event.at, StepStatus::Failed);
                    self.port.clone_from(port);
                }
            }
            EventBody::RetryScheduled { at } => {
                self.status = StepStatus::Retrying;
                self.wake_at = Some(*at);
            }
            EventBody::StepSkipped {} => self.end(event.at, StepStatus::Skipped),
            EventBody::TimerSet { at } => {
                self.status = StepStatus::Waiting;
                self.wake_at = Some(*at);
            }
            EventBody::TimerFired {} => {
                self.status = StepStatus::Running;
                self.wake_at = None;
            }
            _ => self.apply_effect(body),
        }
    }

    fn apply_effect(&mut self, body: &EventBody) {
        let (key, state) = match body {
            EventBody::EffectIntended { key, .. } => (key, EffectState::Intended),
            EventBody::EffectConfirmed { key, .. } => (key, EffectState::Confirmed),
            EventBody::EffectFailed { key, .. } => (key, EffectState::Failed),
            EventBody::EffectUnknown { key, error } => {
                self.status = StepStatus::Waiting;
                self.wake_at = None;
                self.error = Some(error.clone());
                (key, EffectState::Unknown)
            }
            EventBody::EffectSettled { key, outcome } => match outcome {
                Settlement::Sent => (key, EffectState::Confirmed),
                Settlement::NotSent => (key, EffectState::Failed),
            },
            _ => return,
        };
        self.effect = Some((key.clone(), state));
    }

    fn end(&mut self, at: DateTime<Utc>, status: StepStatus) {
        self.status = status;
        self.ended_at = Some(at);
        self.wake_at = None;
    }
}

/// The failure that ends the run, if `body` is one.
fn unhandled(body: &EventBody) -> Option<Failure> {
    match body {
        EventBody::StepFailed {
            error,
            will_retry: false,
            port: None,
        } => Some(error.clone()),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
