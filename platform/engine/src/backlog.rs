//! How much of a dealership's work may wait at once: what comes on top is refused and not queued,
//! so that whoever sends it slows down.

use crate::accept::EXECUTION;
use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Text, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use moka::future::Cache;
use platform_db::jobs::Lane;
use platform_db::{Database, statement};
use platform_kernel::id::TenantId;
use platform_kernel::{Error, ErrorCode, Result};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

/// How long a count holds. In this time a dealership may overrun its limit by what other processes
/// let pass.
const FRESH: Duration = Duration::from_millis(500);
/// For how long a count that was far from the limit lets a dealership's work pass while the next
/// one is made.
const FAR: Duration = Duration::from_secs(10);
/// When a sender that was refused may come again.
const RETRY: Duration = Duration::from_secs(10);

/// Refuses work of dealerships that have too much waiting.
#[derive(Clone)]
pub struct Backlog {
    db: Database,
    limit: i64,
    counts: Cache<TenantId, Arc<Waiting>>,
    /// The last counts, for somewhat longer.
    last: moka::sync::Cache<TenantId, Arc<Waiting>>,
}

/// What waited when it was counted, and what was let pass by this process since.
#[derive(Debug, Default)]
struct Waiting {
    counted: i64,
    passed: AtomicI64,
}

impl Waiting {
    fn now(&self) -> i64 {
        self.counted + AtomicI64::load(&self.passed, Ordering::Relaxed)
    }
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    n: i64,
}

/// Runs that are due and were never begun, counted up to a limit in each lane.
const COUNT: &str = "WITH ask AS (SELECT $1::uuid AS party, $2::text AS kind, $3::bigint AS most) \
    SELECT count(*) AS n FROM ask AS a \
    CROSS JOIN unnest('{0,1,2,3}'::smallint[]) AS l(lane) \
    CROSS JOIN LATERAL (SELECT FROM control.jobs AS j \
        WHERE j.party = a.party AND j.lane = l.lane AND j.lease_owner IS NULL AND j.dead_at IS NULL \
        AND j.run_at <= now() AND j.lease_epoch = 0 AND j.kind = a.kind LIMIT a.most) AS waiting";

impl Backlog {
    /// `limit` runs of one dealership may wait to begin; those that people start themselves are
    /// refused from twice as many on.
    pub fn new(db: Database, limit: u32) -> Self {
        let counts = Cache::builder().time_to_live(FRESH).max_capacity(10_000);
        let last = moka::sync::Cache::builder()
            .time_to_live(FAR)
            .max_capacity(10_000);
        Self {
            last: last.build(),
            db,
            limit: limit.into(),
            counts: counts.build(),
        }
    }

    /// Whether another run of `tenant` may be accepted, which then counts as waiting. Every source of
    /// runs asks: requests are refused, schedules and changes of records come again, a step that runs a
    /// workflow waits. Only the error workflow of a run that was accepted itself does not ask. Fails with
    /// `backlog_full`.
    pub async fn check(&self, tenant: TenantId, lane: Lane) -> Result<()> {
        let limit = match lane {
            Lane::Interactive => 2 * self.limit,
            Lane::Event | Lane::Schedule | Lane::Backfill => self.limit,
        };
        let mut waiting = self.waiting(tenant).await?;
        if waiting.now() > limit && waiting.counted <= limit {
            // What was let pass may have begun since.
            self.counts.invalidate(&tenant).await;
            waiting = self.counted(tenant).await?;
        }
        if waiting.now() <= limit {
            waiting.passed.fetch_add(1, Ordering::Relaxed);
            return Ok(());
        }
        metrics::counter!("auterity_engine_backlog_refused_total", "lane" => lane.as_str())
            .increment(1);
        let detail = format!("More than {limit} runs of this dealership wait to begin.");
        Err(ErrorCode::BacklogFull.detail(detail).retry_after(RETRY))
    }

    /// [`Backlog::check`] for work that can come again: whether there is room.
    pub async fn has_room(&self, tenant: TenantId, lane: Lane) -> Result<bool> {
        match self.check(tenant, lane).await {
            Err(error) if error.code() == ErrorCode::BacklogFull => Ok(false),
            checked => checked.map(|()| true),
        }
    }

    /// How many wait; nobody waits for being told that it is far from too many.
    async fn waiting(&self, tenant: TenantId) -> Result<Arc<Waiting>> {
        if let Some(fresh) = self.counts.get(&tenant).await {
            return Ok(fresh);
        }
        match self.last.get(&tenant) {
            Some(last) if last.now() <= self.limit / 2 => {
                let backlog = self.clone();
                platform_kernel::task::spawn(async move {
                    if let Err(error) = backlog.counted(tenant).await {
                        tracing::debug!(%error, "a backlog could not be counted");
                    }
                });
                Ok(last)
            }
            _ => self.counted(tenant).await,
        }
    }

    async fn counted(&self, tenant: TenantId) -> Result<Arc<Waiting>> {
        let count = self.counts.try_get_with(tenant, self.count(tenant));
        count
            .await
            .map_err(|error: Arc<Error>| ErrorCode::Unavailable.because(error))
    }

    async fn count(&self, tenant: TenantId) -> Result<Arc<Waiting>> {
        let mut queue = self.db.queue().await?;
        let count: Count = statement(COUNT)
            .bind::<SqlUuid, _>(tenant.0)
            .bind::<Text, _>(EXECUTION)
            .bind::<BigInt, _>(2 * self.limit + 1)
            .get_result(queue.conn())
            .await?;
        let waiting = Arc::new(Waiting {
            counted: count.n,
            passed: AtomicI64::new(0),
        });
        self.last.insert(tenant, Arc::clone(&waiting));
        Ok(waiting)
    }
}
