//! Step types that give what they are told to instead of doing what they are made for.

use super::answers::Answers;
use super::sample::sample;
use crate::registry::StepRegistry;
use crate::step::{
    AfterCrash, EffectContext, EffectIntent, EffectOutcome, EffectStep, Opened, PureStep,
    StepContext, StepError, StepKind, StepOutput, TransactionalStep, WaitingStep,
};
use crate::waiting::Due;
use async_trait::async_trait;
use platform_db::TenantTx;
use platform_kernel::Error;
use platform_kernel::ports::CallError;
use serde_json::Value;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// The same step types, answered by `answers`: nothing is called.
pub(super) fn registry_of(registry: &StepRegistry, answers: &Arc<Answers>) -> StepRegistry {
    registry.replaced(|info, kind| match kind {
        StepKind::Pure(inner) => StepKind::Pure(Arc::new(StandIn::new(inner, answers))),
        StepKind::Transactional(inner) => {
            StepKind::Transactional(Arc::new(StandIn::new(inner, answers)))
        }
        StepKind::Waiting(inner) => StepKind::Waiting(Arc::new(StandIn::new(inner, answers))),
        StepKind::Effect(inner) => StepKind::Effect(Arc::new(EffectStandIn {
            inner: Arc::clone(inner),
            answers: Arc::clone(answers),
            output_schema: info.output_schema.clone(),
            intents: Mutex::default(),
        })),
        StepKind::Wait => StepKind::Wait,
        StepKind::Loop => StepKind::Loop,
        StepKind::Join => StepKind::Join,
    })
}

struct StandIn<S: ?Sized> {
    inner: Arc<S>,
    answers: Arc<Answers>,
}

impl<S: ?Sized> StandIn<S> {
    fn new(inner: &Arc<S>, answers: &Arc<Answers>) -> Self {
        Self {
            inner: Arc::clone(inner),
            answers: Arc::clone(answers),
        }
    }

    fn pinned(&self, context: &StepContext) -> Option<StepOutput> {
        let pinned = self.answers.pinned(&context.step_id)?;
        Some(StepOutput::new(pinned.clone()))
    }
}

impl PureStep for StandIn<dyn PureStep> {
    fn run(
        &self,
        context: &StepContext,
        config: Value,
        input: Option<Value>,
    ) -> Result<StepOutput, StepError> {
        match self.pinned(context) {
            Some(output) => Ok(output),
            None => self.inner.run(context, config, input),
        }
    }
}

#[async_trait]
impl TransactionalStep for StandIn<dyn TransactionalStep> {
    async fn run(
        &self,
        tx: &mut TenantTx,
        context: &StepContext,
        config: Value,
    ) -> Result<StepOutput, StepError> {
        if let Some(output) = self.pinned(context) {
            return Ok(output);
        }
        match self.answers.past_output(&context.step_id, &config) {
            Some((output, port)) => Ok(StepOutput::new(output).through(port)),
            None => self.inner.run(tx, context, config).await,
        }
    }
}

#[async_trait]
impl WaitingStep for StandIn<dyn WaitingStep> {
    async fn open(
        &self,
        tx: &mut TenantTx,
        context: &StepContext,
        config: Value,
    ) -> Result<Opened, StepError> {
        if let Some(output) = self.pinned(context) {
            // A decision leaves through the port of its name.
            let port = output.output.get("decision").and_then(Value::as_str);
            let port = port.map(str::to_owned);
            return Ok(Opened::Done(StepOutput { port, ..output }));
        }
        self.inner.open(tx, context, config).await
    }

    async fn resolved(
        &self,
        tx: &mut TenantTx,
        context: &StepContext,
        request: &Value,
        resolution: &Value,
    ) -> Result<StepOutput, StepError> {
        self.inner.resolved(tx, context, request, resolution).await
    }

    async fn due(
        &self,
        tx: &mut TenantTx,
        context: &StepContext,
        request: &Value,
        round: u32,
    ) -> Result<Due, StepError> {
        self.inner.due(tx, context, request, round).await
    }

    fn rehearse(&self, request: &Value) -> Option<Value> {
        self.inner.rehearse(request)
    }
}

struct EffectStandIn {
    inner: Arc<dyn EffectStep>,
    answers: Arc<Answers>,
    output_schema: Value,
    intents: Mutex<HashMap<String, EffectIntent>>,
}

impl EffectStandIn {
    fn intents(&self) -> std::sync::MutexGuard<'_, HashMap<String, EffectIntent>> {
        self.intents.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl EffectStep for EffectStandIn {
    async fn prepare(
        &self,
        tx: &mut TenantTx,
        context: &StepContext,
        config: Value,
    ) -> Result<EffectIntent, StepError> {
        let intent = self.inner.prepare(tx, context, config).await?;
        self.intents()
            .insert(context.step_id.clone(), intent.clone());
        Ok(intent)
    }

    async fn call(
        &self,
        context: &EffectContext<'_>,
        request: &Value,
    ) -> Result<EffectOutcome, CallError> {
        let step_id = &context.step.step_id;
        let intent = self.intents().get(step_id).cloned();
        let intent = intent.unwrap_or_else(|| EffectIntent {
            kind: String::new(),
            summary: String::new(),
            request: request.clone(),
            simulated: true,
        });
        let made_up = || {
            let own = self.inner.rehearse(request);
            own.unwrap_or_else(|| sample(&self.output_schema))
        };
        let essence = |request: &Value| self.inner.essence(request);
        self.answers.answer(step_id, &intent, essence, made_up)
    }

    async fn record(
        &self,
        tx: &mut TenantTx,
        context: &StepContext,
        request: &Value,
        result: Result<&EffectOutcome, &CallError>,
    ) -> Result<(), Error> {
        self.inner.record(tx, context, request, result).await
    }

    fn after_crash(&self, _request: &Value) -> AfterCrash {
        AfterCrash::Repeat
    }
}
