//! One call to the outside: within its time, with its handover marked.

use super::Turn;
use crate::log::Stop;
use crate::step::{AfterCrash, EffectContext, EffectOutcome, EffectStep, StepContext};
use crate::store::Store;
use async_trait::async_trait;
use platform_kernel::id::ExecutionId;
use platform_kernel::ports::{CallError, Fate, Handover};
use platform_kernel::tenant::TenantContext;
use serde_json::Value;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Calls within the time there is.
pub(super) async fn call(
    effect: &Arc<dyn EffectStep>,
    context: &StepContext,
    request: &Value,
    mark: &Mark,
    timeout: Duration,
    abort: CancellationToken,
) -> Result<EffectOutcome, CallError> {
    let effect_context = EffectContext {
        step: context,
        key: &context.key,
        handover: mark,
        timeout,
    };
    tokio::select! {
        result = effect.call(&effect_context, request) => result.map_err(|error| {
            // What harms nobody a second time need not be known: it is tried again.
            let harmless = || effect.after_crash(request) == AfterCrash::Repeat;
            let fate = match error.fate {
                Fate::Unknown if harmless() => Fate::Retry,
                fate => fate,
            };
            CallError { fate, ..error }
        }),
        () = tokio::time::sleep(timeout) => {
            let message = format!("There was no answer within {} seconds.", timeout.as_secs());
            let unknown = match effect.after_crash(request) {
                AfterCrash::Repeat => false,
                AfterCrash::RepeatUnlessSending => mark.marked.load(Ordering::Acquire),
                AfterCrash::Unknown => true,
            };
            Err(if unknown {
                CallError::unknown("timeout", message)
            } else {
                CallError::retry("timeout", message)
            })
        }
        () = abort.cancelled() => {
            Err(CallError::fatal("cut_off", "The run ended before the answer came."))
        }
    }
}

/// Marks the handover durably, under the lease's epoch.
pub(super) struct Mark {
    store: Arc<dyn Store>,
    tenant: TenantContext,
    execution_id: ExecutionId,
    epoch: i64,
    key: String,
    marked: AtomicBool,
}

impl Mark {
    pub(super) fn new(turn: &Turn, key: &str) -> Self {
        Self {
            store: Arc::clone(&turn.store),
            tenant: turn.tenant.clone(),
            execution_id: turn.execution_id,
            epoch: turn.job.lease_epoch,
            key: key.to_owned(),
            marked: AtomicBool::new(false),
        }
    }
}

#[async_trait]
impl Handover for Mark {
    async fn mark(&self) -> Result<(), CallError> {
        if self.marked.load(Ordering::Acquire) {
            return Ok(());
        }
        let marked = self
            .store
            .mark_sending(&self.tenant, self.execution_id, self.epoch, &self.key)
            .await;
        match marked {
            Ok(()) => {
                self.marked.store(true, Ordering::Release);
                Ok(())
            }
            Err(Stop::Fenced) => {
                let message = "Another worker has taken the run over.";
                Err(CallError::retry("lease_lost", message))
            }
            Err(Stop::Fault(error)) => {
                tracing::warn!(%error, "a handover could not be marked");
                let message = "The handover could not be written down.";
                Err(CallError::retry("unavailable", message))
            }
        }
    }
}
