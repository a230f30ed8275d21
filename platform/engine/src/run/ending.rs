//! How a run ends: what waits is closed, what was done is undone where the workflow says how, and
//! who waits for the run is told in the same commit.

use super::{Ended, Run};
use crate::admission::Places;
use crate::event::EventBody;
use crate::failure::Failure;
use crate::fold::{EffectState, ExecutionStatus};
use crate::graph::{Instance, Place};
use crate::instance;
use crate::log::{Appended, Stop};
use crate::plan;
use crate::step::LogLevel;
use crate::steps::run_workflow;
use crate::store::{Beside, FailureReport, told_to_parent};
use platform_db::jobs::JobRef;

/// Workers lost in a row, without the run coming forward, after which it is given up.
const MAX_TAKEOVERS: u32 = 5;

/// How a run is about to end.
pub(super) enum End {
    Succeeded,
    Failed(Failure),
    Cancelled,
}

impl Run {
    /// Whether the run is to end although steps are left.
    pub(super) fn ending(&self) -> Option<End> {
        if let Some(undoing) = &self.state.undoing {
            return Some(if undoing.cancelled {
                End::Cancelled
            } else {
                End::Failed(undoing.error.clone())
            });
        }
        if self.state.cancel_requested {
            return Some(End::Cancelled);
        }
        if self.state.stop.is_some() {
            let failure = self.state.stopped_as_failed();
            return Some(failure.map_or(End::Succeeded, End::Failed));
        }
        if let Some(failure) = &self.state.error {
            return Some(End::Failed(failure.clone()));
        }
        if !self.readable {
            let message = "The version of the workflow cannot be read any more.";
            return Some(End::Failed(Failure::new("definition_missing", message)));
        }
        if self.is_poisoned() {
            let message = "The run was given up: workers kept getting lost with it.";
            return Some(End::Failed(Failure::new("poisoned", message)));
        }
        (self.now() >= self.deadline()).then(|| End::Failed(plan::timed_out()))
    }

    fn is_poisoned(&self) -> bool {
        self.state.takeovers > MAX_TAKEOVERS || self.turn.takeovers > 4 * MAX_TAKEOVERS as i32
    }

    /// Whether an outcome that is not written down yet must be before the run ends: where the end
    /// does more than write events, it may fail for another reason.
    pub(super) fn owes_outcome_before_end(&self) -> bool {
        let alone = self.execution.trigger_type != run_workflow::TRIGGER
            && self.state.waits.is_empty()
            && self.graph.definition.settings.error_workflow.is_none()
            && Places::of(&self.execution, &self.graph.definition.settings).is_none();
        !alone && !self.effects.is_empty()
    }

    /// Goes towards the end; answers when the turn is over.
    pub(super) async fn wind_up(&mut self, end: End) -> Result<Option<Ended>, Stop> {
        let undoing = self.state.undoing.is_some();
        if undoing && let Some(step) = self.next_undo() {
            self.reopen(&step);
            let plan = plan::plan_undo(step, &self.state, self.now());
            return self.carry_out(plan).await;
        }
        if !self.calls.is_empty() {
            self.abort_calls();
            self.flush().await?;
            self.wait_for_news(None).await?;
            return Ok(None);
        }
        if !undoing && self.has_to_undo(&end) {
            self.begin_undo(&end).await?;
            return Ok(None);
        }
        self.end(end).await.map(Some)
    }

    /// A stop is how the workflow means to end; whatever else ends it early undoes what was done.
    fn has_to_undo(&self, end: &End) -> bool {
        let early = !matches!(end, End::Succeeded) && self.state.stop.is_none();
        early && self.may_undo() && !plan::undoing(&self.graph, &self.state).is_empty()
    }

    fn may_undo(&self) -> bool {
        self.readable && !self.is_poisoned()
    }

    async fn begin_undo(&mut self, end: &End) -> Result<(), Stop> {
        let close = self.open_waits();
        let error = match end {
            End::Failed(error) => error.clone(),
            _ => {
                let reason = self.state.cancel_reason.clone();
                let message = reason.unwrap_or_else(|| "The run was cancelled.".to_owned());
                Failure::new("cancelled", message)
            }
        };
        self.run_event(EventBody::CompensationStarted { error });
        self.log(
            None,
            LogLevel::Warn,
            "Undoing what was done, the latest first.",
        );
        let beside = Beside {
            close,
            ..Beside::default()
        };
        self.commit_beside(None, beside).await.map(|_| ())
    }

    /// What is to be undone next; one at a time, until the time for it is over.
    fn next_undo(&mut self) -> Option<Instance> {
        if !self.may_undo() || self.now() >= self.deadline() {
            return None;
        }
        let left = self
            .undo
            .get_or_insert_with(|| plan::undoing(&self.graph, &self.state).into());
        while let Some(next) = left.front() {
            if !self.state.step_status(&next.id).has_ended() {
                return Some(next.clone());
            }
            left.pop_front();
        }
        None
    }

    pub(super) async fn end(&mut self, end: End) -> Result<Ended, Stop> {
        let mut beside = Beside {
            close: self.open_waits(),
            ..Beside::default()
        };
        self.skip_the_rest(&end);
        let (body, word) = match end {
            End::Succeeded => {
                let output = plan::output(&self.graph, &self.state, &Place::default());
                (EventBody::ExecutionSucceeded { output }, "succeeded")
            }
            End::Failed(error) => {
                let message = format!("The run failed: {}", error.message);
                self.log(None, LogLevel::Error, message);
                beside.report = self.failure_report(&error);
                (EventBody::ExecutionFailed { error }, "failed")
            }
            End::Cancelled => {
                let reason = self.state.cancel_reason.clone();
                (EventBody::ExecutionCancelled { reason }, "cancelled")
            }
        };
        self.run_event(body);
        beside.parent = self.waiting_parent();
        beside.places = Places::of(&self.execution, &self.graph.definition.settings);
        let appended = self.commit_beside(Some(self.turn.job), beside).await?;
        metrics::counter!("auterity_engine_executions_ended_total", "status" => word).increment(1);
        let length = (self.now() - self.execution.created_at).as_seconds_f64();
        metrics::histogram!("auterity_engine_execution_seconds").record(length.max(0.0));
        Ok(Ended::Over {
            job_deleted: appended.job_deleted,
        })
    }

    /// With nothing beside it, the commit goes the fast way, where many share a transaction.
    async fn commit_beside(
        &mut self,
        ends: Option<JobRef>,
        beside: Beside,
    ) -> Result<Appended, Stop> {
        if beside.is_empty() {
            return self.commit(ends).await;
        }
        let store = std::sync::Arc::clone(&self.turn.store);
        let appended = store.append_beside(self.draft(), beside).await?;
        self.committed(&appended);
        Ok(appended)
    }

    /// What has not begun, waits or would be tried again when a step ends the run is skipped; an
    /// effect of unknown outcome stays open for a person. What would only undo something is
    /// skipped whenever a run ends well.
    fn skip_the_rest(&mut self, end: &End) {
        let mut left: Vec<String> = Vec::new();
        if self.state.stop.is_some() && self.state.undoing.is_none() {
            for place in self.frames.places() {
                let members = self.graph.members(place.in_loop);
                left.extend(members.map(|(_, node)| instance::key(&node.step.id, &place.path)));
            }
        }
        if matches!(end, End::Succeeded) {
            let undo = self.graph.nodes().filter(|(_, node)| node.undoes);
            let once = undo.filter(|(_, node)| node.in_loop.is_none());
            left.extend(once.map(|(_, node)| node.step.id.clone()));
        }
        for id in left {
            let known = self.state.step(&id);
            let effect = known.and_then(|known| known.effect.as_ref()).map(|e| e.1);
            let ended = known.is_some_and(|known| known.status.has_ended());
            if !ended && effect != Some(EffectState::Unknown) {
                self.step_event(&id, None, EventBody::StepSkipped {});
            }
        }
    }

    /// The step of another run that waits for this one, and what it is told.
    fn waiting_parent(
        &self,
    ) -> Option<(platform_kernel::id::ExecutionId, String, serde_json::Value)> {
        if self.execution.trigger_type != run_workflow::TRIGGER {
            return None;
        }
        let parent = self.execution.parent_execution_id?;
        let step = self.execution.parent_step_id.clone()?;
        let status = self.state.status();
        let error = self
            .state
            .error
            .as_ref()
            .filter(|_| status == ExecutionStatus::Failed);
        let output = self.state.output.as_ref();
        let told = told_to_parent(self.execution.id, status, output, error);
        Some((parent, step, told))
    }

    fn failure_report(&self, error: &Failure) -> Option<Box<FailureReport>> {
        let workflow = self.graph.definition.settings.error_workflow?;
        (workflow != self.execution.workflow_id).then(|| {
            Box::new(FailureReport {
                workflow,
                execution: self.execution.clone(),
                error: error.clone(),
                started_at: self.started_at,
            })
        })
    }
}
