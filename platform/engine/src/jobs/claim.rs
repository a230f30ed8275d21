use super::shares::Standing;
use diesel::QueryableByName;
use diesel::sql_types::{
    Array, BigInt, Bool, Float8, Integer, Jsonb, Nullable, SmallInt, Text, Uuid as SqlUuid,
};
use diesel_async::RunQueryDsl;
use platform_db::jobs::{Lane, Lease, LeasedJob};
use platform_db::{Database, statement};
use platform_kernel::Result;
use platform_kernel::id::{TenantId, WorkerId};
use serde_json::Value;
use std::time::Duration;
use uuid::Uuid;

/// A job that this worker has leased, and what its lease was given on.
#[derive(Clone, Debug)]
pub(crate) struct Claimed {
    pub(crate) job: LeasedJob,
    /// How often the job had been woken when it was claimed.
    pub(crate) wake: i64,
    pub(crate) lane: Lane,
    /// How long the job was due, by the database's clock.
    pub(crate) waited: Duration,
}

impl Claimed {
    /// Whose share the turn comes from: the tenant's, or the platform's.
    pub(crate) fn party(&self) -> Uuid {
        self.job.tenant_id.map_or(Uuid::nil(), |tenant| tenant.0)
    }
}

/// What is asked for.
pub(crate) struct Ask<'a> {
    pub(crate) worker: WorkerId,
    pub(crate) kinds: &'a [&'static str],
    /// Slots to fill.
    pub(crate) free: usize,
    /// The party from which on the queue is looked through when it is long.
    pub(crate) start: Uuid,
    /// Oldest first, whatever the lane.
    pub(crate) aged: bool,
    pub(crate) standing: Standing,
}

/// What a claim gave, and what it saw.
#[derive(Debug, Default)]
pub(crate) struct Answer {
    pub(crate) jobs: Vec<Claimed>,
    /// Parties with work that is due, of those that were looked at.
    pub(crate) parties: i64,
    /// Where to go on, when the queue was not looked through to its end.
    pub(crate) next: Option<Uuid>,
    /// Due jobs among those longest due, counted before the claim.
    due: i64,
    due_in: Option<Duration>,
}

/// What is left for the next claim.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seen {
    /// Whether due work was left.
    pub(crate) left: bool,
    /// When the next job that rests is due.
    pub(crate) due_in: Option<Duration>,
}

impl Answer {
    pub(crate) fn seen(&self) -> Seen {
        let found = i64::try_from(self.jobs.len()).unwrap_or(i64::MAX);
        Seen {
            left: self.due > found,
            due_in: self.due_in,
        }
    }
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = BigInt)]
    parties: i64,
    #[diesel(sql_type = BigInt)]
    due: i64,
    #[diesel(sql_type = Nullable<Text>)]
    stopped_at: Option<String>,
    #[diesel(sql_type = Nullable<Float8>)]
    due_in: Option<f64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    id: Option<i64>,
    #[diesel(sql_type = Nullable<Text>)]
    kind: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    key: Option<String>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    tenant_id: Option<Uuid>,
    #[diesel(sql_type = Nullable<SmallInt>)]
    lane: Option<i16>,
    #[diesel(sql_type = Nullable<Jsonb>)]
    payload: Option<Value>,
    #[diesel(sql_type = Nullable<BigInt>)]
    wake: Option<i64>,
    #[diesel(sql_type = Nullable<Integer>)]
    attempts: Option<i32>,
    #[diesel(sql_type = Nullable<Integer>)]
    takeovers: Option<i32>,
    #[diesel(sql_type = Nullable<BigInt>)]
    lease_epoch: Option<i64>,
    #[diesel(sql_type = Nullable<Float8>)]
    waited: Option<f64>,
}

/// One statement, so that a claim is one round trip however many parties there are; see
/// `docs/decisions/0013-fair-share.md`.
const CLAIM: &str = include_str!("claim.sql");

/// Leases the jobs whose turn it is, as many as there are free slots for.
pub(crate) async fn claim(db: &Database, ask: Ask<'_>) -> Result<Answer> {
    let Ask {
        standing, worker, ..
    } = ask;
    let mut queue = db.queue().await?;
    let rows: Vec<Row> = statement(CLAIM)
        .bind::<SqlUuid, _>(worker.0)
        .bind::<Array<Text>, _>(ask.kinds)
        .bind::<Integer, _>(i32::try_from(ask.free).unwrap_or(i32::MAX))
        .bind::<SqlUuid, _>(ask.start)
        .bind::<Bool, _>(ask.aged)
        .bind::<Float8, _>(standing.usual_cost)
        .bind::<Array<SqlUuid>, _>(standing.party)
        .bind::<Array<Float8>, _>(standing.credit)
        .bind::<Array<Float8>, _>(standing.cost)
        .bind::<Array<Integer>, _>(standing.in_hand)
        .load(queue.conn())
        .await?;
    Ok(Answer::from(rows))
}

impl From<Vec<Row>> for Answer {
    fn from(rows: Vec<Row>) -> Self {
        let mut answer = Self::default();
        if let [row, ..] = rows.as_slice() {
            answer.parties = row.parties;
            answer.due = row.due;
            answer.due_in = row.due_in.map(seconds);
            let stopped_at = row.stopped_at.as_deref().and_then(|at| at.parse().ok());
            answer.next = stopped_at.map(|at: Uuid| Uuid::from_u128(at.as_u128().wrapping_add(1)));
        }
        answer.jobs = rows.into_iter().filter_map(Row::into_claimed).collect();
        answer.jobs.sort_by_key(|claimed| {
            let waited = std::cmp::Reverse(claimed.waited);
            (claimed.lane as i16, waited, claimed.job.id)
        });
        answer
    }
}

impl Row {
    /// `None` for the row that says only what was seen.
    fn into_claimed(self) -> Option<Claimed> {
        Some(Claimed {
            job: LeasedJob {
                id: self.id?,
                kind: self.kind?,
                key: self.key?,
                tenant_id: self.tenant_id.map(TenantId),
                payload: self.payload?,
                attempts: self.attempts?,
                lease_epoch: self.lease_epoch?,
                takeovers: self.takeovers?,
                lease: Lease::default(),
            },
            wake: self.wake?,
            lane: Lane::of(self.lane?),
            waited: seconds(self.waited?),
        })
    }
}

fn seconds(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds.max(0.0)).unwrap_or(Duration::MAX)
}
