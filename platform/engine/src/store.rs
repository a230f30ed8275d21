//! Where a turn reads and writes. The real one is the database; tests of the interpreter use
//! one in memory that crashes at will.

use crate::admission::Places;
use crate::event::Event;
use crate::failure::Failure;
use crate::fold::ExecutionStatus;
use crate::graph::Graph;
use crate::log::{Appended, Cancel, Commit, Stop};
use crate::model::{EffectRowState, Execution};
use crate::step::{
    EffectIntent, EffectOutcome, EffectStep, Opened, StepContext, StepError, StepOutput,
    TransactionalStep, WaitingStep,
};
use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use platform_kernel::Result;
use platform_kernel::id::{ExecutionId, WorkflowId};
use platform_kernel::ports::CallError;
use platform_kernel::tenant::TenantContext;
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;

/// A run as it was found.
pub(crate) struct Snapshot {
    pub(crate) execution: Execution,
    /// `None` when the version is gone or cannot be read any more.
    pub(crate) graph: Option<Arc<Graph>>,
    pub(crate) parameters: Arc<Value>,
    pub(crate) events: Vec<Event>,
}

/// An effect's row as recovery needs it.
#[derive(Clone, Debug)]
pub(crate) struct EffectRow {
    pub(crate) kind: String,
    pub(crate) state: EffectRowState,
    pub(crate) summary: String,
    pub(crate) simulated: bool,
    pub(crate) request: Value,
    pub(crate) settlement: Option<crate::event::Settlement>,
    pub(crate) updated_at: DateTime<Utc>,
}

/// What came of a wait.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Attended {
    /// Somebody resolved it.
    Resolved(Value, StepOutput),
    /// Its time is over.
    Expired(StepOutput),
    /// Its time came, and it goes on until then.
    Prolonged(DateTime<Utc>),
}

/// What was asked of a run from outside.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) cancel: Option<Cancel>,
    /// Whether a pause is requested.
    pub(crate) pause: bool,
}

/// What else becomes true with a commit.
#[derive(Default)]
pub(crate) struct Beside {
    /// Waits that nobody needs any more; without a step only the row goes.
    pub(crate) close: Vec<(Option<Arc<dyn WaitingStep>>, StepContext)>,
    /// The wait of the run that started this one, and what it is told.
    pub(crate) parent: Option<(ExecutionId, String, Value)>,
    /// A run of the error workflow.
    pub(crate) report: Option<Box<FailureReport>>,
    /// Where others wait for the run's place.
    pub(crate) places: Option<Places>,
}

/// What the error workflow of a failed run is told.
pub(crate) struct FailureReport {
    pub(crate) workflow: WorkflowId,
    pub(crate) execution: Execution,
    pub(crate) error: Failure,
    pub(crate) started_at: DateTime<Utc>,
}

impl Beside {
    pub(crate) fn is_empty(&self) -> bool {
        self.close.is_empty()
            && self.parent.is_none()
            && self.report.is_none()
            && self.places.is_none()
    }
}

/// What a run that another one started tells it.
pub(crate) fn told_to_parent(
    id: ExecutionId,
    status: ExecutionStatus,
    output: Option<&Value>,
    error: Option<&Failure>,
) -> Value {
    serde_json::json!({"execution_id": id, "status": status, "output": output, "error": error})
}

/// Makes the commit that goes with what a step gave, inside the step's transaction.
pub(crate) type Build<'a, T> = &'a (dyn Fn(&T) -> Result<Commit, StepError> + Send + Sync);

/// What came of a step that ran in a transaction: its result and the commit, or its failure,
/// with nothing written.
pub(crate) type Ran<T> = Result<Result<(T, Appended), StepError>, Stop>;

/// What a turn needs of the world.
#[async_trait]
pub(crate) trait Store: Send + Sync {
    /// Tests look whether what a turn has in hand is what its events say.
    #[cfg(test)]
    fn witness(&self, _state: &crate::fold::State, _frames: &crate::frames::Frames) {}

    fn now(&self) -> DateTime<Utc>;

    async fn load(&self, tenant: &TenantContext, id: ExecutionId) -> Result<Option<Snapshot>>;

    /// Gives the run one of `places`, or answers how long it is to wait.
    async fn admit(
        &self,
        _tenant: &TenantContext,
        _id: ExecutionId,
        _places: &Places,
    ) -> Result<Option<TimeDelta>> {
        Ok(None)
    }

    async fn append(&self, commit: Commit) -> Result<Appended, Stop>;

    async fn transactional(
        &self,
        step: &Arc<dyn TransactionalStep>,
        context: &StepContext,
        config: Value,
        timeout: Duration,
        build: Build<'_, StepOutput>,
    ) -> Ran<StepOutput>;

    async fn prepare(
        &self,
        step: &Arc<dyn EffectStep>,
        context: &StepContext,
        config: Value,
        build: Build<'_, EffectIntent>,
    ) -> Ran<EffectIntent>;

    async fn record(
        &self,
        step: &Arc<dyn EffectStep>,
        context: &StepContext,
        request: &Value,
        result: Result<&EffectOutcome, &CallError>,
        commit: Commit,
    ) -> Result<Appended, Stop>;

    async fn effect(
        &self,
        tenant: &TenantContext,
        id: ExecutionId,
        key: &str,
    ) -> Result<Option<EffectRow>>;

    /// Marks that from here on the effect may have happened; refused when the lease is old.
    async fn mark_sending(
        &self,
        tenant: &TenantContext,
        id: ExecutionId,
        epoch: i64,
        key: &str,
    ) -> Result<(), Stop>;

    /// What somebody has asked of the run.
    async fn asked(&self, tenant: &TenantContext, id: ExecutionId) -> Result<Asked>;

    /// Opens a wait, with its row.
    async fn open(
        &self,
        step: &Arc<dyn WaitingStep>,
        context: &StepContext,
        config: Value,
        timeout: Duration,
        build: Build<'_, Opened>,
    ) -> Ran<Opened>;

    /// Which of these steps' waits somebody has resolved.
    async fn resolved(
        &self,
        tenant: &TenantContext,
        id: ExecutionId,
        waits: Vec<String>,
    ) -> Result<Vec<String>>;

    /// Takes up what came of a wait, or, in this `round`, that nothing came in its time. `None`:
    /// there is nothing to take up.
    async fn attend(
        &self,
        step: &Arc<dyn WaitingStep>,
        context: &StepContext,
        round: Option<u32>,
        build: Build<'_, Attended>,
    ) -> Result<Option<Result<(Attended, Appended), StepError>>, Stop>;

    /// Appends together with what else becomes true.
    async fn append_beside(&self, commit: Commit, beside: Beside) -> Result<Appended, Stop>;
}
