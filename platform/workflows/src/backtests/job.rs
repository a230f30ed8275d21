//! The work of a backtest: one past run after the other, each in a transaction that is rolled back.

use super::compare::{Before, add, compare};
use super::dto::{Backtest, BacktestRun, BacktestState, BacktestSummary};
use super::queries;
use platform_db::Database;
use platform_db::jobs::{JobHandler, LeasedJob, Turn};
use platform_engine::definition::Definition;
use platform_engine::model;
use platform_engine::rehearsal::{Answers, Past, Rehearsal, rehearse};
use platform_engine::{StepRegistry, TenantDirectory};
use platform_kernel::id::{BacktestId, ExecutionId};
use platform_kernel::tenant::{TenantContext, TenantStatus};
use platform_kernel::{Error, Result, clock};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The kind of job that tries a draft on past runs.
pub(super) const BACKTEST: &str = "backtest";
/// Runs between two looks at whether it was cancelled.
const NOTE_EVERY: usize = 5;

/// Tries drafts on past runs: the handler of jobs of kind `backtest`.
pub struct RunBacktests {
    db: Database,
    registry: Arc<StepRegistry>,
    directory: Arc<dyn TenantDirectory>,
}

impl RunBacktests {
    pub fn new(
        db: Database,
        registry: Arc<StepRegistry>,
        directory: Arc<dyn TenantDirectory>,
    ) -> Self {
        Self {
            db,
            registry,
            directory,
        }
    }

    async fn all(
        &self,
        tenant: &TenantContext,
        backtest: &Backtest,
        job: &LeasedJob,
    ) -> Result<()> {
        let draft: Definition =
            serde_json::from_value(backtest.definition.clone()).map_err(Error::internal)?;
        let draft = Arc::new(draft);
        let parameters = Arc::new(backtest.parameters.clone().unwrap_or(Value::Null));
        let mut tx = self.db.tenant(tenant).await?;
        let ids = queries::last_runs(&mut tx, backtest.workflow_id, backtest.requested).await?;
        tx.commit().await?;
        let (mut runs, mut summary) = (Vec::new(), BacktestSummary::default());
        for (index, id) in ids.into_iter().enumerate() {
            if job.lease.is_lost() {
                return Ok(());
            }
            let one = self.one(tenant, backtest, id, &draft, &parameters);
            if let Some((run, ai)) = one.await? {
                add(&mut summary, &run, &ai);
                runs.push(run);
            }
            if index % NOTE_EVERY == 0
                && !self
                    .note(tenant, backtest.id, BacktestState::Running, &runs, &summary)
                    .await?
            {
                return Ok(());
            }
        }
        runs.sort_by_key(|run: &BacktestRun| run.differences.is_empty());
        self.note(tenant, backtest.id, BacktestState::Done, &runs, &summary)
            .await?;
        Ok(())
    }

    async fn note(
        &self,
        tenant: &TenantContext,
        id: BacktestId,
        state: BacktestState,
        runs: &[BacktestRun],
        summary: &BacktestSummary,
    ) -> Result<bool> {
        let mut tx = self.db.tenant(tenant).await?;
        let open = queries::advance(&mut tx, id, state, runs, summary).await?;
        tx.commit().await?;
        Ok(open)
    }

    /// One run; `None` when its history is gone.
    async fn one(
        &self,
        tenant: &TenantContext,
        backtest: &Backtest,
        id: ExecutionId,
        draft: &Arc<Definition>,
        parameters: &Arc<Value>,
    ) -> Result<Option<(BacktestRun, super::dto::BacktestAi)>> {
        let mut tx = self.db.tenant(tenant).await?;
        let Some(execution) = model::find_execution(&mut tx, id).await? else {
            return Ok(None);
        };
        let events = model::events(&mut tx, id, 0, None).await?;
        if events.is_empty() {
            return Ok(None);
        }
        let effects = model::effects(&mut tx, id).await?;
        let (then, _) = model::find_definition(&mut tx, execution.version_id).await?;
        let past = Past::new(&events, effects);
        let trigger = draft
            .trigger(&execution.trigger_id)
            .or(draft.triggers.first());
        let rehearsal = Rehearsal {
            tenant: tenant.clone(),
            workflow_id: backtest.workflow_id,
            definition: Arc::clone(draft),
            parameters: Arc::clone(parameters),
            trigger_id: trigger.map_or_else(String::new, |trigger| trigger.id.clone()),
            trigger_type: execution.trigger_type.clone(),
            input: execution.input.clone(),
            lead_id: execution.lead_id,
            started_by: execution.started_by,
            at: execution.started_at.unwrap_or(execution.created_at),
            before: Vec::new(),
            answers: Answers::new(BTreeMap::new(), Some(past.clone())),
        };
        let after = rehearse(tx, &self.registry, rehearsal).await?;
        let before = Before {
            id,
            status: execution.status.as_str(),
            definition: &then,
            events: &events,
            past: &past,
        };
        Ok(Some(compare(&before, draft, &after)))
    }
}

#[async_trait::async_trait]
impl JobHandler for RunBacktests {
    fn kind(&self) -> &'static str {
        BACKTEST
    }

    async fn run(&self, job: &LeasedJob) -> Result<Turn> {
        let id = BacktestId(job.key.parse().map_err(Error::internal)?);
        let Some(tenant) = self.directory.find(job.tenant()?).await? else {
            return Ok(Turn::Done);
        };
        if tenant.status != TenantStatus::Active {
            let later = clock::now() + chrono::TimeDelta::minutes(5);
            return Ok(Turn::Again { at: later });
        }
        let mut tx = self.db.tenant(&tenant).await?;
        let backtest = queries::find(&mut tx, id).await?;
        tx.commit().await?;
        let open = |found: &Backtest| {
            matches!(found.state, BacktestState::Queued | BacktestState::Running)
        };
        let Some(backtest) = backtest.filter(open) else {
            return Ok(Turn::Done);
        };
        if let Err(error) = self.all(&tenant, &backtest, job).await {
            if error.code().status() >= 500 {
                return Err(error);
            }
            let mut tx = self.db.tenant(&tenant).await?;
            let detail = error.detail().unwrap_or_else(|| error.code().title());
            queries::end(&mut tx, id, BacktestState::Failed, Some(detail)).await?;
            tx.commit().await?;
        }
        Ok(Turn::Done)
    }
}
