//! Where a turn reads and writes. The real one is the database; tests of the interpreter use
//! one in memory that crashes at will.

use crate::definition::Definition;
use crate::event::Event;
use crate::log::{Appended, Cancel, Commit, Stop};
use crate::model::Execution;
use crate::step::{
    EffectIntent, EffectOutcome, EffectStep, StepContext, StepError, StepOutput, TransactionalStep,
};
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use platform_kernel::Result;
use platform_kernel::id::ExecutionId;
use platform_kernel::ports::CallError;
use platform_kernel::tenant::TenantContext;
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;

/// A run as it was found.
pub(crate) struct Snapshot {
    pub(crate) execution: Execution,
    /// `None` when the version is gone or cannot be read any more.
    pub(crate) definition: Option<Arc<Definition>>,
    pub(crate) parameters: Arc<Value>,
    pub(crate) events: Vec<Event>,
}

/// An effect's row as recovery needs it.
#[derive(Clone, Debug)]
pub(crate) struct EffectRow {
    pub(crate) kind: String,
    pub(crate) state: String,
    pub(crate) summary: String,
    pub(crate) simulated: bool,
    pub(crate) request: Value,
    pub(crate) settlement: Option<crate::event::Settlement>,
}

/// Makes the commit that goes with what a step gave, inside the step's transaction.
pub(crate) type Build<'a, T> = &'a (dyn Fn(&T) -> Result<Commit, StepError> + Send + Sync);

/// What came of a step that ran in a transaction: its result and the commit, or its failure,
/// with nothing written.
pub(crate) type Ran<T> = Result<Result<(T, Appended), StepError>, Stop>;

/// What a turn needs of the world.
#[async_trait]
pub(crate) trait Store: Send + Sync {
    fn now(&self) -> DateTime<Utc>;

    async fn load(&self, tenant: &TenantContext, id: ExecutionId) -> Result<Option<Snapshot>>;

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

    /// Whether somebody has asked the run to stop.
    async fn cancelled(&self, tenant: &TenantContext, id: ExecutionId) -> Result<Option<Cancel>>;
}
