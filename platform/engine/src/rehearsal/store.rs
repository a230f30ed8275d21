//! A run that exists in memory alone, over one transaction that is never committed.

use super::answers::{Answers, RehearsedEffect};
use super::{Rehearsal, Rehearsed};
use crate::event::Event;
use crate::fold::{ExecutionStatus, State};
use crate::graph::Graph;
use crate::log::{Appended, Commit, EntryBody, Stop};
use crate::model::Execution;
use crate::step::{
    EffectIntent, EffectOutcome, EffectStep, Opened, StepContext, StepError, StepOutput,
    TransactionalStep, WaitingStep,
};
use crate::store::{Asked, Attended, Beside, Build, EffectRow, Ran, Snapshot, Store};
use crate::view::ExecutionLogView;
use crate::waiting::{Due, Waiting, event_value};
use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use diesel_async::SimpleAsyncConnection;
use platform_db::TenantTx;
use platform_kernel::id::{ExecutionId, VersionId, WorkflowEventId};
use platform_kernel::ports::CallError;
use platform_kernel::tenant::TenantContext;
use platform_kernel::{Error, Result};
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

pub(super) struct RehearsalStore {
    tx: tokio::sync::Mutex<TenantTx>,
    graph: Arc<Graph>,
    parameters: Arc<Value>,
    answers: Arc<Answers>,
    begun: Instant,
    inner: Mutex<Inner>,
}

struct Inner {
    execution: Execution,
    events: Vec<Event>,
    logs: Vec<ExecutionLogView>,
    effects: BTreeMap<String, EffectRow>,
    waits: HashMap<String, Open>,
    /// How far the clock is ahead of the time that really passed.
    ahead: TimeDelta,
}

/// A wait that is open.
struct Open {
    request: Value,
    resolution: Option<Value>,
}

impl RehearsalStore {
    pub(super) fn new(
        tx: TenantTx,
        id: ExecutionId,
        rehearsal: Rehearsal,
        answers: Arc<Answers>,
    ) -> Self {
        let next_seq = rehearsal.before.last().map_or(2, |event| event.seq + 1);
        let execution = Execution {
            id,
            workflow_id: rehearsal.workflow_id,
            version_id: VersionId::new(),
            status: ExecutionStatus::Queued,
            trigger_id: rehearsal.trigger_id,
            trigger_type: rehearsal.trigger_type,
            input: rehearsal.input,
            output: None,
            error: None,
            lead_id: rehearsal.lead_id,
            started_by: rehearsal.started_by,
            next_seq,
            lease_epoch: 0,
            cancel_requested_at: None,
            cancel_reason: None,
            started_at: None,
            ended_at: None,
            created_at: rehearsal.at,
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
        Self {
            tx: tokio::sync::Mutex::new(tx),
            graph: Arc::new(Graph::new(rehearsal.definition)),
            parameters: rehearsal.parameters,
            answers,
            begun: Instant::now(),
            inner: Mutex::new(Inner {
                execution,
                events: rehearsal.before,
                logs: Vec::new(),
                effects: BTreeMap::new(),
                waits: HashMap::new(),
                ahead: TimeDelta::zero(),
            }),
        }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The run rests until `at`: time passes at once, unless somebody has answered meanwhile.
    pub(super) fn wait_until(&self, at: DateTime<Utc>) {
        let now = self.now();
        let mut inner = self.inner();
        let answered = inner.waits.values().any(|wait| wait.resolution.is_some());
        if !answered && at > now {
            inner.ahead += at - now;
        }
    }

    pub(super) fn rehearsed(&self, effects: Vec<RehearsedEffect>) -> Rehearsed {
        let inner = self.inner();
        let state = State::of(&inner.events);
        Rehearsed {
            status: state.status(),
            output: state.output.clone(),
            error: state.error.clone(),
            events: inner.events.clone(),
            logs: inner.logs.clone(),
            effects,
            state,
        }
    }

    /// What comes of a wait: what came of it then, or what is likely to come.
    fn resolution(&self, step: &dyn WaitingStep, id: &str, wait: &Waiting) -> Option<Value> {
        if let Some(resolution) = self.answers.resolution(id) {
            return Some(resolution.clone());
        }
        if self.answers.waited_in_vain(id) {
            return None;
        }
        if let Some(resolution) = step.rehearse(&wait.request) {
            return Some(resolution);
        }
        match wait.kind {
            "child" => Some(json!({
                "execution_id": wait.name, "status": "succeeded", "output": {}, "error": null
            })),
            // Without a time limit the run would wait for ever.
            "event" if wait.until.is_none() => {
                let id = WorkflowEventId::new();
                let event = event_value(id, &wait.name, &wait.key, &json!({}), self.now());
                Some(json!({"event": event}))
            }
            _ => None,
        }
    }
}

/// What a step does in the rehearsal's transaction; a step that fails leaves nothing in it.
async fn within<T, E: From<Error>>(
    tx: &mut TenantTx,
    work: impl AsyncFnOnce(&mut TenantTx) -> Result<T, E>,
) -> Result<T, E> {
    let begin = "SAVEPOINT rehearsal";
    tx.conn()
        .batch_execute(begin)
        .await
        .map_err(|error| E::from(Error::from(error)))?;
    let done = work(tx).await;
    let end = if done.is_ok() {
        "RELEASE SAVEPOINT rehearsal"
    } else {
        "ROLLBACK TO SAVEPOINT rehearsal"
    };
    tx.conn()
        .batch_execute(end)
        .await
        .map_err(|error| E::from(Error::from(error)))?;
    done
}

impl Inner {
    fn append(&mut self, commit: &Commit) -> Result<Appended, Stop> {
        for (seq, entry) in (commit.base..).zip(&commit.entries) {
            match &entry.body {
                EntryBody::Event(body) => self.events.push(Event {
                    seq,
                    at: entry.at,
                    step_id: entry.step_id.clone(),
                    attempt: entry.attempt,
                    body: body.clone(),
                }),
                EntryBody::Log(level, message, data) => self.logs.push(ExecutionLogView {
                    seq,
                    at: entry.at,
                    level: *level,
                    step_id: entry.step_id.clone(),
                    message: message.clone(),
                    data: data.clone(),
                }),
            }
        }
        let count = i64::try_from(commit.entries.len()).map_err(Error::internal)?;
        self.execution.next_seq = commit.base + count;
        self.execution.status = commit.change.status;
        for change in &commit.effects {
            let row = EffectRow {
                kind: change.kind.clone(),
                state: change.state,
                summary: change.summary.clone(),
                simulated: change.simulated,
                request: change.request.clone().unwrap_or_default(),
                settlement: None,
                updated_at: platform_kernel::clock::now(),
            };
            self.effects.insert(change.key.clone(), row);
        }
        Ok(Appended::default())
    }
}

#[async_trait]
impl Store for RehearsalStore {
    fn now(&self) -> DateTime<Utc> {
        let inner = self.inner();
        let passed = TimeDelta::from_std(self.begun.elapsed()).unwrap_or_default();
        inner.execution.created_at + inner.ahead + passed
    }

    async fn load(&self, _: &TenantContext, _: ExecutionId) -> Result<Option<Snapshot>> {
        let inner = self.inner();
        Ok(Some(Snapshot {
            execution: inner.execution.clone(),
            graph: Some(Arc::clone(&self.graph)),
            parameters: Arc::clone(&self.parameters),
            events: inner.events.clone(),
        }))
    }

    async fn append(&self, commit: Commit) -> Result<Appended, Stop> {
        self.inner().append(&commit)
    }

    async fn transactional(
        &self,
        step: &Arc<dyn TransactionalStep>,
        context: &StepContext,
        config: Value,
        _: Duration,
        build: Build<'_, StepOutput>,
    ) -> Ran<StepOutput> {
        let mut tx = self.tx.lock().await;
        let ran = within(&mut tx, async |tx| step.run(tx, context, config).await).await;
        let built = ran.and_then(|output| Ok((build(&output)?, output)));
        match built {
            Ok((commit, output)) => Ok(Ok((output, self.inner().append(&commit)?))),
            Err(error) => Ok(Err(error)),
        }
    }

    async fn prepare(
        &self,
        step: &Arc<dyn EffectStep>,
        context: &StepContext,
        config: Value,
        build: Build<'_, EffectIntent>,
    ) -> Ran<EffectIntent> {
        let mut tx = self.tx.lock().await;
        let ran = within(&mut tx, async |tx| step.prepare(tx, context, config).await).await;
        let built = ran.and_then(|intent| Ok((build(&intent)?, intent)));
        match built {
            Ok((commit, intent)) => Ok(Ok((intent, self.inner().append(&commit)?))),
            Err(error) => Ok(Err(error)),
        }
    }

    async fn record(
        &self,
        step: &Arc<dyn EffectStep>,
        context: &StepContext,
        request: &Value,
        result: Result<&EffectOutcome, &CallError>,
        commit: Commit,
    ) -> Result<Appended, Stop> {
        let mut tx = self.tx.lock().await;
        let recorded = within(&mut tx, async |tx| {
            step.record(tx, context, request, result).await
        })
        .await;
        // What is made up need not fit into the step's own books.
        if let Err(error) = recorded {
            tracing::debug!(%error, "an answer of a rehearsal could not be recorded");
        }
        self.inner().append(&commit)
    }

    async fn effect(
        &self,
        _: &TenantContext,
        _: ExecutionId,
        key: &str,
    ) -> Result<Option<EffectRow>> {
        Ok(self.inner().effects.get(key).cloned())
    }

    async fn mark_sending(
        &self,
        _: &TenantContext,
        _: ExecutionId,
        _: i64,
        _: &str,
    ) -> Result<(), Stop> {
        Ok(())
    }

    async fn asked(&self, _: &TenantContext, _: ExecutionId) -> Result<Asked> {
        Ok(Asked::default())
    }

    async fn open(
        &self,
        step: &Arc<dyn WaitingStep>,
        context: &StepContext,
        config: Value,
        _: Duration,
        build: Build<'_, Opened>,
    ) -> Ran<Opened> {
        let mut tx = self.tx.lock().await;
        let ran = within(&mut tx, async |tx| step.open(tx, context, config).await).await;
        let built = ran.and_then(|opened| Ok((build(&opened)?, opened)));
        let (commit, opened) = match built {
            Ok(built) => built,
            Err(error) => return Ok(Err(error)),
        };
        if let Opened::Waiting(wait) = &opened {
            let open = Open {
                resolution: self.resolution(step.as_ref(), &context.step_id, wait),
                request: wait.request.clone(),
            };
            self.inner().waits.insert(context.step_id.clone(), open);
        }
        Ok(Ok((opened, self.inner().append(&commit)?)))
    }

    async fn resolved(
        &self,
        _: &TenantContext,
        _: ExecutionId,
        waits: Vec<String>,
    ) -> Result<Vec<String>> {
        let inner = self.inner();
        let resolved = |id: &String| {
            let wait = inner.waits.get(id);
            wait.is_some_and(|wait| wait.resolution.is_some())
        };
        Ok(waits.into_iter().filter(resolved).collect())
    }

    async fn attend(
        &self,
        step: &Arc<dyn WaitingStep>,
        context: &StepContext,
        round: Option<u32>,
        build: Build<'_, Attended>,
    ) -> Result<Option<Result<(Attended, Appended), StepError>>, Stop> {
        let known = {
            let inner = self.inner();
            let wait = inner.waits.get(&context.step_id);
            wait.map(|wait| (wait.request.clone(), wait.resolution.clone()))
        };
        let Some((request, resolution)) = known else {
            return Ok(None);
        };
        let mut tx = self.tx.lock().await;
        let attended = within(&mut tx, async |tx| match (resolution, round) {
            (Some(resolution), _) => {
                let output = step.resolved(tx, context, &request, &resolution).await?;
                Ok(Some(Attended::Resolved(resolution, output)))
            }
            (None, Some(round)) => match step.due(tx, context, &request, round).await? {
                Due::Until(at) => Ok(Some(Attended::Prolonged(at))),
                Due::Output(output) => Ok(Some(Attended::Expired(output))),
            },
            (None, None) => Ok(None),
        })
        .await;
        let attended = match attended {
            Ok(Some(attended)) => attended,
            Ok(None) => return Ok(None),
            Err(error) => return Ok(Some(Err(error))),
        };
        let commit = match build(&attended) {
            Ok(commit) => commit,
            Err(error) => return Ok(Some(Err(error))),
        };
        let mut inner = self.inner();
        if !matches!(attended, Attended::Prolonged(_)) {
            inner.waits.remove(&context.step_id);
        }
        let appended = inner.append(&commit)?;
        Ok(Some(Ok((attended, appended))))
    }

    /// What would be told to others is not told.
    async fn append_beside(&self, commit: Commit, _: Beside) -> Result<Appended, Stop> {
        self.inner().append(&commit)
    }
}
