use crate::definition::Definition;
use crate::event::Settlement;
use crate::live::{self, LiveBus};
use crate::log::{Appended, Cancel, Commit, EntryBody, EventWriter, Stop, append};
use crate::model;
use crate::step::{
    EffectIntent, EffectOutcome, EffectStep, StepContext, StepError, StepOutput, TransactionalStep,
};
use crate::store::{Build, EffectRow, Ran, Snapshot, Store};
use crate::view::{ExecutionEventView, ExecutionLogView};
use async_trait::async_trait;
use chrono::{DateTime, Utc};
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
use std::sync::Arc;
use std::time::Duration;

type Published = (Option<Arc<Definition>>, Arc<Value>);

/// Runs in Postgres, with what becomes durable published live.
pub(crate) struct DbStore {
    db: Database,
    writer: EventWriter,
    live: LiveBus,
    /// Versions never change, so they are read once.
    versions: Cache<(TenantId, VersionId), Published>,
}

impl DbStore {
    pub(crate) fn new(db: Database, live: LiveBus) -> Self {
        Self {
            writer: EventWriter::start(db.clone()),
            db,
            live,
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
            Ok((definition, parameters)) => (Some(Arc::new(definition)), Arc::new(parameters)),
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
        let mut answers = append(tx.conn(), &[commit]).await?;
        let appended = answers.remove(&commit.execution_id).ok_or(Stop::Fenced)?;
        tx.commit().await?;
        Ok(appended)
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
        let mut tx = self.db.tenant(tenant).await?;
        let Some(execution) = model::find_execution(&mut tx, id).await? else {
            return Ok(None);
        };
        let (definition, parameters) = self.version(&mut tx, execution.version_id).await?;
        // Right after it was accepted, a run has nothing but that event, which says what its
        // row says too.
        let events = if execution.next_seq > 2 {
            model::events(&mut tx, id, 0, None).await?
        } else {
            Vec::new()
        };
        tx.commit().await?;
        Ok(Some(Snapshot {
            execution,
            definition,
            parameters,
            events,
        }))
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
        self.publish(&commit);
        Ok(Ok((output, appended)))
    }

    async fn prepare(
        &self,
        step: &Arc<dyn EffectStep>,
        context: &StepContext,
        config: Value,
        build: Build<'_, EffectIntent>,
    ) -> Ran<EffectIntent> {
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
        self.publish(&commit);
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
        let mut tx = self.db.tenant(&context.tenant).await?;
        step.record(&mut tx, context, request, result).await?;
        let appended = self.finish(tx, &commit).await?;
        self.publish(&commit);
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
                .filter(execution_effects::state.eq("intended")),
        )
        .set((
            execution_effects::state.eq("sending"),
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

    async fn cancelled(&self, tenant: &TenantContext, id: ExecutionId) -> Result<Option<Cancel>> {
        let mut tx = self.db.tenant(tenant).await?;
        let (at, reason): (Option<DateTime<Utc>>, Option<String>) = workflow_executions::table
            .find(id.0)
            .select((
                workflow_executions::cancel_requested_at,
                workflow_executions::cancel_reason,
            ))
            .first(tx.conn())
            .await?;
        tx.commit().await?;
        Ok(at.map(|_| Cancel { reason }))
    }
}
