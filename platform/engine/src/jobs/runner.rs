use super::JobHandler;
use super::claim::{self, Answer, Ask, Claimed, Seen};
use super::finish::{self, Finished};
use super::heartbeat::{self, Held, HeldLease, Strays};
use super::seats::{Desk, Ids, Seats};
use super::shares::Shares;
use crate::calm;
use crate::wake::Wake;
use platform_db::Database;
use platform_kernel::id::WorkerId;
use platform_kernel::{Result, task};
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};
use tokio::runtime::Handle;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, mpsc};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use uuid::Uuid;

/// Failed turns in a row, five minutes apart at last, after which somebody has to look at a run.
const MAX_RUN_ATTEMPTS: i32 = 100;
/// A claim begins this many times what the last one took after it, so that under load, when claims
/// take longer, each takes more jobs and Postgres spends a bounded part of its time on them. The
/// first one after a pause never waits.
const PACE: u32 = 4;
/// The shortest and the longest distance between two claims.
const PACES: (Duration, Duration) = (Duration::from_millis(2), Duration::from_millis(20));
/// One claim in so many takes the oldest jobs of a party, whatever their lane.
const AGED: u32 = 8;
/// A party that holds this part of the slots gets no more without the queue.
const SEATED: usize = 16;
/// Of the time to drain, what is kept for writing down how turns ended.
const WRITING: Duration = Duration::from_secs(5);

/// How a worker works.
#[derive(Clone, Debug)]
pub struct RunnerConfig {
    /// Shown to operators, for example the host's name.
    pub name: String,
    /// Turns at once.
    pub concurrency: usize,
    /// Shortest and longest time between looks at the queue when nobody wakes the worker.
    pub poll: (Duration, Duration),
    pub heartbeat: Duration,
    /// After this long without a heartbeat the worker's jobs are taken over.
    pub dead_after: Duration,
    /// Time to end once the process is told to: the turns in hand, and writing them down.
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
            poll: (Duration::from_millis(200), Duration::from_secs(1)),
            heartbeat: Duration::from_secs(2),
            dead_after: Duration::from_secs(10),
            drain: Duration::from_secs(25),
            max_attempts: 12,
            max_takeovers: 5,
        }
    }
}

/// Claims jobs and runs their handlers.
pub struct Runner {
    shared: Arc<Shared>,
}

pub(super) struct Shared {
    pub(super) id: WorkerId,
    pub(super) db: Database,
    wake: Wake,
    config: RunnerConfig,
    handlers: HashMap<&'static str, Arc<dyn JobHandler>>,
    kinds: Vec<&'static str>,
    pub(super) slots: Arc<Semaphore>,
    /// A turn has ended.
    freed: Notify,
    shares: Mutex<Shares>,
    held: Held,
    /// Where turns begin; none before the worker is known to the others and once it is ending.
    desk: RwLock<Option<Desk>>,
    pub(super) ids: Ids,
    /// Whether the last claim left work that is due.
    left: AtomicBool,
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
        let handlers: HashMap<_, _> = handlers.into_iter().map(|h| (h.kind(), h)).collect();
        Self {
            shared: Arc::new(Shared {
                id,
                db,
                wake,
                config,
                kinds: handlers.keys().copied().collect(),
                handlers,
                slots,
                freed: Notify::new(),
                shares: Mutex::default(),
                held: Held::default(),
                desk: RwLock::default(),
                ids: Ids::default(),
                left: AtomicBool::default(),
            }),
        }
    }

    /// Works until `shutdown`; then finishes or puts down what is in hand, and returns.
    pub async fn run(self, shutdown: CancellationToken) -> Result<()> {
        let shared = self.shared;
        if !shared.first_beat(&shutdown).await {
            return Ok(());
        }
        let background = CancellationToken::new();
        // Dropped in the middle, the worker is dead, and must not say that it is alive.
        let _guard = background.clone().drop_guard();
        let tasks = TaskTracker::new();
        tasks.spawn(Arc::clone(&shared).keep_alive(background.clone()));
        tasks.spawn(shared.wake.clone().listen(background.clone()));
        let (ends, receiver) = mpsc::channel(1_024);
        let finisher = task::spawn(finish::write(
            shared.db.clone(),
            shared.id,
            shared.held.clone(),
            receiver,
        ));
        let desk = Desk {
            turns: TaskTracker::new(),
            ends,
            runtime: Handle::current(),
        };
        shared.open(&desk);
        shared.claim_until(&shutdown, &desk).await;
        shared.drain(&desk.turns).await;
        drop(desk);
        let written = tokio::time::timeout(WRITING, finisher).await;
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

    /// Waits for the database where it is away; answers whether the worker is to work.
    async fn first_beat(&self, shutdown: &CancellationToken) -> bool {
        loop {
            let Err(error) = self.beat().await else {
                return true;
            };
            tracing::warn!(%error, "the worker waits for the database");
            tokio::select! {
                () = shutdown.cancelled() => return false,
                () = tokio::time::sleep(self.config.poll.1) => {}
            }
        }
    }

    async fn claim_until(self: &Arc<Self>, shutdown: &CancellationToken, desk: &Desk) {
        let mut start = Uuid::nil();
        let mut next_claim = tokio::time::Instant::now();
        loop {
            // While every slot is taken nobody asks the database.
            let first = tokio::select! {
                () = shutdown.cancelled() => return,
                permit = Arc::clone(&self.slots).acquire_owned() => permit,
            };
            let Ok(first) = first else { return };
            tokio::select! {
                () = shutdown.cancelled() => return,
                () = tokio::time::sleep_until(next_claim) => {}
            }
            if self.shares().most_in_hand() > self.seats() {
                calm::stand_still().await;
            }
            let begun = tokio::time::Instant::now();
            let free = self.slots.available_permits() + 1;
            let answer = self.claim(free, start).await.unwrap_or_else(|error| {
                tracing::warn!(%error, "jobs could not be claimed");
                Answer::default()
            });
            next_claim = begun + (begun.elapsed() * PACE).clamp(PACES.0, PACES.1);
            start = answer.next.unwrap_or_default();
            let (found, seen) = (answer.jobs.len(), answer.seen());
            let left = seen.left || !start.is_nil();
            self.left.store(left, Ordering::Relaxed);
            let mut first = Some(first);
            for job in answer.jobs {
                let permit = match first.take() {
                    Some(permit) => Ok(permit),
                    None => Arc::clone(&self.slots).acquire_owned().await,
                };
                let Ok(permit) = permit else { return };
                let turn = Arc::clone(self).turn(job, permit, desk.ends.clone());
                desk.turns.spawn(turn);
            }
            drop(first);
            if found < free && start.is_nil() {
                self.rest(shutdown, seen).await;
            }
        }
    }

    async fn claim(&self, free: usize, start: Uuid) -> Result<Answer> {
        let ask = Ask {
            worker: self.id,
            kinds: &self.kinds,
            free,
            start,
            aged: rand::random_ratio(1, AGED),
            standing: self.shares().standing(Instant::now()),
        };
        let answer = claim::claim(&self.db, ask).await?;
        metrics::counter!("auterity_engine_jobs_claimed_total").increment(answer.jobs.len() as u64);
        metrics::gauge!("auterity_engine_parties_ready").set(answer.parties as f64);
        answer.jobs.iter().for_each(|claimed| self.hold(claimed));
        Ok(answer)
    }

    /// From here on the job is this worker's.
    pub(super) fn hold(&self, claimed: &Claimed) {
        let lane = claimed.lane.as_str();
        metrics::histogram!("auterity_engine_claim_lag_seconds", "lane" => lane)
            .record(claimed.waited.as_secs_f64());
        let job = &claimed.job;
        self.shares().begin(claimed.party(), Instant::now());
        let lease = HeldLease {
            epoch: job.lease_epoch,
            wake: claimed.wake,
            lease: job.lease.clone(),
        };
        self.held.with(|held| held.insert(job.id, lease));
    }

    /// Lets those who accept runs in this process begin them here.
    fn open(self: &Arc<Self>, desk: &Desk) {
        self.set_desk(Some(desk.clone()));
        if self.handlers.contains_key(crate::accept::EXECUTION) {
            self.ids.fetch_ahead(&self.db, &desk.runtime);
            self.wake.seat(Seats(Arc::downgrade(self)));
        }
    }

    fn set_desk(&self, to: Option<Desk>) {
        *self.desk.write().unwrap_or_else(PoisonError::into_inner) = to;
    }

    /// Where turns begin, unless the worker is ending.
    pub(super) fn desk(&self) -> Option<Desk> {
        let desk = self.desk.read().unwrap_or_else(PoisonError::into_inner);
        desk.clone()
    }

    /// For how many turns `party` has room without the queue: a small part of the slots, so that a
    /// busy party's work comes from the queue, where it takes turns with the others'. While due
    /// work is left there, that is none for who has something in hand, so that nothing of his
    /// overtakes what waits.
    pub(super) fn room(&self, party: Uuid) -> usize {
        let in_hand = self.shares().in_hand(party);
        if in_hand > 0 && self.left.load(Ordering::Relaxed) {
            return 0;
        }
        self.seats().saturating_sub(in_hand)
    }

    /// Who has more turns in hand than this is busy.
    fn seats(&self) -> usize {
        (self.config.concurrency / SEATED).max(1)
    }

    fn shares(&self) -> std::sync::MutexGuard<'_, Shares> {
        self.shares.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until somebody wakes the worker, a job that rests is due, or the poll's time comes;
    /// and where due work was left because its party has no room, until a turn ends.
    async fn rest(&self, shutdown: &CancellationToken, seen: Seen) {
        let (shortest, longest) = self.config.poll;
        let jitter = rand::random::<f64>();
        let mut wait = shortest + (longest.saturating_sub(shortest)).mul_f64(jitter);
        if let Some(due_in) = seen.due_in {
            wait = wait.min(due_in.max(Duration::from_millis(1)));
        }
        tokio::select! {
            () = shutdown.cancelled() => {}
            () = self.wake.woken() => {}
            () = self.freed.notified(), if seen.left => {}
            () = tokio::time::sleep(wait) => {}
        }
    }

    pub(super) async fn turn(
        self: Arc<Self>,
        claimed: Claimed,
        permit: OwnedSemaphorePermit,
        ends: mpsc::Sender<Finished>,
    ) {
        let begun = Instant::now();
        let finished = self.take_turn(&claimed).await;
        self.shares()
            .end(claimed.party(), begun.elapsed(), Instant::now());
        drop(permit);
        self.freed.notify_one();
        match finished {
            // The lease is held until its end is written. The receiver outlives the turns.
            Some(finished) => drop(ends.send(finished).await),
            None => self.held.let_go(claimed.job.id, claimed.job.lease_epoch),
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
        let turn = async move { handler.run(&work).await };
        // A task of its own, so that a panic ends the turn and not the worker.
        let turn = if self.shares().in_hand(claimed.party()) > self.seats() {
            task::spawn(calm::yielding(turn))
        } else {
            task::spawn(turn)
        };
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
            let drain = self.config.drain;
            drain.saturating_sub(WRITING).max(drain / 2)
        };
        tokio::time::sleep(grace).await;
    }

    async fn drain(&self, turns: &TaskTracker) {
        // From here on nothing begins without the queue; what has a seat already is waited for.
        self.set_desk(None);
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
        let mut strays = Strays::default();
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
            }
            self.take_over().await;
            if last_beat.elapsed() > self.config.dead_after * 2 / 3 {
                // Others may take the jobs over any moment; nothing more may begin here.
                self.held.tell_all(platform_db::jobs::Lease::lose);
            } else {
                self.look(&mut strays).await;
            }
            metrics::gauge!("auterity_engine_turns_in_hand")
                .set(self.held.with(|held| held.len()) as f64);
        }
    }

    async fn look(&self, strays: &mut Strays) {
        match heartbeat::look(&self.db, self.id, &self.held, strays).await {
            Ok(0) => {}
            Ok(jobs) => {
                tracing::warn!(jobs, "gave back leases that nobody here knew of");
                metrics::counter!("auterity_engine_strays_total").increment(jobs as u64);
                self.wake.wake();
            }
            Err(error) => tracing::warn!(%error, "the leases in hand could not be checked"),
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
