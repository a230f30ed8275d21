use crate::admission::{self, Places};
use crate::children;
use crate::event::Settlement;
use crate::graph::Graph;
use crate::live::{self, LiveBus};
use crate::log::{Appended, Cancel, Commit, EntryBody, EventWriter, RunReader, Stop, append};
use crate::model::{self, EffectRowState};
use crate::step::{
    Due, EffectIntent, EffectOutcome, EffectStep, Opened, StepContext, StepError, StepOutput,
    TransactionalStep, WaitingStep,
};
use crate::store::{Asked, Attended, Beside, Build, EffectRow, Ran, Snapshot, Store};
use crate::view::{ExecutionEventView, ExecutionLogView};
use crate::waiting::{self, lock_wait};
use crate::wake::Wake;
use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use moka::sync::Cache;
use platform_db::schema::tenant::{execution_effects, workflow_executions};
use platform_db::{Database, TenantTx};
use platform_kernel::id::{ExecutionId, TenantId, VersionId};
use platform_kernel::ports::CallError;
use platform_kernel::tenant::TenantContext;
use platform_kernel::{ErrorCode, Result, clock};
use serde_json::Value;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

type Published = (Option<Arc<Graph>>, Arc<Value>);

/// Runs in Postgres, with what becomes durable published live.
pub(crate) struct DbStore {
    db: Database,
    writer: EventWriter,
    reader: RunReader,
    live: LiveBus,
    /// Told when a commit made work for others.
    wake: Arc<OnceLock<Wake>>,
    /// Versions never change, so they are read once.
    versions: Cache<(TenantId, VersionId), Published>,
}

impl DbStore {
    pub(crate) fn new(db: Database, live: LiveBus, wake: Arc<OnceLock<Wake>>) -> Self {
        Self {
            writer: EventWriter::start(db.clone()),
            reader: RunReader::start(db.clone()),
            db,
            live,
            wake,
            versions: Cache::builder()
                .max_capacity(2_000)
                .time_to_idle(Duration::from_secs(600))
                .build(),
        }
    }

    async fn version(&self, tx: &mut TenantTx, id: VersionId) -> Result<Published> {
        let key = (tx.tenant().id, id);
        if let Some(published) = self.versions.get(&key) {
            return Ok(published);
        }
        let published: Published = match model::find_definition(tx, id).await {
            Ok((definition, parameters)) => {
                let graph = Graph::new(Arc::new(definition));
                (Some(Arc::new(graph)), Arc::new(parameters))
            }
            Err(error) if error.code() == ErrorCode::NotFound => (None, Arc::new(Value::Null)),
            Err(error) => return Err(error),
        };
        if published.0.is_some() {
            self.versions.insert(key, published.clone());
        }
        Ok(published)
    }

    /// Appends within the step's own transaction and commits it.
    async fn finish(&self, mut tx: TenantTx, commit: &Commit) -> Result<Appended, Stop> {
        let appended = self.append_in(&mut tx, commit).await?;
        self.commit(tx, commit).await?;
        Ok(appended)
    }

    async fn append_in(&self, tx: &mut TenantTx, commit: &Commit) -> Result<Appended, Stop> {
        let mut answers = append(tx.conn(), &[commit]).await?;
        answers.remove(&commit.execution_id).ok_or(Stop::Fenced)
    }

    async fn commit(&self, tx: TenantTx, commit: &Commit) -> Result<()> {
        tx.commit().await?;
        self.publish(commit);
        Ok(())
    }

    /// Tells the browsers what has just become durable.
    fn publish(&self, commit: &Commit) {
        let (tenant, id) = (commit.tenant.id, commit.execution_id);
        for (seq, entry) in (commit.base..).zip(&commit.entries) {
            let (at, step_id) = (entry.at, entry.step_id.clone());
            match &entry.body {
                EntryBody::Event(body) => {
                    let Ok((kind, data)) = body.to_columns() else {
                        continue;
                    };
                    let attempt = entry.attempt;
                    let event = ExecutionEventView {
                        seq,
                        at,
                        kind,
                        step_id,
                        attempt,
                        data,
                    };
                    live::happened(&self.live, tenant, id, &event);
                }
                EntryBody::Log(level, message, data) => {
                    let line = ExecutionLogView {
                        seq,
                        at,
                        level: *level,
                        step_id,
                        message: message.clone(),
                        data: data.clone(),
                    };
                    live::logged(&self.live, tenant, id, &line);
                }
            }
        }
    }
}

#[async_trait]
impl Store for DbStore {
    fn now(&self) -> DateTime<Utc> {
        clock::now()
    }

    async fn load(&self, tenant: &TenantContext, id: ExecutionId) -> Result<Option<Snapshot>> {
        let handed = self.wake.get().and_then(|wake| wake.handed(id));
        let found = match handed {
            Some(execution) => Some(execution),
            None => self.reader.find(tenant, id).await?,
        };
        let Some(execution) = found else {
            return Ok(None);
        };
        // Right after it was accepted, a run has nothing but that event, which says what its
        // row says too.
        let fresh = execution.next_seq <= 2;
        let known = self.versions.get(&(tenant.id, execution.version_id));
        let ((graph, parameters), events) = match known {
            Some(published) if fresh => (published, Vec::new()),
            _ => {
                let mut tx = self.db.tenant(tenant).await?;
                let published = self.version(&mut tx, execution.version_id).await?;
                let events = match fresh {
                    true => Vec::new(),
                    false => model::events(&mut tx, id, 0, None).await?,
                };
                tx.commit().await?;
                (published, events)
            }
        };
        Ok(Some(Snapshot {
            execution,
            graph,
            parameters,
            events,
        }))
    }

    async fn admit(
        &self,
        tenant: &TenantContext,
        id: ExecutionId,
        places: &Places,
    ) -> Result<Option<TimeDelta>> {
        let mut tx = self.db.tenant(tenant).await?;
        let wait = admission::ask(&mut tx, places, id).await?;
        tx.commit().await?;
        Ok(wait)
    }

    async fn append(&self, commit: Commit) -> Result<Appended, Stop> {
        let appended = self.writer.append(commit.clone()).await?;
        self.publish(&commit);
        Ok(appended)
    }

    async fn transactional(
        &self,
        step: &Arc<dyn TransactionalStep>,
        context: &StepContext,
        config: Value,
        timeout: Duration,
        build: Build<'_, StepOutput>,
    ) -> Ran<StepOutput> {
        let mut tx = self.db.tenant(&context.tenant).await?;
        let run = step.run(&mut tx, context, config);
        let output = match tokio::time::timeout(timeout, run).await {
            Ok(Ok(output)) => output,
            Ok(Err(error)) => return Ok(Err(error)),
            Err(_elapsed) => {
                return Ok(Err(StepError::retry("timeout", "The step took too long.")));
            }
        };
        let commit = match build(&output) {
            Ok(commit) => commit,
            Err(error) => return Ok(Err(error)),
        };
        let appended = self.finish(tx, &commit).await?;
        Ok(Ok((output, appended)))
    }

    async fn prepare(
        &self,
        step: &Arc<dyn EffectStep>,
        context: &StepContext,
        config: Value,
        build: Build<'_, EffectIntent>,
    ) -> Ran<EffectIntent> {
        if step.is_plain() {
            let intent = step.intend(context, config);
            let made = intent.and_then(|intent| Ok((build(&intent)?, intent)));
            return match made {
                Ok((commit, intent)) => Ok(Ok((intent, self.append(commit).await?))),
                Err(error) => Ok(Err(error)),
            };
        }
        let mut tx = self.db.tenant(&context.tenant).await?;
        let intent = match step.prepare(&mut tx, context, config).await {
            Ok(intent) => intent,
            Err(error) => return Ok(Err(error)),
        };
        let commit = match build(&intent) {
            Ok(commit) => commit,
            Err(error) => return Ok(Err(error)),
        };
        let appended = self.finish(tx, &commit).await?;
        Ok(Ok((intent, appended)))
    }

    async fn record(
        &self,
        step: &Arc<dyn EffectStep>,
        context: &StepContext,
        request: &Value,
        result: Result<&EffectOutcome, &CallError>,
        commit: Commit,
    ) -> Result<Appended, Stop> {
        if step.is_plain() {
            return self.append(commit).await;
        }
        let mut tx = self.db.tenant(&context.tenant).await?;
        step.record(&mut tx, context, request, result).await?;
        let appended = self.finish(tx, &commit).await?;
        Ok(appended)
    }

    async fn effect(
        &self,
        tenant: &TenantContext,
        id: ExecutionId,
        key: &str,
    ) -> Result<Option<EffectRow>> {
        let mut tx = self.db.tenant(tenant).await?;
        let effect = model::find_effect(&mut tx, id, key).await?;
        tx.commit().await?;
        Ok(effect.map(|effect| EffectRow {
            kind: effect.kind,
            state: effect.state,
            summary: effect.summary,
            simulated: effect.simulated,
            request: effect.request,
            settlement: effect.settlement.as_deref().and_then(Settlement::parse),
            updated_at: effect.updated_at,
        }))
    }

    async fn mark_sending(
        &self,
        tenant: &TenantContext,
        id: ExecutionId,
        epoch: i64,
        key: &str,
    ) -> Result<(), Stop> {
        let mut tx = self.db.tenant(tenant).await?;
        // Raising the run's epoch locks its row, so that a take-over comes before or after.
        let held = diesel::update(
            workflow_executions::table
                .find(id.0)
                .filter(workflow_executions::lease_epoch.le(epoch)),
        )
        .set(workflow_executions::lease_epoch.eq(epoch))
        .execute(tx.conn())
        .await
        .map_err(platform_kernel::Error::from)?;
        let marked = diesel::update(
            execution_effects::table
                .find(key)
                .filter(execution_effects::state.eq(EffectRowState::Intended)),
        )
        .set((
            execution_effects::state.eq(EffectRowState::Sending),
            execution_effects::updated_at.eq(clock::now()),
        ))
        .execute(tx.conn())
        .await
        .map_err(platform_kernel::Error::from)?;
        if held == 0 || marked == 0 {
            return Err(Stop::Fenced);
        }
        Ok(tx.commit().await?)
    }

    async fn asked(&self, tenant: &TenantContext, id: ExecutionId) -> Result<Asked> {
        type Columns = (Option<DateTime<Utc>>, Option<String>, Option<DateTime<Utc>>);
        let mut tx = self.db.tenant(tenant).await?;
        let (cancel, reason, pause): Columns = workflow_executions::table
            .find(id.0)
            .select((
                workflow_executions::cancel_requested_at,
                workflow_executions::cancel_reason,
                workflow_executions::pause_requested_at,
            ))
            .first(tx.conn())
            .await?;
        tx.commit().await?;
        Ok(Asked {
            cancel: cancel.map(|_| Cancel { reason }),
            pause: pause.is_some(),
        })
    }

    async fn open(
        &self,
        step: &Arc<dyn WaitingStep>,
        context: &StepContext,
        config: Value,
        timeout: Duration,
        build: Build<'_, Opened>,
    ) -> Ran<Opened> {
        let mut tx = self.db.tenant(&context.tenant).await?;
        let open = step.open(&mut tx, context, config);
        let opened = match tokio::time::timeout(timeout, open).await {
            Ok(Ok(opened)) => opened,
            Ok(Err(error)) => return Ok(Err(error)),
            Err(_elapsed) => {
                return Ok(Err(StepError::retry("timeout", "The step took too long.")));
            }
        };
        let commit = match build(&opened) {
            Ok(commit) => commit,
            Err(error) => return Ok(Err(error)),
        };
        if let Opened::Waiting(wait) = &opened {
            waiting::keep(&mut tx, context, wait, None).await?;
        }
        let appended = self.finish(tx, &commit).await?;
        Ok(Ok((opened, appended)))
    }

    async fn resolved(
        &self,
        tenant: &TenantContext,
        id: ExecutionId,
        waits: Vec<String>,
    ) -> Result<Vec<String>> {
        let mut tx = self.db.tenant(tenant).await?;
        let resolved = waiting::resolved_of(&mut tx, id, &waits).await?;
        tx.commit().await?;
        Ok(resolved)
    }

    async fn attend(
        &self,
        step: &Arc<dyn WaitingStep>,
        context: &StepContext,
        round: Option<u32>,
        build: Build<'_, Attended>,
    ) -> Result<Option<Result<(Attended, Appended), StepError>>, Stop> {
        let mut tx = self.db.tenant(&context.tenant).await?;
        let (run, id) = (context.execution_id, context.step_id.as_str());
        let Some(row) = lock_wait(&mut tx, run, id).await? else {
            let message = "What this step waited for cannot be read any more.";
            return Ok(Some(Err(StepError::fatal("wait_missing", message))));
        };
        let attended = match (&row.resolution, round) {
            (Some(resolution), _) => step
                .resolved(&mut tx, context, &row.request, resolution)
                .await
                .map(|output| Attended::Resolved(resolution.clone(), output)),
            (None, Some(round)) => match step.due(&mut tx, context, &row.request, round).await {
                Ok(Due::Until(at)) => Ok(Attended::Prolonged(at)),
                Ok(Due::Output(output)) => {
                    waiting::forget(&mut tx, run, id).await?;
                    Ok(Attended::Expired(output))
                }
                Err(error) => Err(error),
            },
            (None, None) => return Ok(None),
        };
        let attended = match attended {
            Ok(attended) => attended,
            Err(error) => return Ok(Some(Err(error))),
        };
        let commit = match build(&attended) {
            Ok(commit) => commit,
            Err(error) => return Ok(Some(Err(error))),
        };
        let appended = self.finish(tx, &commit).await?;
        Ok(Some(Ok((attended, appended))))
    }

    async fn append_beside(&self, commit: Commit, beside: Beside) -> Result<Appended, Stop> {
        let mut tx = self.db.tenant(&commit.tenant).await?;
        // The run's own row comes first, so that a run and the one that it started, ending at
        // once, do not wait for each other.
        let appended = self.append_in(&mut tx, &commit).await?;
        for (step, context) in &beside.close {
            let (run, id) = (context.execution_id, context.step_id.as_str());
            let request = waiting::request_of(&mut tx, run, id).await?;
            if let (Some(step), Some(request)) = (step, &request) {
                step.close(&mut tx, context, request).await?;
            }
            waiting::forget(&mut tx, run, id).await?;
        }
        if let Some((parent, step, told)) = beside.parent {
            let child = commit.execution_id.to_string();
            waiting::resolve(&mut tx, parent, &step, Some(&child), told).await?;
        }
        if let Some(report) = &beside.report {
            children::report(&mut tx, &self.live, report).await?;
        }
        if let Some(places) = &beside.places {
            admission::pass_on(&mut tx, places).await?;
        }
        self.commit(tx, &commit).await?;
        Ok(appended)
    }
}
