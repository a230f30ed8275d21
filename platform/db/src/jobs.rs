//! Putting work into the one queue, in the caller's transaction. Who takes it out again is the
//! engine's business.

use crate::statement::statement;
use crate::transaction::{BatchTx, ControlTx, TenantTx};
use chrono::{DateTime, Utc};
use diesel::sql_types::{Jsonb, Nullable, SmallInt, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use platform_kernel::Result;
use platform_kernel::id::{TenantId, WorkerId};
use serde::Serialize;
use serde_json::Value;
use std::sync::Arc;
use tokio::sync::{Notify, watch};
use uuid::Uuid;

/// Which jobs go first when there is more work than hands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i16)]
pub enum Lane {
    /// Somebody waits for it on screen.
    Interactive = 0,
    /// An event from outside.
    Event = 1,
    /// Planned for a time.
    Schedule = 2,
    /// Whenever there is room.
    Backfill = 3,
}

impl Lane {
    /// The lane's word, for metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Interactive => "interactive",
            Self::Event => "event",
            Self::Schedule => "schedule",
            Self::Backfill => "backfill",
        }
    }

    /// The lane of a job's row.
    pub fn of(number: i16) -> Self {
        match number {
            0 => Self::Interactive,
            1 => Self::Event,
            2 => Self::Schedule,
            _ => Self::Backfill,
        }
    }
}

/// Work to be done once, some time after the transaction commits.
#[derive(Clone, Debug)]
pub struct NewJob {
    /// Names the handler, for example `execution` or `send_signup_mail`.
    pub kind: &'static str,
    /// Unique within the kind: enqueuing the same key again wakes the job that is there.
    pub key: String,
    pub lane: Lane,
    pub payload: Value,
    /// Not before this time; `None` is at once by the database's clock, with which no process's
    /// own need agree.
    pub run_at: Option<DateTime<Utc>>,
}

impl NewJob {
    /// A job that may begin at once.
    pub fn new(
        kind: &'static str,
        key: impl ToString,
        lane: Lane,
        payload: &impl Serialize,
    ) -> Result<Self> {
        Ok(Self {
            kind,
            key: key.to_string(),
            lane,
            payload: serde_json::to_value(payload).map_err(platform_kernel::Error::internal)?,
            run_at: None,
        })
    }

    /// The same job, not before `time`.
    #[must_use]
    pub fn at(mut self, time: impl Into<Option<DateTime<Utc>>>) -> Self {
        self.run_at = time.into();
        self
    }
}

/// A job that this process has leased and must work on.
#[derive(Clone, Debug)]
pub struct LeasedJob {
    pub id: i64,
    pub kind: String,
    pub key: String,
    pub tenant_id: Option<TenantId>,
    pub payload: Value,
    /// Turns before this one that ended in an error or never ended.
    pub attempts: i32,
    /// Rises with every lease; what an older lease wants to write is refused.
    pub lease_epoch: i64,
    /// How many workers in a row were lost with the job in their hands.
    pub takeovers: i32,
    /// What happens to the lease while the turn runs.
    pub lease: Lease,
}

impl LeasedJob {
    /// The tenant that the job is of: the row says it, whatever key and payload say.
    ///
    /// # Errors
    /// The job is the platform's own.
    pub fn tenant(&self) -> Result<TenantId> {
        let missing = || {
            let cause = format!("the job {} {} has no tenant", self.kind, self.key);
            platform_kernel::Error::internal(cause)
        };
        self.tenant_id.ok_or_else(missing)
    }
}

/// A lease as the turn that runs under it sees it.
#[derive(Clone, Debug, Default)]
pub struct Lease(Arc<LeaseInner>);

#[derive(Debug, Default)]
struct LeaseInner {
    woken: Notify,
    state: watch::Sender<LeaseState>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd)]
enum LeaseState {
    #[default]
    Held,
    /// The process is ending: finish or stop at the next good place.
    Draining,
    /// Somebody else may have the job; write nothing more.
    Lost,
    /// The turn itself took the job out of the queue.
    Given,
}

impl Lease {
    /// Returns when somebody wants the job to look again.
    pub async fn woken(&self) {
        self.0.woken.notified().await;
    }

    /// Returns when the process is ending or the lease is lost.
    pub async fn ending(&self) {
        let mut state = self.0.state.subscribe();
        // The sender lives in `self`.
        let _ = state.wait_for(|state| *state >= LeaseState::Draining).await;
    }

    pub fn is_draining(&self) -> bool {
        *self.0.state.borrow() >= LeaseState::Draining
    }

    pub fn is_lost(&self) -> bool {
        *self.0.state.borrow() == LeaseState::Lost
    }

    /// Whether the turn deleted the job itself, in the transaction that ended its work.
    pub fn is_given(&self) -> bool {
        *self.0.state.borrow() == LeaseState::Given
    }

    pub fn wake(&self) {
        self.0.woken.notify_one();
    }

    pub fn drain(&self) {
        self.raise(LeaseState::Draining);
    }

    pub fn lose(&self) {
        self.raise(LeaseState::Lost);
    }

    pub fn give(&self) {
        self.raise(LeaseState::Given);
    }

    fn raise(&self, to: LeaseState) {
        self.0.state.send_if_modified(|state| {
            let raised = to > *state;
            if raised {
                *state = to;
            }
            raised
        });
    }
}

/// How a turn at a job ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// There is nothing left to do; the job is deleted.
    Done,
    /// The job rests until then, or until it is woken.
    Again { at: DateTime<Utc> },
}

/// Works on the jobs of one kind. A turn may be repeated after a crash, so it must end in the
/// same state however often it runs. An error is retried with growing waits.
#[async_trait::async_trait]
pub trait JobHandler: Send + Sync {
    fn kind(&self) -> &'static str;

    async fn run(&self, job: &LeasedJob) -> Result<Turn>;
}

/// The queue grows from nothing to a hundred thousand rows between two looks of the statistics, and
/// a plan made when it was empty reads it whole: its statements are planned once, along the indexes.
pub(crate) const PLANNED: &str =
    "SET enable_seqscan = off; SET plan_cache_mode = force_generic_plan; SET jit = off";

/// What is prepared on the connections of [`crate::PipelinedTx`]: parsed and planned anew for each
/// commit, these would cost as much as what they are committed with. The owner is compared so that
/// no plan goes by it: the index on it is full of leases that are over.
pub(crate) const PREPARED: &str = "SET search_path = ''; \
    PREPARE enqueue_new(text, uuid[], uuid[], smallint[]) AS \
    INSERT INTO control.jobs (kind, key, tenant_id, lane) \
    SELECT $1, n.key::text, n.tenant, n.lane FROM unnest($2, $3, $4) AS n(key, tenant, lane); \
    PREPARE enqueue_leased(text, uuid[], uuid[], smallint[], bigint[], uuid, bigint) AS \
    INSERT INTO control.jobs (kind, key, tenant_id, lane, id, lease_owner, lease_epoch) \
    OVERRIDING SYSTEM VALUE SELECT $1, n.key::text, n.tenant, n.lane, n.id, $6, $7 \
    FROM unnest($2, $3, $4, $5) AS n(key, tenant, lane, id); \
    PREPARE delete_leased(bigint[], uuid[], bigint[]) AS DELETE FROM control.jobs AS j \
    USING unnest($1, $2, $3) AS l(id, owner, epoch) WHERE j.id = l.id \
    AND j.lease_owner IS NOT DISTINCT FROM l.owner AND j.lease_epoch = l.epoch";

/// The epoch of a job that was leased when it was written.
pub const FIRST_EPOCH: i64 = 1;

/// A job whose key is a new UUID, so that no job can have it yet.
#[derive(Clone, Copy, Debug)]
pub struct FreshJob {
    pub key: Uuid,
    pub tenant: TenantId,
    pub lane: Lane,
    /// Who leases it from the beginning, and its id, which was fetched before.
    pub leased: Option<(WorkerId, i64)>,
}

/// A job under a lease.
#[derive(Clone, Copy, Debug)]
pub struct JobRef {
    pub id: i64,
    pub owner: WorkerId,
    pub lease_epoch: i64,
}

/// Enqueues jobs of one kind, when a [`crate::PipelinedTx`] is committed with it; of those that are
/// leased, all by one worker.
pub fn enqueue_fresh(kind: &'static str, jobs: &[FreshJob]) -> Option<String> {
    let (leased, new): (Vec<&FreshJob>, Vec<&FreshJob>) =
        jobs.iter().partition(|job| job.leased.is_some());
    let columns = |jobs: &[&FreshJob]| {
        let keys = array(jobs, |job| job.key);
        let tenants = array(jobs, |job| job.tenant);
        let lanes = array(jobs, |job| job.lane as i16);
        format!("'{kind}', {keys}, {tenants}, {lanes}")
    };
    let mut statements = Vec::new();
    let first = leased.as_slice().first();
    if let Some((worker, _)) = first.and_then(|job| job.leased) {
        let ids = array(&leased, |job| job.leased.map_or(0, |(_, id)| id));
        let columns = columns(&leased);
        statements.push(format!(
            "EXECUTE enqueue_leased({columns}, {ids}, '{worker}', {FIRST_EPOCH})"
        ));
    }
    if !new.is_empty() {
        statements.push(format!("EXECUTE enqueue_new({})", columns(&new)));
    }
    (!statements.is_empty()).then(|| statements.join("; "))
}

/// Deletes the jobs that are still under these leases, when a [`crate::PipelinedTx`] is committed
/// with it.
pub fn delete_leased(leases: &[JobRef]) -> String {
    let ids = array(leases, |lease| lease.id);
    let owners = array(leases, |lease| lease.owner);
    let epochs = array(leases, |lease| lease.lease_epoch);
    format!("EXECUTE delete_leased({ids}, {owners}, {epochs})")
}

/// An array's literal, of numbers or UUIDs: nothing that would need quoting.
fn array<R, T: std::fmt::Display>(rows: &[R], column: impl Fn(&R) -> T) -> String {
    let values: Vec<String> = rows.iter().map(|row| column(row).to_string()).collect();
    format!("'{{{}}}'", values.join(","))
}

const ENQUEUE_AS_TENANT: &str = "SELECT control.enqueue_job($1, $2, $3, $4, $5)";

const ENQUEUE: &str = "INSERT INTO control.jobs AS j (kind, key, tenant_id, lane, payload, run_at) \
    VALUES ($1, $2, $3, $4, $5, coalesce($6, now())) ON CONFLICT (kind, key) DO UPDATE \
    SET run_at = least(j.run_at, excluded.run_at), wake = j.wake + 1, dead_at = NULL";

async fn enqueue_as_tenant(connection: &mut AsyncPgConnection, job: &NewJob) -> Result<()> {
    statement(ENQUEUE_AS_TENANT)
        .bind::<Text, _>(job.kind)
        .bind::<Text, _>(&job.key)
        .bind::<SmallInt, _>(job.lane as i16)
        .bind::<Jsonb, _>(&job.payload)
        .bind::<Nullable<Timestamptz>, _>(job.run_at)
        .execute(connection)
        .await?;
    Ok(())
}

impl ControlTx {
    /// Makes the jobs of one kind that a tenant has look again at once. Answers how many.
    pub async fn wake_jobs(&mut self, tenant: TenantId, kind: &str) -> Result<usize> {
        self.note_enqueued();
        let sql = "UPDATE control.jobs SET run_at = least(run_at, now()), wake = wake + 1 \
            WHERE tenant_id = $1 AND kind = $2 AND dead_at IS NULL";
        Ok(diesel::sql_query(sql)
            .bind::<SqlUuid, _>(tenant.0)
            .bind::<Text, _>(kind)
            .execute(self.conn())
            .await?)
    }

    /// Enqueues `job`, for `tenant` or for the platform itself.
    pub async fn enqueue(&mut self, tenant: Option<TenantId>, job: &NewJob) -> Result<()> {
        self.note_enqueued();
        statement(ENQUEUE)
            .bind::<Text, _>(job.kind)
            .bind::<Text, _>(&job.key)
            .bind::<Nullable<SqlUuid>, _>(tenant.map(|t| t.0))
            .bind::<SmallInt, _>(job.lane as i16)
            .bind::<Jsonb, _>(&job.payload)
            .bind::<Nullable<Timestamptz>, _>(job.run_at)
            .execute(self.conn())
            .await?;
        Ok(())
    }
}

impl TenantTx {
    /// Enqueues `job` for this tenant.
    pub async fn enqueue(&mut self, job: &NewJob) -> Result<()> {
        self.note_enqueued();
        enqueue_as_tenant(self.conn(), job).await
    }
}

#[derive(diesel::QueryableByName)]
struct Postponed {
    #[diesel(sql_type = diesel::sql_types::Bool)]
    postponed: bool,
}

impl TenantTx {
    /// Gives a job of this tenant that rests until `was` another time. False when it does not any
    /// more (a worker has it or had it, or it was woken): then nothing is changed. Until this
    /// transaction ends no worker begins it.
    pub async fn postpone(
        &mut self,
        kind: &str,
        key: &str,
        was: DateTime<Utc>,
        run_at: DateTime<Utc>,
    ) -> Result<bool> {
        let sql = "SELECT control.postpone_job($1, $2, $3, $4) AS postponed";
        let found: Postponed = diesel::sql_query(sql)
            .bind::<Text, _>(kind)
            .bind::<Text, _>(key)
            .bind::<Timestamptz, _>(was)
            .bind::<Timestamptz, _>(run_at)
            .get_result(self.conn())
            .await?;
        Ok(found.postponed)
    }
}

impl BatchTx {
    /// Enqueues `job` for the tenant entered last.
    pub async fn enqueue(&mut self, job: &NewJob) -> Result<()> {
        self.note_enqueued();
        enqueue_as_tenant(self.conn(), job).await
    }
}
