//! A store in memory that dies on demand, and an outside world that remembers what was done.

mod scripted;
mod world;

pub(super) use world::World;

use super::{Asks, Crash};
use crate::event::{Event, Settlement};
use crate::fold::{ExecutionStatus, State};
use crate::frames::Frames;
use crate::graph::Graph;
use crate::log::{Appended, Cancel, Commit, EntryBody, Stop};
use crate::model::{EffectRowState, Execution};
use crate::registry::StepRegistry;
use crate::step::*;
use crate::steps::run_workflow;
use crate::steps::tests::tenant;
use crate::store::{Asked, Attended, Beside, Build, EffectRow, Ran, Snapshot, Store};
use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use platform_db::jobs::JobRef;
use platform_kernel::id::{ExecutionId, VersionId, WorkerId, WorkflowId};
use platform_kernel::ports::CallError;
use platform_kernel::tenant::TenantContext;
use platform_kernel::{Error, Result};
use scripted::{registry, scripted_failure};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::time::Instant;

pub(super) struct Memory {
    pub(super) id: ExecutionId,
    pub(super) tenant: TenantContext,
    pub(super) registry: Arc<StepRegistry>,
    pub(super) world: Arc<World>,
    begun: Instant,
    durable: Mutex<Durable>,
    crash: Mutex<Option<Crash>>,
    /// Pauses and cancellations to request, the next one last.
    asks: Mutex<Vec<Asks>>,
}

struct Durable {
    execution: Execution,
    graph: Arc<Graph>,
    events: Vec<Event>,
    effects: BTreeMap<String, EffectRow>,
    waits: BTreeMap<String, Wait>,
}

/// A wait's row.
struct Wait {
    request: Value,
    resolution: Option<Value>,
}

/// Histories up to this long are folded again with every commit.
const FEW: usize = 3_000;
const EPOCH: i64 = 1_800_000_000;

impl Memory {
    pub(super) fn new(definition: &Value) -> Arc<Self> {
        let world = Arc::new(World::default());
        let definition = serde_json::from_value(definition.clone()).unwrap();
        let graph = Arc::new(Graph::new(Arc::new(definition)));
        let id = ExecutionId::new();
        let execution = Execution {
            id,
            workflow_id: WorkflowId::new(),
            version_id: VersionId::new(),
            status: ExecutionStatus::Queued,
            trigger_id: "start".into(),
            trigger_type: "manual".into(),
            input: json!({"n": 41}),
            output: None,
            error: None,
            lead_id: None,
            started_by: None,
            next_seq: 2,
            lease_epoch: 0,
            cancel_requested_at: None,
            cancel_reason: None,
            started_at: None,
            ended_at: None,
            created_at: DateTime::from_timestamp(EPOCH, 0).unwrap(),
            business_key: None,
            concurrency_key: None,
            holds_slot: false,
            pause_requested_at: None,
            parent_execution_id: None,
            parent_step_id: None,
            depth: 0,
            forked_from: None,
            forked_step_id: None,
            trace: None,
        };
        Arc::new(Self {
            id,
            tenant: tenant(),
            registry: Arc::new(registry(&world)),
            world,
            begun: Instant::now(),
            durable: Mutex::new(Durable {
                execution,
                graph,
                events: Vec::new(),
                effects: BTreeMap::new(),
                waits: BTreeMap::new(),
            }),
            crash: Mutex::new(None),
            asks: Mutex::default(),
        })
    }

    /// Lets others pause or cancel the run while it is under way, one after the other.
    pub(super) fn will_be_asked(&self, asks: &[Asks]) {
        *self.asks.lock().unwrap() = asks.iter().rev().copied().collect();
    }

    pub(super) fn arm(&self, crash: Option<Crash>) {
        *self.crash.lock().unwrap() = crash;
    }

    pub(super) fn elapsed(&self) -> Duration {
        self.begun.elapsed()
    }

    pub(super) fn time(&self) -> DateTime<Utc> {
        DateTime::from_timestamp(EPOCH, 0).unwrap() + TimeDelta::from_std(self.elapsed()).unwrap()
    }

    pub(super) fn job(&self, lease_epoch: i64) -> JobRef {
        JobRef {
            id: 1,
            owner: WorkerId::new(),
            lease_epoch,
        }
    }

    pub(super) fn state(&self) -> State {
        let durable = self.durable.lock().unwrap();
        let seqs: Vec<_> = durable.events.iter().map(|event| event.seq).collect();
        assert!(seqs.is_sorted_by(|a, b| a < b), "{seqs:?}");
        State::of(&durable.events)
    }

    /// The run counts as started by another one.
    pub(super) fn adopt(&self) {
        let run = &mut self.durable.lock().unwrap().execution;
        run.trigger_type = "workflow".into();
        run.trigger_id = String::new();
        run.parent_execution_id = Some(ExecutionId::new());
        run.parent_step_id = Some("up".into());
    }

    pub(super) fn pause(&self, pause: bool) {
        let now = self.time();
        let run = &mut self.durable.lock().unwrap().execution;
        run.pause_requested_at = pause.then_some(now);
    }

    /// Resumes the run if it is paused. Returns whether it needs another turn, because it was resumed
    /// or has a request to take up.
    pub(super) fn is_asked(&self) -> bool {
        let state = self.state();
        let run = &mut self.durable.lock().unwrap().execution;
        if state.is_paused() {
            run.pause_requested_at = None;
            return true;
        }
        let goes_on = !state.cancel_requested && state.undoing.is_none();
        goes_on && (run.pause_requested_at.is_some() || run.cancel_requested_at.is_some())
    }

    /// The number of open waits.
    pub(super) fn open_waits(&self) -> usize {
        let durable = self.durable.lock().unwrap();
        let open = durable.waits.values();
        open.filter(|wait| wait.resolution.is_none()).count()
    }

    /// Others deal with what the run waits for; answers whether there was anything. Nobody tells
    /// the event `never`.
    pub(super) fn resolve_waits(&self) -> bool {
        let mut durable = self.durable.lock().unwrap();
        let mut any = false;
        for wait in durable.waits.values_mut() {
            let never = wait.request.pointer("/event/name") == Some(&json!("never"));
            if wait.resolution.is_none() && !never {
                let event = wait.request.get("event");
                wait.resolution = Some(match event {
                    Some(event) => json!({"event": event}),
                    None => wait.request.clone(),
                });
                any = true;
            }
        }
        any
    }

    pub(super) fn cancel(&self, reason: &str) {
        let mut durable = self.durable.lock().unwrap();
        durable.execution.cancel_requested_at = Some(self.time());
        durable.execution.cancel_reason = Some(reason.into());
    }

    /// A person looks into the letter box; answers whether anything was in doubt.
    pub(super) fn settle_unknown(&self) -> bool {
        let mut durable = self.durable.lock().unwrap();
        let mut done = self.world.0.lock().unwrap();
        let mut any = false;
        for (key, effect) in &mut durable.effects {
            if effect.state == EffectRowState::Unknown && effect.settlement.is_none() {
                let posted = done.letters.get(key).copied().unwrap_or(0) > 0;
                effect.settlement = Some(if posted {
                    Settlement::Sent
                } else {
                    Settlement::NotSent
                });
                done.settled += 1;
                any = true;
            }
        }
        any
    }

    /// One more write has been made: whatever was to be asked after so many of them is asked.
    fn ask(&self) {
        let mut asks = self.asks.lock().unwrap();
        let Some(next) = asks.last_mut() else {
            return;
        };
        match next {
            Asks::Pause { writes: 0 } => self.pause(true),
            Asks::Cancel { writes: 0 } => self.cancel("asked to"),
            Asks::Pause { writes } | Asks::Cancel { writes } => {
                *writes -= 1;
                return;
            }
        }
        asks.pop();
    }

    /// One write; the process may die before it or right after it.
    fn write<T>(&self, write: impl FnOnce(&mut Durable) -> Result<T, Stop>) -> Result<T, Stop> {
        let dies = || Err(Stop::Fault(Error::internal("crash")));
        let now = {
            let mut crash = self.crash.lock().unwrap();
            match crash.as_mut() {
                Some(crash) if crash.writes == 0 => return dies(),
                Some(left) => {
                    left.writes -= 1;
                    (left.writes == 0).then_some(left.after)
                }
                None => None,
            }
        };
        if now == Some(false) {
            return dies();
        }
        let done = write(&mut self.durable.lock().unwrap())?;
        self.world.0.lock().unwrap().commits += 1;
        self.ask();
        if now == Some(true) { dies() } else { Ok(done) }
    }
}

impl Durable {
    fn append(&mut self, commit: &Commit) -> Result<Appended, Stop> {
        let run = &mut self.execution;
        if run.lease_epoch > commit.epoch || run.next_seq != commit.base {
            return Err(Stop::Fenced);
        }
        for (seq, entry) in (commit.base..).zip(&commit.entries) {
            if let EntryBody::Event(body) = &entry.body {
                let (kind, data) = body.to_columns()?;
                self.events.push(Event {
                    seq,
                    at: entry.at,
                    step_id: entry.step_id.clone(),
                    attempt: entry.attempt,
                    body: crate::event::EventBody::from_columns(&kind, data)?,
                });
            }
        }
        run.lease_epoch = commit.epoch;
        run.next_seq += i64::try_from(commit.entries.len()).unwrap();
        run.status = commit.change.status;
        let keys: std::collections::BTreeSet<_> = commit.effects.iter().map(|c| &c.key).collect();
        assert_eq!(
            keys.len(),
            commit.effects.len(),
            "one statement changes a row once"
        );
        for change in &commit.effects {
            let row = EffectRow {
                kind: change.kind.clone(),
                state: change.state,
                summary: change.summary.clone(),
                simulated: change.simulated,
                request: change.request.clone().unwrap(),
                settlement: None,
                updated_at: platform_kernel::clock::now(),
            };
            self.effects.insert(change.key.clone(), row);
        }
        if self.events.len() < FEW {
            assert_eq!(State::of(&self.events).status(), run.status);
        }
        let cancelled = run.cancel_requested_at.is_some();
        Ok(Appended {
            cancel: cancelled.then(|| Cancel {
                reason: run.cancel_reason.clone(),
            }),
            pause: run.pause_requested_at.is_some(),
            job_deleted: commit.ends.is_some(),
        })
    }
}

#[async_trait]
impl Store for Memory {
    fn witness(&self, state: &State, frames: &Frames) {
        let durable = self.durable.lock().unwrap();
        if durable.events.len() > FEW {
            return;
        }
        let mut folded = State::of(&durable.events);
        folded.last_seq = state.last_seq;
        assert_eq!(&folded, state);
        let graph = &durable.graph;
        let known = Frames::of(graph, &folded).under_way(graph);
        assert_eq!(known, frames.under_way(graph));
    }

    fn now(&self) -> DateTime<Utc> {
        self.time()
    }

    async fn load(&self, _: &TenantContext, _: ExecutionId) -> Result<Option<Snapshot>> {
        let durable = self.durable.lock().unwrap();
        Ok(Some(Snapshot {
            execution: durable.execution.clone(),
            graph: Some(Arc::clone(&durable.graph)),
            parameters: Arc::new(Value::Null),
            events: durable.events.clone(),
        }))
    }

    async fn append(&self, commit: Commit) -> Result<Appended, Stop> {
        tokio::task::yield_now().await;
        self.write(|durable| durable.append(&commit))
    }

    async fn transactional(
        &self,
        _: &Arc<dyn TransactionalStep>,
        context: &StepContext,
        config: Value,
        _: Duration,
        build: Build<'_, StepOutput>,
    ) -> Ran<StepOutput> {
        if let Some(error) = scripted_failure(&config, context.attempt) {
            return Ok(Err((&error).into()));
        }
        let output = StepOutput::new(json!({"row": context.step_id}));
        let commit = build(&output).unwrap();
        let appended = self.write(|durable| {
            let appended = durable.append(&commit)?;
            let mut done = self.world.0.lock().unwrap();
            *done.rows.entry(context.step_id.clone()).or_default() += 1;
            Ok(appended)
        })?;
        Ok(Ok((output, appended)))
    }

    async fn prepare(
        &self,
        _: &Arc<dyn EffectStep>,
        _: &StepContext,
        config: Value,
        build: Build<'_, EffectIntent>,
    ) -> Ran<EffectIntent> {
        let intent = EffectIntent {
            kind: "test".into(),
            summary: "Does it".into(),
            request: config,
            simulated: true,
        };
        let commit = build(&intent).unwrap();
        let appended = self.write(|durable| durable.append(&commit))?;
        Ok(Ok((intent, appended)))
    }

    async fn record(
        &self,
        _: &Arc<dyn EffectStep>,
        _: &StepContext,
        _: &Value,
        _: Result<&EffectOutcome, &CallError>,
        commit: Commit,
    ) -> Result<Appended, Stop> {
        self.write(|durable| durable.append(&commit))
    }

    async fn effect(
        &self,
        _: &TenantContext,
        _: ExecutionId,
        key: &str,
    ) -> Result<Option<EffectRow>> {
        Ok(self.durable.lock().unwrap().effects.get(key).cloned())
    }

    async fn mark_sending(
        &self,
        _: &TenantContext,
        _: ExecutionId,
        epoch: i64,
        key: &str,
    ) -> Result<(), Stop> {
        self.write(|durable| {
            let effect = durable.effects.get_mut(key).unwrap();
            if durable.execution.lease_epoch > epoch || effect.state != EffectRowState::Intended {
                return Err(Stop::Fenced);
            }
            durable.execution.lease_epoch = epoch;
            effect.state = EffectRowState::Sending;
            Ok(())
        })
    }

    async fn asked(&self, _: &TenantContext, _: ExecutionId) -> Result<Asked> {
        let run = &self.durable.lock().unwrap().execution;
        let reason = run.cancel_reason.clone();
        Ok(Asked {
            cancel: run.cancel_requested_at.map(|_| Cancel { reason }),
            pause: run.pause_requested_at.is_some(),
        })
    }

    async fn open(
        &self,
        _: &Arc<dyn WaitingStep>,
        context: &StepContext,
        config: Value,
        _: Duration,
        build: Build<'_, Opened>,
    ) -> Ran<Opened> {
        if let Some(error) = scripted_failure(&config, context.attempt) {
            return Ok(Err((&error).into()));
        }
        let limit = config["timeout_seconds"].as_i64();
        let kind = if config["event"].is_object() {
            "event"
        } else {
            "child"
        };
        let opened = Opened::Waiting(Waiting {
            kind,
            name: "thing".into(),
            key: String::new(),
            summary: "a thing".into(),
            until: limit.map(|seconds| context.now + TimeDelta::seconds(seconds)),
            request: config.clone(),
        });
        let commit = build(&opened).unwrap();
        let appended = self.write(|durable| {
            let appended = durable.append(&commit)?;
            let wait = Wait {
                request: config,
                resolution: None,
            };
            durable.waits.insert(context.step_id.clone(), wait);
            Ok(appended)
        })?;
        Ok(Ok((opened, appended)))
    }

    async fn resolved(
        &self,
        _: &TenantContext,
        _: ExecutionId,
        waits: Vec<String>,
    ) -> Result<Vec<String>> {
        let durable = self.durable.lock().unwrap();
        let resolved = |id: &String| {
            durable
                .waits
                .get(id)
                .is_some_and(|w| w.resolution.is_some())
        };
        Ok(waits.into_iter().filter(resolved).collect())
    }

    async fn attend(
        &self,
        _: &Arc<dyn WaitingStep>,
        context: &StepContext,
        round: Option<u32>,
        build: Build<'_, Attended>,
    ) -> Result<Option<std::result::Result<(Attended, Appended), StepError>>, Stop> {
        let (request, resolution) = {
            let durable = self.durable.lock().unwrap();
            let wait = &durable.waits[&context.step_id];
            (wait.request.clone(), wait.resolution.clone())
        };
        let attended = match (resolution, round) {
            (Some(resolution), _) if request["event"].is_object() => {
                Attended::Resolved(resolution.clone(), StepOutput::new(resolution))
            }
            (Some(resolution), _) => match run_workflow::ended(&resolution) {
                Ok(output) => Attended::Resolved(resolution, output),
                Err(error) => return Ok(Some(Err(error))),
            },
            (None, Some(round)) if u64::from(round) < request["rounds"].as_u64().unwrap_or(1) => {
                Attended::Prolonged(context.now + TimeDelta::seconds(30))
            }
            (None, Some(_)) => Attended::Expired(StepOutput::new(json!(null)).through("timeout")),
            (None, None) => return Ok(None),
        };
        let commit = build(&attended).unwrap();
        let appended = self.write(|durable| {
            let appended = durable.append(&commit)?;
            if let Attended::Expired(_) = attended {
                durable.waits.remove(&context.step_id);
            }
            Ok(appended)
        })?;
        Ok(Some(Ok((attended, appended))))
    }

    async fn append_beside(&self, commit: Commit, beside: Beside) -> Result<Appended, Stop> {
        self.write(|durable| {
            let appended = durable.append(&commit)?;
            let mut done = self.world.0.lock().unwrap();
            for (_, context) in &beside.close {
                let id = &context.step_id;
                if durable
                    .waits
                    .get(id)
                    .is_some_and(|wait| wait.resolution.is_none())
                {
                    durable.waits.remove(id);
                    done.closed.push(id.clone());
                }
            }
            done.told.extend(beside.parent.map(|(_, _, told)| told));
            done.reports += usize::from(beside.report.is_some());
            Ok(appended)
        })
    }
}
