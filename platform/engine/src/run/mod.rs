//! One turn at a run: from what the events say to the next wait or the end.

mod calls;
mod effects;
mod entries;
mod start;

use crate::definition::{Definition, Step};
use crate::event::EventBody;
use crate::expression::{Scope, StepResult};
use crate::failure::Failure;
use crate::fold::{EffectState, ExecutionStatus, State};
use crate::live::LiveBus;
use crate::log::{Cancel, EffectChange, Entry, JobRef, Stop};
use crate::model::Execution;
use crate::plan::{self, Plan};
use crate::registry::StepRegistry;
use crate::step::LogLevel;
use crate::steps::set_variables;
use crate::store::{Snapshot, Store};
use chrono::{DateTime, TimeDelta, Utc};
use effects::{Called, Calling};
use futures_util::StreamExt;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use platform_db::jobs::Lease;
use platform_kernel::Result;
use platform_kernel::id::ExecutionId;
use platform_kernel::tenant::TenantContext;
use serde_json::Value;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

/// Calls to the outside that one run makes at once.
const CALLS: usize = 16;
/// Waits shorter than this are waited for in the process.
const SHORT: TimeDelta = TimeDelta::milliseconds(1_000);
/// Entries that may wait for the next commit.
const BUFFER: usize = 200;
/// Workers lost in a row, without the run coming forward, after which it is given up.
const MAX_TAKEOVERS: u32 = 5;

/// What a turn works with.
pub(crate) struct Turn {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) registry: Arc<StepRegistry>,
    pub(crate) live: Option<LiveBus>,
    pub(crate) tenant: TenantContext,
    pub(crate) execution_id: ExecutionId,
    pub(crate) job: JobRef,
    /// Workers lost in a row with the job in their hands.
    pub(crate) takeovers: i32,
    pub(crate) lease: Lease,
}

/// How a turn ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// The run is over.
    Over { job_deleted: bool },
    /// There is nothing to do before `at`, unless somebody wakes the run.
    Parked { at: DateTime<Utc> },
}

/// Takes a turn.
pub(crate) async fn take_turn(turn: Turn) -> Result<Ended> {
    let found = turn.store.load(&turn.tenant, turn.execution_id).await?;
    let Some(snapshot) = found.filter(|found| !found.execution.status().has_ended()) else {
        return Ok(Ended::Over { job_deleted: false });
    };
    let store = Arc::clone(&turn.store);
    match Run::new(turn, snapshot).go().await {
        Ok(ended) => Ok(ended),
        Err(Stop::Fault(error)) => Err(error),
        Err(Stop::Fenced) => {
            metrics::counter!("auterity_engine_fenced_total").increment(1);
            Ok(Ended::Parked {
                at: store.now() + SHORT,
            })
        }
    }
}

/// How a run is about to end.
enum End {
    Succeeded,
    Failed(Failure),
    Cancelled,
}

struct Run {
    turn: Turn,
    execution: Execution,
    definition: Arc<Definition>,
    /// Whether the definition could be read.
    readable: bool,
    state: State,
    scope: Scope,
    started_at: DateTime<Utc>,
    /// The sequence number of the first entry that is not durable yet.
    next_seq: i64,
    buffer: Vec<Entry>,
    effects: Vec<EffectChange>,
    calls: FuturesUnordered<BoxFuture<'static, Called>>,
    calling: HashMap<String, Calling>,
    /// Whether somebody may have settled an unknown effect since this was last looked at.
    look_at_unknown: bool,
    /// The status that was last published.
    shown: ExecutionStatus,
}

impl Run {
    fn new(turn: Turn, snapshot: Snapshot) -> Self {
        let Snapshot {
            execution,
            definition,
            parameters,
            events,
        } = snapshot;
        let mut state = State::of(&events);
        state.last_seq = state.last_seq.max(execution.next_seq - 1);
        let started_at = state.started_at.unwrap_or_else(|| turn.store.now());
        let mut scope = Scope::new(
            execution.id,
            started_at,
            &turn.tenant,
            execution.input.clone(),
            Value::clone(&parameters),
        );
        let readable = definition.is_some();
        let definition = definition.unwrap_or_default();
        for step in &definition.steps {
            scope.declare_variables(set_variables::names(step));
        }
        scope.set_variables(&state.variables);
        let mut run = Self {
            readable,
            definition,
            next_seq: execution.next_seq,
            shown: execution.status(),
            state,
            scope,
            started_at,
            buffer: Vec::new(),
            effects: Vec::new(),
            calls: FuturesUnordered::new(),
            calling: HashMap::new(),
            look_at_unknown: true,
            execution,
            turn,
        };
        let ended = run.state.steps.iter().filter(|(_, s)| s.status.has_ended());
        let ended: Vec<String> = ended.map(|(id, _)| id.clone()).collect();
        for id in ended {
            run.add_to_scope(&id);
        }
        run
    }

    async fn go(mut self) -> Result<Ended, Stop> {
        self.begin().await?;
        loop {
            if self.turn.lease.is_lost() {
                return Err(Stop::Fenced);
            }
            if let Some(ended) = self.advance().await? {
                return Ok(ended);
            }
        }
    }

    async fn begin(&mut self) -> Result<(), Stop> {
        if self.state.started_at.is_none() {
            self.run_event(EventBody::ExecutionStarted {});
        }
        if self.turn.takeovers > 0 {
            let epoch = self.turn.job.lease_epoch;
            self.run_event(EventBody::LeaseTaken { epoch });
            self.log(
                None,
                LogLevel::Warn,
                "A worker was lost; another one goes on.",
            );
            self.flush().await?;
        }
        if self.execution.cancel_requested_at.is_some() {
            let reason = self.execution.cancel_reason.clone();
            self.note_cancel(Cancel { reason });
        }
        Ok(())
    }

    /// Does what can be done now; answers when the turn is over.
    async fn advance(&mut self) -> Result<Option<Ended>, Stop> {
        if let Some(end) = self.ending() {
            if self.calls.is_empty() {
                return self.end(end).await.map(Some);
            }
            self.abort_calls();
            self.flush().await?;
            self.wait_for_news(None).await?;
            return Ok(None);
        }
        let definition = Arc::clone(&self.definition);
        let trigger = self.execution.trigger_id.clone();
        let plan = plan::plan(&definition, &trigger, &self.state, self.now());
        if plan.finished {
            return self.end(End::Succeeded).await.map(Some);
        }
        if self.turn.lease.is_draining() && self.calls.is_empty() {
            self.flush().await?;
            return Ok(Some(Ended::Parked { at: self.now() }));
        }
        if self.progress(&plan).await? {
            if self.buffer.len() >= BUFFER {
                self.flush().await?;
            }
            return Ok(None);
        }
        self.flush().await?;
        let wake_at = self.wake_at(&plan);
        if !self.calls.is_empty() || wake_at - self.now() < SHORT {
            self.wait_for_news(Some(wake_at)).await?;
            return Ok(None);
        }
        Ok(Some(Ended::Parked { at: wake_at }))
    }

    /// Carries the plan out as far as it goes without waiting; answers whether anything moved.
    async fn progress(&mut self, plan: &Plan<'_>) -> Result<bool, Stop> {
        let mut moved = !plan.skip.is_empty() || !plan.fire.is_empty();
        for step in &plan.skip {
            self.step_event(&step.id, None, EventBody::StepSkipped {});
        }
        for step in &plan.fire {
            self.fire(step);
        }
        // What was skipped or fired may decide what starts next.
        if moved || self.turn.lease.is_draining() {
            return Ok(moved);
        }
        for step in &plan.recover {
            if !self.calling.contains_key(&step.id) {
                self.recover(step).await?;
                moved = true;
            }
        }
        if std::mem::take(&mut self.look_at_unknown) {
            for step in &plan.unknown {
                moved |= self.take_settlement(step).await?;
            }
        }
        for (step, attempt) in &plan.start {
            if self.calls.len() < CALLS && !self.calling.contains_key(&step.id) {
                self.start(step, *attempt).await?;
                moved = true;
                if self.ending().is_some() {
                    break;
                }
            }
        }
        Ok(moved)
    }

    /// Whether the run is to end although steps are left.
    fn ending(&self) -> Option<End> {
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
        if self.state.takeovers > MAX_TAKEOVERS || self.turn.takeovers > 4 * MAX_TAKEOVERS as i32 {
            let message = "The run was given up: workers kept getting lost with it.";
            return Some(End::Failed(Failure::new("poisoned", message)));
        }
        (self.now() >= self.deadline()).then(|| End::Failed(plan::timed_out()))
    }

    async fn end(&mut self, end: End) -> Result<Ended, Stop> {
        if self.state.stop.is_some() {
            self.skip_the_rest();
        }
        let (body, word) = match end {
            End::Succeeded => {
                let output = plan::output(&self.definition, &self.state);
                (EventBody::ExecutionSucceeded { output }, "succeeded")
            }
            End::Failed(error) => {
                let message = format!("The run failed: {}", error.message);
                self.log(None, LogLevel::Error, message);
                (EventBody::ExecutionFailed { error }, "failed")
            }
            End::Cancelled => {
                let reason = self.state.cancel_reason.clone();
                (EventBody::ExecutionCancelled { reason }, "cancelled")
            }
        };
        self.run_event(body);
        let appended = self.commit(Some(self.turn.job)).await?;
        metrics::counter!("auterity_engine_executions_ended_total", "status" => word).increment(1);
        let length = (self.now() - self.execution.created_at).as_seconds_f64();
        metrics::histogram!("auterity_engine_execution_seconds").record(length.max(0.0));
        Ok(Ended::Over {
            job_deleted: appended.job_deleted,
        })
    }

    /// A step ended the run: what has not begun, waits or would be tried again is skipped. An
    /// effect of unknown outcome stays open for a person.
    fn skip_the_rest(&mut self) {
        let definition = Arc::clone(&self.definition);
        for step in &definition.steps {
            let known = self.state.step(&step.id);
            let effect = known.and_then(|known| known.effect.as_ref()).map(|e| e.1);
            let ended = self.state.step_status(&step.id).has_ended();
            if !ended && effect != Some(EffectState::Unknown) {
                self.step_event(&step.id, None, EventBody::StepSkipped {});
            }
        }
    }

    /// Waits for a call to end, for somebody to wake the run, or for `until`.
    async fn wait_for_news(&mut self, until: Option<DateTime<Utc>>) -> Result<(), Stop> {
        let wait = until
            .map_or(Duration::from_secs(30), |at| {
                (at - self.now()).to_std().unwrap_or_default()
            })
            .min(Duration::from_secs(30));
        let lease = self.turn.lease.clone();
        let draining = lease.is_draining();
        tokio::select! {
            Some(called) = self.calls.next(), if !self.calls.is_empty() => {
                self.called(called).await
            }
            () = lease.woken() => self.look().await,
            () = lease.ending(), if !draining => Ok(()),
            () = tokio::time::sleep(wait) => Ok(()),
        }
    }

    /// Reads what was asked of the run from outside.
    async fn look(&mut self) -> Result<(), Stop> {
        self.look_at_unknown = true;
        let asked = self
            .turn
            .store
            .cancelled(&self.turn.tenant, self.execution.id)
            .await?;
        if let Some(cancel) = asked {
            self.note_cancel(cancel);
        }
        Ok(())
    }

    fn note_cancel(&mut self, cancel: Cancel) {
        if !self.state.cancel_requested {
            self.run_event(EventBody::CancelRequested {
                reason: cancel.reason,
            });
        }
    }

    /// The wait of a step is over.
    fn fire(&mut self, step: &Step) {
        let until = self.state.step(&step.id).and_then(|known| known.wake_at);
        self.step_event(&step.id, None, EventBody::TimerFired {});
        let output = serde_json::json!({"waited_until": until});
        let port = crate::definition::OUT.to_owned();
        self.step_event(&step.id, None, EventBody::StepSucceeded { output, port });
    }

    fn wake_at(&self, plan: &Plan<'_>) -> DateTime<Utc> {
        let deadline = self.deadline();
        plan.wake_at.map_or(deadline, |at| at.min(deadline))
    }

    fn deadline(&self) -> DateTime<Utc> {
        plan::deadline(&self.definition, self.started_at)
    }

    fn now(&self) -> DateTime<Utc> {
        self.turn.store.now()
    }

    fn add_to_scope(&mut self, id: &str) {
        if let Some(step) = self.state.step(id) {
            let result = StepResult {
                status: step.status.as_str(),
                output: step.output.as_ref().unwrap_or(&Value::Null),
                error: step.error.as_ref(),
            };
            self.scope.add_step(id, result);
        }
    }
}

#[cfg(test)]
mod tests;
