//! Evaluates what a dealership wrote (expressions, templates, schemas, whole definitions) without
//! holding up anybody else: light work is done at once, everything else on compute threads, with one
//! evaluation of a dealership at a time and a bounded share of a processor.

use crate::expression::{ExpressionError, Limits, TOO_SLOW, View, resolve_within};
use crate::schema::Schema;
use moka::sync::Cache;
use platform_kernel::compute;
use platform_kernel::id::TenantId;
use platform_kernel::{Error, ErrorCode};
use serde_json::Value;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};

/// How long the caller waits for one evaluation once it has begun.
const WALL_CLOCK: Duration = Duration::from_secs(3);
/// Processor time that a dealership may use ahead of its share.
const BURST: Duration = Duration::from_millis(500);
/// A dealership's share of one processor, for work that is not light.
const SHARE: f64 = 0.25;
/// Dealerships whose share is remembered, and for how long after their last evaluation.
const REMEMBERED: u64 = 10_000;
const MEMORY: Duration = Duration::from_secs(120);
/// How long a request waits for its turn before it is refused.
const PATIENCE: Duration = Duration::from_secs(2);

/// Evaluations that run at the same time: one processor stays free for everything else.
static THREADS: LazyLock<Arc<Semaphore>> = LazyLock::new(|| {
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    Arc::new(Semaphore::new(processors.saturating_sub(1).max(1)))
});

static SHARES: LazyLock<Cache<TenantId, Arc<Share>>> = LazyLock::new(|| {
    Cache::builder()
        .max_capacity(REMEMBERED)
        .time_to_idle(MEMORY)
        .build()
});

/// Why an evaluation gave nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error("{TOO_SLOW}")]
    TooSlow,
    #[error("too many evaluations of this dealership are waiting")]
    Busy,
    #[error("the evaluation broke off")]
    BrokeOff,
}

impl From<Refused> for Error {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::TooSlow => Error::invalid("", "too_slow", TOO_SLOW),
            Refused::Busy => ErrorCode::Unavailable.detail(refused.to_string()),
            Refused::BrokeOff => Error::internal(refused.to_string()),
        }
    }
}

/// How long the caller can wait for its turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waits {
    /// A request: it is refused after some seconds.
    Briefly,
    /// A run: it waits until its dealership's share allows it.
    AsLongAsNeeded,
}

/// One dealership's share of the evaluation threads.
struct Share {
    /// One evaluation at a time.
    turn: Arc<Semaphore>,
    credit: Mutex<Credit>,
}

/// Processor time that is left, as a token bucket.
struct Credit {
    left: f64,
    at: Instant,
}

impl Share {
    fn new() -> Self {
        Self {
            turn: Arc::new(Semaphore::new(1)),
            credit: Mutex::new(Credit {
                left: BURST.as_secs_f64(),
                at: Instant::now(),
            }),
        }
    }

    fn of(tenant: TenantId) -> Arc<Self> {
        SHARES.get_with(tenant, || Arc::new(Self::new()))
    }

    /// How long until the dealership may use a processor again.
    fn wait(&self) -> Duration {
        let mut credit = self.credit.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let earned = now.duration_since(credit.at).as_secs_f64() * SHARE;
        credit.left = (credit.left + earned).min(BURST.as_secs_f64());
        credit.at = now;
        Duration::from_secs_f64((-credit.left / SHARE).max(0.0))
    }

    fn charge(&self, used: Duration) {
        let mut credit = self.credit.lock().unwrap_or_else(PoisonError::into_inner);
        credit.left -= used.as_secs_f64();
    }
}

/// Runs `work` of a dealership on an evaluation thread. It must be bounded by itself: after the wall
/// clock the caller goes on, the thread ends its work.
pub async fn run<T: Send + 'static>(
    tenant: TenantId,
    waits: Waits,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Refused> {
    let share = Share::of(tenant);
    let turn = async {
        let turn = Arc::clone(&share.turn).acquire_owned().await;
        loop {
            let wait = share.wait();
            if wait.is_zero() {
                break;
            }
            sleep(wait).await;
        }
        let thread = Arc::clone(&THREADS).acquire_owned().await;
        (turn, thread)
    };
    let permits = match waits {
        Waits::Briefly => timeout(PATIENCE, turn)
            .await
            .map_err(|_late| Refused::Busy)?,
        Waits::AsLongAsNeeded => turn.await,
    };
    let working = compute::spawn(move || {
        let began = Instant::now();
        let result = work();
        share.charge(began.elapsed());
        drop(permits);
        result
    });
    let working = working.map_err(|_no_threads| Refused::BrokeOff)?;
    match timeout(WALL_CLOCK, working).await {
        Ok(Ok(result)) => Ok(result),
        Ok(Err(_panicked)) => Err(Refused::BrokeOff),
        Err(_late) => Err(Refused::TooSlow),
    }
}

/// Gives `work` a dealership's schema, compiled or with what is wrong with it, and the value that it is
/// for: at once where both are light, else on an evaluation thread.
pub async fn with_schema<T: Send + 'static>(
    tenant: TenantId,
    waits: Waits,
    schema: &Value,
    value: &Value,
    work: impl FnOnce(Result<Arc<Schema>, String>, &Value) -> T + Send + 'static,
) -> Result<T, Refused> {
    if Schema::is_light(schema, value) {
        return Ok(work(Schema::compiled(schema), value));
    }
    let (schema, value) = (schema.clone(), value.clone());
    run(tenant, waits, move || {
        work(Schema::compiled(&schema), &value)
    })
    .await
}

/// The value with every expression in it replaced by what it gives in `view`; templates at the `html`
/// places make HTML. Light work is done before this returns; the future borrows nothing.
pub fn resolve(
    tenant: TenantId,
    waits: Waits,
    value: &Value,
    view: View<'_>,
    html: &[String],
) -> impl Future<Output = Result<Value, ExpressionError>> + Send + use<> {
    // What fails within light limits may succeed within the full ones.
    let light = resolve_within(value, &view, html, &Limits::LIGHT);
    let rest = light.map_err(|_limited| (value.clone(), view.snapshot(), html.to_vec()));
    async move {
        let (value, snapshot, html) = match rest {
            Ok(resolved) => return Ok(resolved),
            Err(rest) => rest,
        };
        let work = move || resolve_within(&value, &snapshot.view(), &html, &Limits::FULL);
        run(tenant, waits, work).await.unwrap_or_else(|refused| {
            Err(ExpressionError {
                pointer: String::new(),
                message: refused.to_string(),
            })
        })
    }
}

#[cfg(test)]
mod tests;
