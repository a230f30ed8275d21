//! Telling workers that there is something to do: in this process at once, in others through
//! Redis, and whoever hears neither finds it by polling.

use crate::jobs::seats::{Seat, Seats};
use crate::model::Execution;
use moka::sync::Cache;
use platform_db::Redis;
use platform_kernel::id::{ExecutionId, TenantId};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// The channel on which processes wake each other; a message says nothing but whose it is.
pub const WAKE_CHANNEL: &str = "auterity:wake";
/// Wake-ups within this time are one message.
const COALESCE: Duration = Duration::from_millis(2);
/// Runs on their way from acceptance to a worker of the same process, and for how long they are
/// kept: another process may have taken them.
const HANDED: u64 = 2_000;
const HANDED_FOR: Duration = Duration::from_secs(10);
const RECONNECT: Duration = Duration::from_secs(2);

/// Wakes the workers of every process.
#[derive(Clone)]
pub struct Wake(Arc<Inner>);

struct Inner {
    notify: Notify,
    /// Whose messages come back and are not heeded: the sender has woken already.
    origin: String,
    handed: Cache<ExecutionId, Execution>,
    seats: OnceLock<Seats>,
    redis: Option<Redis>,
    /// Whether a message is about to be published.
    pending: AtomicBool,
}

impl Wake {
    /// Without Redis, other processes find work by polling.
    pub fn new(redis: Option<Redis>) -> Self {
        Self(Arc::new(Inner {
            notify: Notify::new(),
            origin: Uuid::now_v7().to_string(),
            handed: Cache::builder()
                .max_capacity(HANDED)
                .time_to_live(HANDED_FOR)
                .build(),
            seats: OnceLock::new(),
            redis,
            pending: AtomicBool::new(false),
        }))
    }

    /// Wakes, after a commit that made work: [`platform_db::Database::on_enqueued`] calls it.
    pub fn wake(&self) {
        self.0.notify.notify_one();
        if self.0.redis.is_none() || self.0.pending.swap(true, Ordering::AcqRel) {
            return;
        }
        let inner = Arc::clone(&self.0);
        platform_kernel::task::spawn(async move {
            tokio::time::sleep(COALESCE).await;
            inner.pending.store(false, Ordering::Release);
            if let Some(redis) = &inner.redis {
                redis.publish(WAKE_CHANNEL, &inner.origin).await;
            }
        });
    }

    /// Says that this process has a worker; it has one at most.
    pub(crate) fn seat(&self, seats: Seats) {
        // Said twice, the first one stands, and the other's work goes through the queue.
        let _ = self.0.seats.set(seats);
    }

    /// Seats for runs of `tenant` that are about to be accepted; none where no worker is here.
    pub(crate) fn seats(&self, tenant: TenantId, most: usize) -> Vec<Seat> {
        let seats = self.0.seats.get();
        seats.map_or_else(Vec::new, |seats| seats.take(tenant, most))
    }

    /// Hands a run that was just accepted to a worker of this process, which then need not read
    /// what was just written.
    pub(crate) fn hand(&self, execution: Execution) {
        self.0.handed.insert(execution.id, execution);
    }

    /// A run that was handed over, once.
    pub(crate) fn handed(&self, id: ExecutionId) -> Option<Execution> {
        self.0.handed.remove(&id)
    }

    /// Wakes this process only.
    pub fn wake_here(&self) {
        self.0.notify.notify_one();
    }

    pub(crate) async fn woken(&self) {
        self.0.notify.notified().await;
    }

    /// Passes the wake-ups of other processes on until `shutdown`.
    pub(crate) async fn listen(self, shutdown: CancellationToken) {
        let Some(redis) = self.0.redis.clone() else {
            return;
        };
        let listen = async {
            loop {
                if let Ok(mut messages) = redis.subscribe(&[WAKE_CHANNEL]).await {
                    while let Some((_, origin)) = messages.next().await {
                        if origin != self.0.origin {
                            self.wake_here();
                        }
                    }
                }
                tokio::time::sleep(RECONNECT).await;
            }
        };
        tokio::select! {
            () = shutdown.cancelled() => {}
            () = listen => {}
        }
    }
}
