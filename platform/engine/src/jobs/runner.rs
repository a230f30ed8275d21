use super::JobHandler;
use super::claim::{self, Claimed};
use super::finish::{self, Finished};
use super::heartbeat::{self, Held, HeldLease};
use crate::wake::Wake;
use platform_db::Database;
use platform_kernel::id::WorkerId;
use platform_kernel::{Result, clock, task};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use uuid::Uuid;

/// Failed turns in a row, five minutes apart at last, after which somebody has to look at a run.
const MAX_RUN_ATTEMPTS: i32 = 100;

/// How a worker works.
#[derive(Clone, Debug)]
pub struct RunnerConfig {
    /// Shown to operators, for example the host's name.
    pub name: String,
    /// Turns at once.
    pub concurrency: usize,
    /// Of these, turns of one tenant.
    pub per_tenant: usize,
    /// Shortest and longest time between looks at the queue when nobody wakes the worker.
    pub poll: (Duration, Duration),
    pub heartbeat: Duration,
    /// After this long without a heartbeat the worker's jobs are taken over.
    pub dead_after: Duration,
    /// How long turns may go on once the process is to end.
    pub drain: Duration,
    /// Failed turns in a row after which a job is given up, unless it is a run.
    pub max_attempts: i32,
    /// Workers lost in a row after which a job is given up, unless it is a run.
    pub max_takeovers: i32,
}

impl Default for RunnerConfig {
    fn default() -> Self {
        Self {
            name: "worker".to_owned(),
            concurrency: 64,
            per_tenant: 48,
            poll: (Duration::from_millis(200), Duration::from_secs(1)),
            heartbeat: Duration::from_secs(3),
            dead_after: Duration::from_secs(15),
            drain: Duration::from_secs(8),
            max_attempts: 12,
            max_takeovers: 5,
        }
    }
}

/// Claims jobs and runs their handlers.
pub struct Runner {
    shared: Arc<Shared>,
}

struct Shared {
    id: WorkerId,
    db: Database,
    wake: Wake,
    config: RunnerConfig,
    handlers: HashMap<&'static str, Arc<dyn JobHandler>>,
    slots: Arc<Semaphore>,
    per_tenant: Mutex<HashMap<Uuid, usize>>,
    held: Held,
}

impl Runner {
    /// A worker under an id of its own; two handlers of one kind are a mistake of the wiring,
    /// of which the later one stands.
    pub fn new(
        db: Database,
        wake: Wake,
        handlers: Vec<Arc<dyn JobHandler>>,
        config: RunnerConfig,
    ) -> Self {
        Self::with_id(WorkerId::new(), db, wake, handlers, config)
    }

    /// A worker under a given id, for handlers that must know whose leases they hold.
    pub fn with_id(
        id: WorkerId,
        db: Database,
        wake: Wake,
        handlers: Vec<Arc<dyn JobHandler>>,
        config: RunnerConfig,
    ) -> Self {
        let slots = Arc::new(Semaphore::new(config.concurrency));
        let handlers = handlers.into_iter().map(|h| (h.kind(), h)).collect();
        Self {
            shared: Arc::new(Shared {
                id,
                db,
                wake,
                config,
                handlers,
                slots,
                per_tenant: Mutex::default(),
                held: Held::default(),
            }),
        }
    }

    /// Works until `shutdown`; then finishes or puts down what is in hand, and returns.
    pub async fn run(self, shutdown: CancellationToken) -> Result<()> {
        let shared = self.shared;
        shared.beat().await?;
        let background = CancellationToken::new();
        // Dropped in the middle, the worker is dead, and must not say that it is alive.
        let _guard = background.clone().drop_guard();
        let tasks = TaskTracker::new();
        tasks.spawn(Arc::clone(&shared).keep_alive(background.clone()));
        tasks.spawn(shared.wake.clone().listen(background.clone()));
        let (ends, receiver) = mpsc::channel(1_024);
        let finisher = task::spawn(finish::write(shared.db.clone(), shared.id, receiver));
        let turns = TaskTracker::new();
        shared.claim_until(&shutdown, &turns, &ends).await;
        shared.drain(&turns).await;
        drop(ends);
        let written = tokio::time::timeout(Duration::from_secs(5), finisher).await;
        background.cancel();
        tasks.close();
        tasks.wait().await;
        if written.is_ok() {
            heartbeat::leave(&shared.db, shared.id).await?;
        }
        Ok(())
    }
}

impl Shared {
    async fn beat(&self) -> Result<()> {
        let config = &self.config;
        heartbeat::beat(&self.db, self.id, &config.name, config.dead_after).await
    }

    async fn claim_until(
        self: &Arc<Self>,
        shutdown: &CancellationToken,
        turns: &TaskTracker,
        ends: &mpsc::Sender<Finished>,
    ) {
        while !shutdown.is_cancelled() {
            // While every slot is taken nobody asks the database.
            let first = tokio::select! {
                () = shutdown.cancelled() => return,
                permit = Arc::clone(&self.slots).acquire_owned() => permit,
            };
            let Ok(first) = first else { return };
            let free = self.slots.available_permits() + 1;
            let claimed = match self.claim(free).await {
                Ok(claimed) => claimed,
                Err(error) => {
                    tracing::warn!(%error, "jobs could not be claimed");
                    Vec::new()
                }
            };
            let found = claimed.len();
            let mut first = Some(first);
            for job in claimed {
                let permit = match first.take() {
                    Some(permit) => Ok(permit),
                    None => Arc::clone(&self.slots).acquire_owned().await,
                };
                let Ok(permit) = permit else { return };
                turns.spawn(Arc::clone(self).turn(job, permit, ends.clone()));
            }
            drop(first);
            if found < free {
                self.rest(shutdown).await;
            }
        }
    }

    async fn claim(&self, limit: usize) -> Result<Vec<Claimed>> {
        let kinds: Vec<&'static str> = self.handlers.keys().copied().collect();
        let busy: Vec<Uuid> = {
            let counts = self.tenants();
            let full = counts.iter().filter(|(_, n)| **n >= self.config.per_tenant);
            full.map(|(tenant, _)| *tenant).collect()
        };
        let claimed = claim::claim(&self.db, self.id, &kinds, &busy, limit).await?;
        metrics::counter!("auterity_engine_jobs_claimed_total").increment(claimed.len() as u64);
        for claimed in &claimed {
            let lag = (clock::now() - claimed.run_at).as_seconds_f64().max(0.0);
            metrics::histogram!("auterity_engine_claim_lag_seconds").record(lag);
            self.hold(claimed);
        }
        Ok(claimed)
    }

    fn hold(&self, claimed: &Claimed) {
        let job = &claimed.job;
        if let Some(tenant) = job.tenant_id {
            *self.tenants().entry(tenant.0).or_default() += 1;
        }
        let lease = HeldLease {
            epoch: job.lease_epoch,
            wake: claimed.wake,
            lease: job.lease.clone(),
        };
        self.held.with(|held| held.insert(job.id, lease));
    }

    fn release(&self, claimed: &Claimed) {
        let job = &claimed.job;
        if let Some(tenant) = job.tenant_id {
            let mut counts = self.tenants();
            if let Some(count) = counts.get_mut(&tenant.0) {
                *count -= 1;
                if *count == 0 {
                    counts.remove(&tenant.0);
                }
            }
        }
        self.held.with(|held| held.remove(&job.id));
    }

    fn tenants(&self) -> std::sync::MutexGuard<'_, HashMap<Uuid, usize>> {
        self.per_tenant
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until somebody wakes the worker, a job that rests is due, or the poll's time comes.
    async fn rest(&self, shutdown: &CancellationToken) {
        let (shortest, longest) = self.config.poll;
        let jitter = rand::random::<f64>();
        let mut wait = shortest + (longest.saturating_sub(shortest)).mul_f64(jitter);
        let kinds: Vec<&'static str> = self.handlers.keys().copied().collect();
        if let Ok(Some(due)) = claim::next_due(&self.db, &kinds).await {
            let until = (due - clock::now()).to_std().unwrap_or_default();
            wait = wait.min(until.max(Duration::from_millis(1)));
        }
        tokio::select! {
            () = shutdown.cancelled() => {}
            () = self.wake.woken() => {}
            () = tokio::time::sleep(wait) => {}
        }
    }

    async fn turn(
        self: Arc<Self>,
        claimed: Claimed,
        permit: OwnedSemaphorePermit,
        ends: mpsc::Sender<Finished>,
    ) {
        let finished = self.take_turn(&claimed).await;
        self.release(&claimed);
        drop(permit);
        if let Some(finished) = finished {
            // The receiver outlives the turns.
            let _ = ends.send(finished).await;
        }
    }

    async fn take_turn(&self, claimed: &Claimed) -> Option<Finished> {
        let job = &claimed.job;
        let is_run = job.kind == crate::accept::EXECUTION;
        if !is_run && job.takeovers > self.config.max_takeovers {
            return Some(finish::poisoned(claimed));
        }
        let Some(handler) = self.handlers.get(job.kind.as_str()) else {
            return Some(Finished::given_back(claimed));
        };
        let begun = Instant::now();
        let handler = Arc::clone(handler);
        let work = job.clone();
        // A task of its own, so that a panic ends the turn and not the worker.
        let turn = task::spawn(async move { handler.run(&work).await });
        let abort = turn.abort_handle();
        let result = tokio::select! {
            result = turn => result,
            () = self.cut_off(claimed) => {
                abort.abort();
                return Some(Finished::given_back(claimed));
            }
        };
        let result = result.unwrap_or_else(|stopped| {
            Err(platform_kernel::Error::internal(format!(
                "the turn broke off: {stopped}"
            )))
        });
        metrics::histogram!("auterity_engine_turn_seconds", "kind" => job.kind.clone())
            .record(begun.elapsed().as_secs_f64());
        if job.lease.is_given() {
            return None;
        }
        let max_attempts = if is_run {
            MAX_RUN_ATTEMPTS
        } else {
            self.config.max_attempts
        };
        Some(Finished::after(claimed, result, max_attempts))
    }

    /// Returns when the turn has had its time to end.
    async fn cut_off(&self, claimed: &Claimed) {
        let lease = &claimed.job.lease;
        lease.ending().await;
        if lease.is_given() {
            std::future::pending::<()>().await;
        }
        let grace = if lease.is_lost() {
            Duration::from_secs(1)
        } else {
            self.config.drain
        };
        tokio::time::sleep(grace).await;
    }

    async fn drain(&self, turns: &TaskTracker) {
        turns.close();
        let held = self.held.with(|held| held.len());
        if held > 0 {
            tracing::info!(jobs = held, "finishing what is in hand");
        }
        self.held.tell_all(platform_db::jobs::Lease::drain);
        turns.wait().await;
    }

    /// Heartbeat, take-over of the dead, and news for the turns in hand.
    async fn keep_alive(self: Arc<Self>, shutdown: CancellationToken) {
        let look = Duration::from_secs(1).min(self.config.heartbeat);
        let mut last_beat = Instant::now();
        let mut beat_due = Instant::now();
        loop {
            tokio::select! {
                () = shutdown.cancelled() => return,
                () = tokio::time::sleep(look) => {}
            }
            if Instant::now() >= beat_due {
                beat_due = Instant::now() + self.config.heartbeat;
                match self.beat().await {
                    Ok(()) => last_beat = Instant::now(),
                    Err(error) => tracing::warn!(%error, "no heartbeat"),
                }
                self.take_over().await;
            }
            if last_beat.elapsed() > self.config.dead_after * 2 / 3 {
                // Others may take the jobs over any moment; nothing more may begin here.
                self.held.tell_all(platform_db::jobs::Lease::lose);
            } else if let Err(error) = heartbeat::look(&self.db, self.id, &self.held).await {
                tracing::warn!(%error, "the leases in hand could not be checked");
            }
            metrics::gauge!("auterity_engine_turns_in_hand")
                .set(self.held.with(|held| held.len()) as f64);
        }
    }

    async fn take_over(&self) {
        match heartbeat::take_over(&self.db).await {
            Ok(0) => {}
            Ok(jobs) => {
                tracing::warn!(jobs, "took over the jobs of lost workers");
                metrics::counter!("auterity_engine_takeovers_total").increment(jobs as u64);
                self.wake.wake();
            }
            Err(error) => tracing::warn!(%error, "lost workers could not be looked for"),
        }
    }
}
