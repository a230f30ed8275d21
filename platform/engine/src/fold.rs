//! The state of a run is the fold of its events: nothing else is asked, and the order is theirs.

mod status;
mod step;

pub use status::{EffectState, ExecutionStatus, StepStatus};
pub use step::{LoopState, StepState, WaitState};

use crate::event::{Event, EventBody, StopOutcome, StopRequest};
use crate::failure::Failure;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

/// That what the steps did is being undone.
#[derive(Clone, Debug, PartialEq)]
pub struct Undoing {
    pub since: DateTime<Utc>,
    pub error: Failure,
    /// Whether a person ended the run.
    pub cancelled: bool,
}

/// How many steps are at work, and how many wait.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Counts {
    working: usize,
    waiting: usize,
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
    /// Since when a person keeps the run from going on.
    pub paused_since: Option<DateTime<Utc>>,
    /// How long it was kept so before.
    pub paused_for: TimeDelta,
    pub undoing: Option<Undoing>,
    /// The steps that wait for what others do.
    pub waits: BTreeSet<String>,
    counts: Counts,
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
                let step = self.steps.entry(step_id.clone()).or_default();
                self.counts.remove(step);
                step.apply(event, body);
                self.counts.add(step);
                if step.wait.is_some() {
                    if !self.waits.contains(step_id) {
                        self.waits.insert(step_id.clone());
                    }
                } else {
                    self.waits.remove(step_id);
                }
                // What fails while a run winds up does not change how it ends.
                if self.error.is_none() && self.stop.is_none() && self.undoing.is_none() {
                    self.error = unhandled(body);
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
            EventBody::StopRequested(stop) if self.stop.is_none() && self.undoing.is_none() => {
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
            EventBody::Paused { .. } => {
                self.paused_since.get_or_insert(at);
            }
            EventBody::Resumed { .. } => {
                if let Some(since) = self.paused_since.take() {
                    self.paused_for += (at - since).max(TimeDelta::zero());
                }
            }
            EventBody::CompensationStarted { error } => self.undo(at, error),
            _ => {}
        }
    }

    /// From here on nothing else happens; what waited was closed.
    fn undo(&mut self, at: DateTime<Utc>, error: &Failure) {
        self.undoing = Some(Undoing {
            since: at,
            error: error.clone(),
            cancelled: self.cancel_requested,
        });
        for step_id in std::mem::take(&mut self.waits) {
            if let Some(step) = self.steps.get_mut(&step_id) {
                step.wait = None;
                step.wake_at = None;
            }
        }
    }

    fn end(&mut self, at: DateTime<Utc>, status: ExecutionStatus) {
        self.ended = Some(status);
        self.ended_at = Some(at);
        self.paused_since = None;
        self.waits.clear();
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
                | EventBody::LoopStarted { .. }
                | EventBody::WaitOpened(_)
                | EventBody::WaitProlonged { .. }
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
        self.status_with(self.counts)
    }

    /// The status of a run that goes on, if `step` stood so.
    pub(crate) fn status_if(&self, step: &str, status: StepStatus) -> ExecutionStatus {
        let mut counts = self.counts;
        if let Some(known) = self.steps.get(step) {
            counts.remove(known);
        }
        counts.add(&StepState {
            status,
            ..StepState::default()
        });
        self.status_with(counts)
    }

    /// Whether a person stopped the run for a while; one that is cancelled meanwhile goes on, to its end.
    pub(crate) fn is_paused(&self) -> bool {
        self.paused_since.is_some() && !self.cancel_requested
    }

    fn status_with(&self, counts: Counts) -> ExecutionStatus {
        if self.is_paused() {
            ExecutionStatus::Paused
        } else if counts.waiting > 0 && counts.working == 0 {
            ExecutionStatus::Waiting
        } else {
            ExecutionStatus::Running
        }
    }
}

impl Counts {
    fn add(&mut self, step: &StepState) {
        self.working += usize::from(step.works());
        self.waiting += usize::from(step.status == StepStatus::Waiting);
    }

    fn remove(&mut self, step: &StepState) {
        self.working -= usize::from(step.works());
        self.waiting -= usize::from(step.status == StepStatus::Waiting);
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
