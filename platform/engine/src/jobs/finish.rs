use super::Turn;
use super::claim::Claimed;
use super::heartbeat::Held;
use chrono::{DateTime, Utc};
use diesel::sql_types::{
    Array, BigInt, Bool, Float8, Nullable, Text, Timestamptz, Uuid as SqlUuid,
};
use diesel_async::RunQueryDsl;
use platform_db::{Database, QueueConnection, statement};
use platform_kernel::id::WorkerId;
use platform_kernel::{Error, Result};
use std::time::Duration;
use tokio::sync::mpsc;

const BATCH: usize = 200;
const MAX_DELAY: Duration = Duration::from_secs(300);

/// How a turn ended, for the queue.
#[derive(Debug)]
pub(super) struct Finished {
    id: i64,
    lease_epoch: i64,
    wake: i64,
    end: End,
}

#[derive(Debug)]
enum End {
    Delete,
    Rest {
        until: Until,
        error: Option<String>,
        dead: bool,
    },
}

/// How long a job rests. What is said as a length is counted by the database's clock.
#[derive(Clone, Copy, Debug)]
enum Until {
    Time(DateTime<Utc>),
    After(Duration),
}

impl Finished {
    /// What is to become of the job after `result`.
    pub(super) fn after(claimed: &Claimed, result: Result<Turn>, max_attempts: i32) -> Self {
        let end = match result {
            Ok(Turn::Done) => End::Delete,
            Ok(Turn::Again { at }) => End::Rest {
                until: Until::Time(at),
                error: None,
                dead: false,
            },
            Err(error) => {
                let attempts = claimed.job.attempts + 1;
                let dead = attempts >= max_attempts;
                tracing::warn!(%error, job.kind = claimed.job.kind, job.key = claimed.job.key,
                    attempts, dead, "a job failed");
                if dead {
                    let kind = claimed.job.kind.clone();
                    ::metrics::counter!("auterity_engine_jobs_given_up_total", "kind" => kind)
                        .increment(1);
                }
                let wait = error.wait().unwrap_or_default().max(backoff(attempts));
                End::Rest {
                    until: Until::After(wait),
                    error: Some(error.to_string()),
                    dead,
                }
            }
        };
        Self::new(claimed, end)
    }

    /// The job goes back as it is, to be taken at once.
    pub(super) fn given_back(claimed: &Claimed) -> Self {
        let end = End::Rest {
            until: Until::After(Duration::ZERO),
            error: None,
            dead: false,
        };
        Self::new(claimed, end)
    }

    fn new(claimed: &Claimed, end: End) -> Self {
        Self {
            id: claimed.job.id,
            lease_epoch: claimed.job.lease_epoch,
            wake: claimed.wake,
            end,
        }
    }
}

/// Doubles from one second to five minutes, give or take a fifth.
fn backoff(attempts: i32) -> Duration {
    let doublings = u32::try_from(attempts.clamp(1, 16) - 1).unwrap_or(0);
    let seconds = 2_f64.powi(i32::try_from(doublings).unwrap_or(0));
    let jitter = 0.8 + rand::random::<f64>() * 0.4;
    Duration::from_secs_f64((seconds * jitter).min(MAX_DELAY.as_secs_f64()))
}

/// Writes the ends of many turns together, until the senders are gone.
pub(super) async fn write(
    db: Database,
    worker: WorkerId,
    held: Held,
    mut ends: mpsc::Receiver<Finished>,
) {
    let mut batch = Vec::with_capacity(BATCH);
    while ends.recv_many(&mut batch, BATCH).await > 0 {
        let mut wait = Duration::from_millis(100);
        // A lease that is not given back would only end with this process.
        while let Err(error) = write_batch(&db, worker, &batch).await {
            tracing::warn!(%error, jobs = batch.len(), "the ends of turns could not be written");
            tokio::time::sleep(wait).await;
            wait = (wait * 2).min(Duration::from_secs(5));
        }
        for finished in batch.drain(..) {
            held.let_go(finished.id, finished.lease_epoch);
        }
    }
}

/// A job that was woken after it was claimed is neither deleted nor put to rest.
const DELETE: &str = "DELETE FROM control.jobs AS j \
    USING unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS f(id, epoch, wake) \
    WHERE j.id = f.id AND j.lease_owner IS NOT DISTINCT FROM $4 AND j.lease_epoch = f.epoch AND j.wake = f.wake";
/// A time that has passed for the job but not for its handler must not make the two of them spin.
const REST: &str = "UPDATE control.jobs AS j SET lease_owner = NULL, run_at = CASE \
        WHEN j.wake <> f.wake AND f.error IS NULL THEN now() \
        WHEN f.at IS NULL THEN now() + make_interval(secs => f.wait) \
        ELSE greatest(f.at, now() + interval '10 ms') END, \
    attempts = CASE WHEN f.error IS NULL THEN 0 ELSE j.attempts + 1 END, takeovers = 0, \
    last_error = f.error, dead_at = CASE WHEN f.dead THEN now() END \
    FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::timestamptz[], $5::float8[], \
        $6::text[], $7::boolean[]) AS f(id, epoch, wake, at, wait, error, dead) \
    WHERE j.id = f.id AND j.lease_owner IS NOT DISTINCT FROM $8 AND j.lease_epoch = f.epoch";

/// Done again after it was done in part, it does the rest.
async fn write_batch(db: &Database, worker: WorkerId, batch: &[Finished]) -> Result<()> {
    let mut queue = db.queue().await?;
    let (deletes, mut rests): (Vec<&Finished>, Vec<&Finished>) = batch
        .iter()
        .partition(|finished| matches!(finished.end, End::Delete));
    if !deletes.is_empty() {
        let deleted = statement(DELETE)
            .bind::<Array<BigInt>, _>(column(&deletes, |f| f.id))
            .bind::<Array<BigInt>, _>(column(&deletes, |f| f.lease_epoch))
            .bind::<Array<BigInt>, _>(column(&deletes, |f| f.wake))
            .bind::<SqlUuid, _>(worker.0)
            .execute(queue.conn())
            .await?;
        if deleted < deletes.len() {
            // What was woken is still leased and has to be given back.
            rests.extend(deletes);
        }
    }
    if !rests.is_empty() {
        write_rests(&mut queue, worker, &rests).await?;
    }
    Ok(())
}

async fn write_rests(
    queue: &mut QueueConnection,
    worker: WorkerId,
    rests: &[&Finished],
) -> Result<()> {
    let rest = |f: &Finished| match &f.end {
        End::Delete => (None, 0.0, None, false),
        End::Rest { until, error, dead } => match until {
            Until::Time(at) => (Some(*at), 0.0, error.clone(), *dead),
            Until::After(wait) => (None, wait.as_secs_f64(), error.clone(), *dead),
        },
    };
    let columns: Vec<_> = rests.iter().map(|f| rest(f)).collect();
    statement(REST)
        .bind::<Array<BigInt>, _>(column(rests, |f| f.id))
        .bind::<Array<BigInt>, _>(column(rests, |f| f.lease_epoch))
        .bind::<Array<BigInt>, _>(column(rests, |f| f.wake))
        .bind::<Array<Nullable<Timestamptz>>, _>(column(&columns, |c| c.0))
        .bind::<Array<Float8>, _>(column(&columns, |c| c.1))
        .bind::<Array<Nullable<Text>>, _>(column(&columns, |c| c.2.clone()))
        .bind::<Array<Bool>, _>(column(&columns, |c| c.3))
        .bind::<SqlUuid, _>(worker.0)
        .execute(queue.conn())
        .await?;
    Ok(())
}

fn column<R, T>(rows: &[R], of: impl Fn(&R) -> T) -> Vec<T> {
    rows.iter().map(of).collect()
}

/// Gives a job up because its workers keep getting lost.
pub(super) fn poisoned(claimed: &Claimed) -> Finished {
    let error = Error::internal(format!(
        "poisoned: {} workers in a row were lost with this job",
        claimed.job.takeovers
    ));
    Finished::after(claimed, Err(error), 0)
}
