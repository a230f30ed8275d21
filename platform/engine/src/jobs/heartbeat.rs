use chrono::{DateTime, Utc};
use diesel::QueryableByName;
use diesel::sql_types::{Array, BigInt, Float8, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use platform_db::jobs::Lease;
use platform_db::{Database, statement};
use platform_kernel::id::WorkerId;
use platform_kernel::{Result, clock};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The leases that this worker holds.
#[derive(Clone, Default)]
pub(super) struct Held(Arc<Mutex<HashMap<i64, HeldLease>>>);

pub(super) struct HeldLease {
    pub(super) epoch: i64,
    /// How often the job had been woken when last looked at.
    pub(super) wake: i64,
    pub(super) lease: Lease,
}

impl Held {
    pub(super) fn with<T>(&self, f: impl FnOnce(&mut HashMap<i64, HeldLease>) -> T) -> T {
        f(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Forgets a lease that is over; the job may have been claimed again meanwhile.
    pub(super) fn let_go(&self, job: i64, epoch: i64) {
        self.with(|held| {
            if held.get(&job).is_some_and(|lease| lease.epoch == epoch) {
                held.remove(&job);
            }
        });
    }

    /// Tells every turn the same.
    pub(super) fn tell_all(&self, tell: impl Fn(&Lease)) {
        self.with(|held| held.values().for_each(|h| tell(&h.lease)));
    }
}

#[derive(QueryableByName)]
struct Beat {
    #[diesel(sql_type = Timestamptz)]
    at: DateTime<Utc>,
}

/// Says that the worker is alive for `alive` more, and takes the time from the database: the
/// queue goes by that clock, and this process must not think it another hour.
pub(super) async fn beat(
    db: &Database,
    worker: WorkerId,
    name: &str,
    alive: Duration,
) -> Result<()> {
    const BEAT: &str = "INSERT INTO control.workers AS w (id, name, alive_until) \
        VALUES ($1, $2, clock_timestamp() + make_interval(secs => $3)) \
        ON CONFLICT (id) DO UPDATE SET alive_until = excluded.alive_until \
        RETURNING clock_timestamp() AS at";
    let mut queue = db.queue().await?;
    let asked = Instant::now();
    let beat: Beat = statement(BEAT)
        .bind::<SqlUuid, _>(worker.0)
        .bind::<Text, _>(name)
        .bind::<Float8, _>(alive.as_secs_f64())
        .get_result(queue.conn())
        .await?;
    clock::follow(beat.at, asked.elapsed());
    Ok(())
}

const FREE: &str = "UPDATE control.jobs AS j SET lease_owner = NULL, run_at = least(j.run_at, now()), \
    takeovers = j.takeovers + 1, last_error = 'worker lost' \
    FROM (SELECT l.id FROM control.jobs AS l WHERE l.lease_owner IS NOT NULL AND NOT EXISTS \
        (SELECT FROM control.workers AS w WHERE w.id = l.lease_owner AND w.alive_until > now()) \
        LIMIT 500 FOR UPDATE OF l SKIP LOCKED) AS dead \
    WHERE j.id = dead.id";
const FORGET: &str = "DELETE FROM control.workers AS w \
    WHERE w.alive_until < now() - interval '1 hour' \
    AND NOT EXISTS (SELECT FROM control.jobs AS j WHERE j.lease_owner = w.id)";

/// Frees the jobs of workers that are dead, and forgets those workers. Answers how many jobs.
pub(super) async fn take_over(db: &Database) -> Result<usize> {
    let mut queue = db.queue().await?;
    let freed = statement(FREE).execute(queue.conn()).await?;
    statement(FORGET).execute(queue.conn()).await?;
    Ok(freed)
}

#[derive(QueryableByName)]
struct Seen {
    #[diesel(sql_type = BigInt)]
    id: i64,
    #[diesel(sql_type = BigInt)]
    wake: i64,
    #[diesel(sql_type = BigInt)]
    lease_epoch: i64,
}

/// Leases that are this worker's in the database and that it knows nothing of: job and epoch. A
/// claim whose answer got lost leaves such, and so does an end of a turn that a crash of the
/// database undid.
#[derive(Default)]
pub(super) struct Strays(HashMap<i64, i64>);

const GIVE_BACK: &str = "UPDATE control.jobs AS j \
    SET lease_owner = NULL, run_at = least(j.run_at, now()) \
    FROM unnest($1::bigint[], $2::bigint[]) AS s(id, epoch) \
    WHERE j.id = s.id AND j.lease_owner = $3 AND j.lease_epoch = s.epoch";

/// Tells each turn whether its job was woken, or is not this worker's any more. Gives back what
/// was a stray at the last look and still is: what is just being claimed is one for a moment only. Answers how many jobs went back.
pub(super) async fn look(
    db: &Database,
    worker: WorkerId,
    held: &Held,
    strays: &mut Strays,
) -> Result<usize> {
    let before: Vec<i64> = held.with(|held| held.keys().copied().collect());
    const HELD: &str = "SELECT id, wake, lease_epoch FROM control.jobs WHERE lease_owner = $1";
    let mut queue = db.queue().await?;
    let rows: Vec<Seen> = statement(HELD)
        .bind::<SqlUuid, _>(worker.0)
        .load(queue.conn())
        .await?;
    // Not held on to while the turns are told.
    drop(queue);
    let seen: HashMap<i64, Seen> = rows.into_iter().map(|row| (row.id, row)).collect();
    held.with(|held| {
        for (id, mine) in held.iter_mut() {
            match seen.get(id) {
                Some(row) if row.lease_epoch == mine.epoch && row.wake > mine.wake => {
                    mine.wake = row.wake;
                    mine.lease.wake();
                }
                Some(row) if row.lease_epoch == mine.epoch => {}
                // A job claimed after the query began is not in its answer.
                _ if before.contains(id) => mine.lease.lose(),
                _ => {}
            }
        }
    });
    let unknown = held.with(|held| {
        let rows = seen.values().filter(|row| !held.contains_key(&row.id));
        let unknown: HashMap<i64, i64> = rows.map(|row| (row.id, row.lease_epoch)).collect();
        unknown
    });
    let again =
        |(id, epoch): (&i64, &i64)| (strays.0.get(id) == Some(epoch)).then_some((*id, *epoch));
    let (ids, epochs): (Vec<i64>, Vec<i64>) = unknown.iter().filter_map(again).unzip();
    strays.0 = unknown;
    if ids.is_empty() {
        return Ok(0);
    }
    let mut queue = db.queue().await?;
    let given = statement(GIVE_BACK)
        .bind::<Array<BigInt>, _>(ids)
        .bind::<Array<BigInt>, _>(epochs)
        .bind::<SqlUuid, _>(worker.0)
        .execute(queue.conn())
        .await?;
    Ok(given)
}

/// Removes this worker, so that nobody waits for it.
pub(super) async fn leave(db: &Database, worker: WorkerId) -> Result<()> {
    let mut tx = db.control().await?;
    diesel::sql_query("DELETE FROM control.workers WHERE id = $1")
        .bind::<SqlUuid, _>(worker.0)
        .execute(tx.conn())
        .await?;
    tx.commit().await
}
