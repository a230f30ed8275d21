//! Answering a delivery with what its run gave, where the trigger asks for that.

use super::Hooks;
use moka::sync::Cache;
use platform_engine::Delivery;
use platform_engine::fold::ExecutionStatus;
use platform_engine::model::{Execution, find_execution};
use platform_kernel::Result;
use platform_kernel::id::{ExecutionId, TenantId};
use platform_kernel::tenant::TenantContext;
use serde::Serialize;
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::sync::broadcast::Receiver;
use tokio::time::{Instant, sleep, sleep_until};
use utoipa::ToSchema;

/// The longest time that a delivery may be kept waiting, in seconds.
pub(crate) const LONGEST_WAIT_SECONDS: u64 = 30;
const WAIT_SECONDS: u64 = 10;
/// How many deliveries a process keeps waiting at once; the others are answered at once.
const MOST_WAITING: usize = 500;
/// How many of one dealership.
const MOST_OF_TENANT: usize = 50;
/// How often the run's row is read when no news comes.
const LOOK_AGAIN: Duration = Duration::from_secs(2);

/// The deliveries that wait in this process.
pub(super) struct Waiters {
    all: Semaphore,
    of_tenants: Cache<TenantId, Arc<Semaphore>>,
}

impl Waiters {
    pub(super) fn new() -> Self {
        Self {
            all: Semaphore::new(MOST_WAITING),
            of_tenants: Cache::builder()
                .max_capacity(10_000)
                .time_to_idle(Duration::from_secs(4 * LONGEST_WAIT_SECONDS))
                .build(),
        }
    }

    fn of(&self, tenant: TenantId) -> Arc<Semaphore> {
        let new = || Arc::new(Semaphore::new(MOST_OF_TENANT));
        self.of_tenants.get_with(tenant, new)
    }
}

/// What a run gave, for the sender who waited for it.
#[derive(Debug, Serialize, ToSchema)]
pub struct HookResult {
    pub execution_id: ExecutionId,
    pub status: ExecutionStatus,
    #[schema(value_type = Option<Object>)]
    pub output: Option<Value>,
    /// Why it failed: `code`, `message`, `step_id`.
    #[schema(value_type = Option<Object>)]
    pub error: Option<Value>,
}

/// How long a trigger lets its senders wait for the result; `None` answers at once.
pub(super) fn patience(config: &Value) -> Option<Duration> {
    let respond = config.get("respond")?;
    if respond.get("mode")?.as_str()? != "result" {
        return None;
    }
    let seconds = respond.get("timeout_seconds").and_then(Value::as_u64);
    let seconds = seconds
        .unwrap_or(WAIT_SECONDS)
        .clamp(1, LONGEST_WAIT_SECONDS);
    Some(Duration::from_secs(seconds))
}

impl Hooks {
    /// Waits until the run has ended; `None` when it takes longer, or too many wait already. Only
    /// the waiting hangs on the sender: the run goes on when it is gone.
    pub(super) async fn result_of(
        &self,
        tenant: &TenantContext,
        id: ExecutionId,
        patience: Duration,
    ) -> Result<Option<HookResult>> {
        let own = self.waiting.of(tenant.id);
        let (Ok(_of_tenant), Ok(_of_all)) = (own.try_acquire(), self.waiting.all.try_acquire())
        else {
            return Ok(None);
        };
        let deadline = Instant::now() + patience;
        let mut news = self.live.subscribe();
        loop {
            if let Some(result) = self.ended(tenant, id).await? {
                return Ok(Some(result));
            }
            tokio::select! {
                () = sleep_until(deadline) => return self.ended(tenant, id).await,
                () = end_of(&mut news, tenant.id, id) => {}
                () = sleep(LOOK_AGAIN) => {}
            }
        }
    }

    async fn ended(&self, tenant: &TenantContext, id: ExecutionId) -> Result<Option<HookResult>> {
        let mut tx = self.db.tenant(tenant).await?;
        let execution = find_execution(&mut tx, id).await?;
        Ok(execution.filter(|e| e.status.has_ended()).map(result))
    }
}

fn result(execution: Execution) -> HookResult {
    HookResult {
        execution_id: execution.id,
        status: execution.status,
        output: execution.output,
        error: execution.error,
    }
}

/// Returns when the run is told to have ended, or when news were missed.
async fn end_of(news: &mut Receiver<Delivery>, tenant: TenantId, id: ExecutionId) {
    let id = id.to_string();
    while let Ok(Delivery {
        tenant: of,
        message,
    }) = news.recv().await
    {
        let word = |name: &str| message.data.get(name).and_then(Value::as_str);
        let ended = word("status")
            .and_then(|word| word.parse::<ExecutionStatus>().ok())
            .is_some_and(ExecutionStatus::has_ended);
        if of == tenant && message.type_ == "execution" && ended && word("id") == Some(id.as_str())
        {
            return;
        }
    }
}
