//! Seats for runs that begin in the process that accepted them: their jobs are written already
//! leased, so that nobody has to claim them. See `docs/decisions/0023-begin-where-accepted.md`.

use super::claim::Claimed;
use super::finish::Finished;
use super::runner::Shared;
use crate::accept::EXECUTION;
use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Integer};
use diesel_async::RunQueryDsl;
use platform_db::jobs::{FIRST_EPOCH, Lane, Lease, LeasedJob};
use platform_db::{Database, statement};
use platform_kernel::Result;
use platform_kernel::id::{ExecutionId, TenantId, WorkerId};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, mpsc};
use tokio_util::task::TaskTracker;
use tokio_util::task::task_tracker::TaskTrackerToken;

/// Ids of jobs that are fetched at once, and how many are left when the next are.
const BLOCK: i32 = 1_000;
const LOW: usize = 500;

/// The worker of this process, as those see it who make work.
#[derive(Clone)]
pub(crate) struct Seats(pub(super) Weak<Shared>);

/// A slot of this process's worker and the id of the job that is to take it. Dropped, the slot is
/// free again; the id is never used.
pub(crate) struct Seat {
    shared: Arc<Shared>,
    id: i64,
    permit: OwnedSemaphorePermit,
    desk: Desk,
    /// A worker that is ending waits for it.
    _token: TaskTrackerToken,
}

/// What a turn needs that begins here; a worker that is ending has none.
#[derive(Clone)]
pub(super) struct Desk {
    pub(super) turns: TaskTracker,
    pub(super) ends: mpsc::Sender<Finished>,
    pub(super) runtime: Handle,
}

impl Seats {
    /// As many seats as `tenant` may have, `most` at most. What finds none goes through the queue,
    /// where whoever has had the least goes first.
    pub(crate) fn take(&self, tenant: TenantId, most: usize) -> Vec<Seat> {
        let Some(shared) = self.0.upgrade() else {
            return Vec::new();
        };
        let Some(desk) = shared.desk() else {
            return Vec::new();
        };
        let room = shared.room(tenant.0).min(most);
        let ids = shared.ids.take(&shared.db, room, &desk.runtime);
        let seat = |id| {
            Some(Seat {
                permit: Arc::clone(&shared.slots).try_acquire_owned().ok()?,
                shared: Arc::clone(&shared),
                id,
                _token: desk.turns.token(),
                desk: desk.clone(),
            })
        };
        ids.into_iter().map_while(seat).collect()
    }
}

impl Seat {
    /// The job's id.
    pub(crate) fn job(&self) -> i64 {
        self.id
    }

    /// Who leases the job.
    pub(crate) fn worker(&self) -> WorkerId {
        self.shared.id
    }

    /// Begins the run whose job was written with this seat; call it after the commit.
    pub(crate) fn begin(self, run: ExecutionId, tenant: TenantId, lane: Lane) {
        let claimed = Claimed {
            job: LeasedJob {
                id: self.id,
                kind: EXECUTION.to_owned(),
                key: run.to_string(),
                tenant_id: Some(tenant),
                payload: serde_json::json!({}),
                attempts: 0,
                lease_epoch: FIRST_EPOCH,
                takeovers: 0,
                lease: Lease::default(),
            },
            wake: 0,
            lane,
            waited: Duration::ZERO,
        };
        metrics::counter!("auterity_engine_jobs_seated_total").increment(1);
        self.shared.hold(&claimed);
        if self.shared.desk().is_none() {
            // The worker has told the others already that it is ending.
            claimed.job.lease.drain();
        }
        let Desk {
            turns,
            ends,
            runtime,
        } = self.desk;
        let turn = self.shared.turn(claimed, self.permit, ends);
        turns.spawn_on(turn, &runtime);
    }
}

/// Ids of jobs, fetched ahead.
#[derive(Clone, Default)]
pub(super) struct Ids(Arc<Mutex<Block>>);

#[derive(Default)]
struct Block {
    ids: VecDeque<i64>,
    fetching: bool,
}

#[derive(QueryableByName)]
struct Id {
    #[diesel(sql_type = BigInt)]
    id: i64,
}

impl Ids {
    fn with<T>(&self, f: impl FnOnce(&mut Block) -> T) -> T {
        f(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// `count` ids, or as many as there are. The next ones are fetched meanwhile.
    fn take(&self, db: &Database, count: usize, runtime: &Handle) -> Vec<i64> {
        let taken = self.with(|block| {
            let count = count.min(block.ids.len());
            block.ids.drain(..count).collect()
        });
        self.fetch_ahead(db, runtime);
        taken
    }

    /// Sees to it that there are enough for some time.
    pub(super) fn fetch_ahead(&self, db: &Database, runtime: &Handle) {
        let begin = self
            .with(|block| block.ids.len() < LOW && !std::mem::replace(&mut block.fetching, true));
        if begin {
            let (ids, db) = (self.clone(), db.clone());
            runtime.spawn(async move { ids.fetch(&db).await });
        }
    }

    /// Without ids runs go through the queue, which gives them theirs.
    async fn fetch(&self, db: &Database) {
        let fetched = fetch(db).await;
        self.with(|block| {
            block.fetching = false;
            match fetched {
                Ok(more) => block.ids.extend(more),
                Err(error) => tracing::debug!(%error, "ids of jobs could not be fetched"),
            }
        });
    }
}

async fn fetch(db: &Database) -> Result<Vec<i64>> {
    const FETCH: &str = "SELECT nextval('control.jobs_id_seq') AS id FROM generate_series(1, $1)";
    let mut queue = db.queue().await?;
    let ids: Vec<Id> = statement(FETCH)
        .bind::<Integer, _>(BLOCK)
        .load(queue.conn())
        .await?;
    Ok(ids.into_iter().map(|row| row.id).collect())
}
