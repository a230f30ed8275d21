use super::status::{EffectState, StepStatus};
use crate::event::{Event, EventBody, Settlement, WaitOpened};
use crate::failure::Failure;
use crate::step::AiCall;
use chrono::{DateTime, Utc};
use serde_json::Value;
use std::sync::Arc;

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
    /// What the step waits for.
    pub wait: Option<WaitState>,
    /// What the step repeats, once it does.
    pub repeats: Option<LoopState>,
    /// What the step asked language models.
    pub ai_calls: Vec<AiCall>,
    /// The place of the event that the step ended with.
    pub ended_seq: i64,
}

/// What a step waits for.
#[derive(Clone, Debug, PartialEq)]
pub struct WaitState {
    pub opened: WaitOpened,
    /// How often its time came and the wait went on.
    pub prolonged: u32,
}

/// What a loop goes through.
#[derive(Clone, Debug, PartialEq)]
pub struct LoopState {
    pub items: Arc<Vec<Value>>,
    pub concurrency: u32,
}

impl StepState {
    /// Whether the step keeps the run busy; a loop does so by the steps that it repeats.
    pub(super) fn works(&self) -> bool {
        match self.status {
            StepStatus::Running => self.repeats.is_none(),
            StepStatus::Retrying => true,
            _ => false,
        }
    }

    pub(super) fn apply(&mut self, event: &Event, body: &EventBody) {
        match body {
            EventBody::StepStarted { input } => {
                self.status = StepStatus::Running;
                self.attempt = event.attempt.unwrap_or(self.attempt + 1);
                self.started_at.get_or_insert(event.at);
                self.wake_at = None;
                self.wait = None;
                self.input = Some(input.clone());
            }
            EventBody::StepSucceeded { output, port } => {
                self.end(event, StepStatus::Succeeded);
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
                    self.wait = None;
                } else {
                    self.end(event, StepStatus::Failed);
                    self.port.clone_from(port);
                }
            }
            EventBody::RetryScheduled { at } => {
                self.status = StepStatus::Retrying;
                self.wake_at = Some(*at);
            }
            EventBody::StepSkipped {} => self.end(event, StepStatus::Skipped),
            EventBody::TimerSet { at } => {
                self.status = StepStatus::Waiting;
                self.wake_at = Some(*at);
            }
            EventBody::TimerFired {} => {
                self.status = StepStatus::Running;
                self.wake_at = None;
            }
            EventBody::LoopStarted { items, concurrency } => {
                self.repeats = Some(LoopState {
                    items: Arc::new(items.clone()),
                    concurrency: *concurrency,
                });
            }
            EventBody::AiCall(call) => self.ai_calls.push(call.clone()),
            _ => self.apply_wait(body),
        }
    }

    fn apply_wait(&mut self, body: &EventBody) {
        match body {
            EventBody::WaitOpened(opened) => {
                self.status = StepStatus::Waiting;
                self.wake_at = opened.until;
                self.wait = Some(WaitState {
                    opened: opened.clone(),
                    prolonged: 0,
                });
            }
            EventBody::WaitProlonged { at } => {
                self.wake_at = Some(*at);
                if let Some(wait) = &mut self.wait {
                    wait.prolonged += 1;
                }
            }
            EventBody::WaitResolved { .. } | EventBody::WaitExpired {} => {
                self.status = StepStatus::Running;
                self.wake_at = None;
                self.wait = None;
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

    fn end(&mut self, event: &Event, status: StepStatus) {
        self.status = status;
        self.ended_at = Some(event.at);
        self.ended_seq = event.seq;
        self.wake_at = None;
        self.wait = None;
    }
}
