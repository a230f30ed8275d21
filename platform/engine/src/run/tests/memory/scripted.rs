//! Steps that do what their configuration says.

use super::World;
use crate::registry::StepRegistry;
use crate::step::*;
use async_trait::async_trait;
use platform_db::TenantTx;
use platform_kernel::ports::CallError;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

/// `fails` attempts fail and may be repeated; of `lost` ones nobody knows; `fatal` fails at once.
pub(super) fn scripted_failure(config: &Value, attempt: u32) -> Option<CallError> {
    if config["fatal"] == json!(true) {
        return Some(CallError::fatal("broken", "It is broken."));
    }
    let lost = config["lost"].as_u64().unwrap_or(0);
    if u64::from(attempt) <= lost {
        return Some(CallError::unknown("lost", "The connection broke."));
    }
    let fails = config["fails"].as_u64().unwrap_or(0);
    (u64::from(attempt) <= fails).then(|| CallError::retry("flaky", "Not this time."))
}

struct Scripted {
    world: Arc<World>,
    /// A letter must never be posted twice.
    letter: bool,
    /// Its outcome may be committed together with what follows.
    plain: bool,
}

#[async_trait]
impl EffectStep for Scripted {
    fn is_plain(&self) -> bool {
        self.plain
    }

    async fn prepare(
        &self,
        _: &mut TenantTx,
        _: &StepContext,
        _: Value,
    ) -> Result<EffectIntent, StepError> {
        unreachable!("the store in memory prepares")
    }

    async fn call(
        &self,
        context: &EffectContext<'_>,
        request: &Value,
    ) -> Result<EffectOutcome, CallError> {
        self.world.0.lock().unwrap().calls += 1;
        if let Some(seconds) = request["delay_seconds"].as_u64() {
            tokio::time::sleep(Duration::from_secs(seconds)).await;
        }
        if let Some(error) = scripted_failure(request, context.step.attempt) {
            return Err(error);
        }
        if self.letter {
            context.handover.mark().await?;
            let mut done = self.world.0.lock().unwrap();
            *done.letters.entry(context.key.to_owned()).or_default() += 1;
        }
        if request["hang"] == json!(true) {
            std::future::pending::<()>().await;
        }
        Ok(EffectOutcome {
            output: json!({"settled": "sent"}),
            ..EffectOutcome::default()
        })
    }

    fn after_crash(&self, _: &Value) -> AfterCrash {
        if self.letter {
            AfterCrash::RepeatUnlessSending
        } else {
            AfterCrash::Repeat
        }
    }
}

#[async_trait]
impl TransactionalStep for Scripted {
    async fn run(
        &self,
        _: &mut TenantTx,
        _: &StepContext,
        _: Value,
    ) -> Result<StepOutput, StepError> {
        unreachable!("the store in memory runs it")
    }
}

#[async_trait]
impl WaitingStep for Scripted {
    async fn open(
        &self,
        _: &mut TenantTx,
        _: &StepContext,
        _: Value,
    ) -> std::result::Result<Opened, StepError> {
        unreachable!("the store in memory opens")
    }

    async fn resolved(
        &self,
        _: &mut TenantTx,
        _: &StepContext,
        _: &Value,
        _: &Value,
    ) -> std::result::Result<StepOutput, StepError> {
        unreachable!("the store in memory attends")
    }

    async fn due(
        &self,
        _: &mut TenantTx,
        _: &StepContext,
        _: &Value,
        _: u32,
    ) -> std::result::Result<Due, StepError> {
        unreachable!("the store in memory attends")
    }
}

pub(super) fn registry(world: &Arc<World>) -> StepRegistry {
    let mut registry = crate::steps::testing::registry();
    let any = |type_| StepTypeInfo {
        type_,
        config_schema: json!({"type": "object"}),
        ..StepTypeInfo::default()
    };
    let scripted = |letter, plain| {
        Arc::new(Scripted {
            world: Arc::clone(world),
            letter,
            plain,
        })
    };
    registry
        .add_step(any("effect"), StepKind::Effect(scripted(false, true)))
        .unwrap();
    registry
        .add_step(any("letter"), StepKind::Effect(scripted(true, false)))
        .unwrap();
    registry
        .add_step(any("card"), StepKind::Effect(scripted(true, true)))
        .unwrap();
    registry
        .add_step(any("parcel"), StepKind::Effect(scripted(false, false)))
        .unwrap();
    registry
        .add_step(any("row"), StepKind::Transactional(scripted(false, false)))
        .unwrap();
    registry
        .add_step(any("child"), StepKind::Waiting(scripted(false, false)))
        .unwrap();
    registry
}
