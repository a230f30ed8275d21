//! One turn at a run: from what the events say to the next wait or the end.

mod calls;
mod effects;
mod ending;
mod entries;
mod loops;
mod places;
mod start;
mod waits;

use crate::admission;
use crate::event::EventBody;
use crate::expression::Scope;
use crate::fold::{ExecutionStatus, State};
use crate::frames::Frames;
use crate::graph::{Graph, Instance};
use crate::live::LiveBus;
use crate::log::{Cancel, EffectChange, Entry, Stop};
use crate::model::Execution;
use crate::plan::{self, Plan};
use crate::registry::StepRegistry;
use crate::step::LogLevel;
use crate::steps::set_variables;
use crate::store::{Asked, Snapshot, Store};
use chrono::{DateTime, TimeDelta, Utc};
use effects::{Called, Calling};
use ending::End;
use futures_util::StreamExt;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use platform_db::jobs::{JobRef, Lease};
use platform_kernel::Result;
use platform_kernel::id::ExecutionId;
use platform_kernel::tenant::TenantContext;
use platform_kernel::trace::{self, Trace};
use serde_json::Value;
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;
use tracing::Instrument;

/// Calls to the outside that one run makes at once.
const CALLS: usize = 50;
/// Waits shorter than this are waited for in the process.
const SHORT: TimeDelta = TimeDelta::milliseconds(1_000);
/// How long a paused run rests unless somebody wakes it.
const PAUSED: TimeDelta = TimeDelta::days(7);
/// Entries that may wait for the next commit.
const BUFFER: usize = 200;

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
    let Some(snapshot) = found.filter(|found| !found.execution.status.has_ended()) else {
        return Ok(Ended::Over { job_deleted: false });
    };
    if let Some(at) = admission::wait(&turn, &snapshot).await? {
        return Ok(Ended::Parked { at });
    }
    let store = Arc::clone(&turn.store);
    let run = Run::new(turn, snapshot);
    // A span of its own in the trace of whatever started the run.
    let trace = run.execution.trace.as_deref();
    let trace = trace.and_then(|trace| trace.parse::<Trace>().ok());
    let trace = trace.map(|trace| trace.child());
    let span = tracing::info_span!(
        "turn",
        "execution.id" = %run.execution.id,
        "tenant.id" = %run.turn.tenant.id,
        trace_id = trace.as_ref().map(Trace::trace_id),
        span_id = trace.as_ref().map(Trace::span_id),
    );
    match trace::within(trace, Box::pin(run.go()).instrument(span)).await {
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

struct Run {
    turn: Turn,
    execution: Execution,
    graph: Arc<Graph>,
    /// Whether the definition could be read.
    readable: bool,
    /// The triggers that the run began at.
    starts: Vec<String>,
    state: State,
    /// Where the run is at work.
    frames: Frames,
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
    /// Whether somebody may have resolved a wait since this was last looked at.
    look_at_waits: bool,
    /// What is left to be undone.
    undo: Option<VecDeque<Instance>>,
    /// The status that was last published.
    shown: ExecutionStatus,
}

impl Run {
    fn new(turn: Turn, snapshot: Snapshot) -> Self {
        let Snapshot {
            execution,
            graph,
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
        let readable = graph.is_some();
        let graph = graph.unwrap_or_default();
        for step in &graph.definition.steps {
            scope.declare_variables(set_variables::names(step));
        }
        scope.set_variables(&state.variables);
        let mut run = Self {
            readable,
            starts: graph.starts(&execution.trigger_id),
            frames: Frames::of(&graph, &state),
            graph,
            next_seq: execution.next_seq,
            shown: execution.status,
            state,
            scope,
            started_at,
            buffer: Vec::new(),
            effects: Vec::new(),
            calls: FuturesUnordered::new(),
            calling: HashMap::new(),
            look_at_unknown: true,
            look_at_waits: true,
            undo: None,
            execution,
            turn,
        };
        run.fill_scope();
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
        let reason = self.execution.cancel_reason.clone();
        let cancel = self.execution.cancel_requested_at;
        self.note(Asked {
            cancel: cancel.map(|_| Cancel { reason }),
            pause: self.execution.pause_requested_at.is_some(),
        });
        Ok(())
    }

    /// Does what can be done now; answers when the turn is over.
    async fn advance(&mut self) -> Result<Option<Ended>, Stop> {
        if self.state.is_paused() {
            return self.rest().await;
        }
        if let Some(end) = self.ending() {
            if self.owes_outcome_before_end() {
                self.flush().await?;
                return Ok(None);
            }
            return self.wind_up(end).await;
        }
        let plan = plan::plan(
            &self.graph,
            &self.starts,
            &self.state,
            &self.frames,
            self.now(),
        );
        if plan.finished {
            if self.owes_outcome_before_end() {
                self.flush().await?;
                return Ok(None);
            }
            return self.end(End::Succeeded).await.map(Some);
        }
        self.carry_out(plan).await
    }

    /// Does what is planned, or waits for what comes next; answers when the turn is over.
    async fn carry_out(&mut self, plan: Plan) -> Result<Option<Ended>, Stop> {
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
        if !self.buffer.is_empty() {
            // Something was asked of the run meanwhile.
            return Ok(None);
        }
        let wake_at = self.wake_at(&plan);
        if !self.calls.is_empty() || wake_at - self.now() < SHORT {
            self.wait_for_news(Some(wake_at)).await?;
            return Ok(None);
        }
        Ok(Some(Ended::Parked { at: wake_at }))
    }

    /// Carries the plan out as far as it goes without waiting; answers whether anything moved.
    async fn progress(&mut self, plan: &Plan) -> Result<bool, Stop> {
        let mut moved = !plan.skip.is_empty() || !plan.fire.is_empty() || !plan.close.is_empty();
        for step in &plan.skip {
            self.step_event(&step.id, None, EventBody::StepSkipped {});
        }
        for step in &plan.fire {
            self.fire(step);
        }
        for step in &plan.close {
            self.close_loop(step);
        }
        // What was skipped or fired may decide what starts next.
        if moved || self.turn.lease.is_draining() {
            return Ok(moved);
        }
        if self.owes_outcome(plan) {
            self.flush().await?;
            return Ok(true);
        }
        for step in &plan.widen {
            moved |= self.widen(step);
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
        moved |= self.attend_waits(plan).await?;
        for (step, attempt) in &plan.start {
            if self.calls.len() < CALLS && !self.calling.contains_key(&step.id) {
                self.start(step, *attempt).await?;
                moved = true;
                if self.is_interrupted() {
                    break;
                }
            }
        }
        Ok(moved)
    }

    /// Whether what was planned may not be what is to be done now.
    fn is_interrupted(&self) -> bool {
        self.state.is_paused() || (self.state.undoing.is_none() && self.ending().is_some())
    }

    /// A paused run starts nothing; what is on its way outside ends.
    async fn rest(&mut self) -> Result<Option<Ended>, Stop> {
        self.flush().await?;
        if !self.state.is_paused() {
            return Ok(None);
        }
        if self.calls.is_empty() {
            let rest = if self.turn.lease.is_draining() {
                TimeDelta::zero()
            } else {
                PAUSED
            };
            let at = self.now() + rest;
            return Ok(Some(Ended::Parked { at }));
        }
        self.wait_for_news(None).await?;
        Ok(None)
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
        self.look_at_waits = true;
        let (store, id) = (&self.turn.store, self.execution.id);
        let asked = store.asked(&self.turn.tenant, id).await?;
        self.note(asked);
        Ok(())
    }

    /// What was asked becomes an event, once.
    fn note(&mut self, asked: Asked) {
        if self.state.ended.is_some() {
            return;
        }
        if let Some(cancel) = asked.cancel
            && !self.state.cancel_requested
        {
            self.run_event(EventBody::CancelRequested {
                reason: cancel.reason,
            });
        }
        match (asked.pause, self.state.paused_since.is_some()) {
            (true, false) => self.run_event(EventBody::Paused { by: None }),
            (false, true) => {
                self.run_event(EventBody::Resumed { by: None });
                (self.look_at_unknown, self.look_at_waits) = (true, true);
            }
            _ => {}
        }
    }
    /// The wait of a step is over.
    fn fire(&mut self, step: &Instance) {
        let until = self.state.step(&step.id).and_then(|known| known.wake_at);
        self.step_event(&step.id, None, EventBody::TimerFired {});
        let output = serde_json::json!({"waited_until": until});
        let port = crate::definition::OUT.to_owned();
        self.step_event(&step.id, None, EventBody::StepSucceeded { output, port });
    }

    fn wake_at(&self, plan: &Plan) -> DateTime<Utc> {
        let deadline = self.deadline();
        plan.wake_at.map_or(deadline, |at| at.min(deadline))
    }

    /// When the run has taken too long; what it was paused for does not count.
    fn deadline(&self) -> DateTime<Utc> {
        let length = plan::length(&self.graph.definition);
        let begun = match &self.state.undoing {
            Some(undoing) => Some(undoing.since),
            None => self.started_at.checked_add_signed(self.state.paused_for),
        };
        begun
            .and_then(|begun| begun.checked_add_signed(length))
            .unwrap_or(DateTime::<Utc>::MAX_UTC)
    }

    fn now(&self) -> DateTime<Utc> {
        self.turn.store.now()
    }
}

#[cfg(test)]
mod tests;
