use super::claim::Claimed;
use super::{DELETE_LEASED, Turn};
use chrono::{DateTime, Utc};
use diesel::sql_types::{Array, BigInt, Bool, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use platform_db::Database;
use platform_kernel::id::WorkerId;
use platform_kernel::{Error, Result, clock};
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
        at: DateTime<Utc>,
        error: Option<String>,
        dead: bool,
    },
}

impl Finished {
    /// What is to become of the job after `result`.
    pub(super) fn after(claimed: &Claimed, result: Result<Turn>, max_attempts: i32) -> Self {
        let end = match result {
            Ok(Turn::Done) => End::Delete,
            Ok(Turn::Again { at }) => End::Rest {
                at,
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
                    at: clock::now() + wait,
                    error: Some(error.to_string()),
                    dead,
                }
            }
        };
        Self {
            id: claimed.job.id,
            lease_epoch: claimed.job.lease_epoch,
            wake: claimed.wake,
            end,
        }
    }

    /// The job goes back as it is, to be taken at once.
    pub(super) fn given_back(claimed: &Claimed) -> Self {
        Self::after(claimed, Ok(Turn::Again { at: clock::now() }), i32::MAX)
    }
}

/// Doubles from one second to five minutes, give or take a fifth.
fn backoff(attempts: i32) -> Duration {
    let doublings = u32::try_from(attempts.clamp(1, 16) - 1).unwrap_or(0);
    let seconds = 2_f64.powi(i32::try_from(doublings).unwrap_or(0));
    let jitter = 0.8 + rand::random::<f64>() * 0.4;
    Duration::from_secs_f64((seconds * jitter).min(MAX_DELAY.as_secs_f64()))
}

/// Writes the ends of many turns in one transaction, until the senders are gone.
pub(super) async fn write(db: Database, worker: WorkerId, mut ends: mpsc::Receiver<Finished>) {
    let mut batch = Vec::with_capacity(BATCH);
    while ends.recv_many(&mut batch, BATCH).await > 0 {
        let mut wait = Duration::from_millis(100);
        // A lease that is not given back would only end with this process.
        while let Err(error) = write_batch(&db, worker, &batch).await {
            tracing::warn!(%error, jobs = batch.len(), "the ends of turns could not be written");
            tokio::time::sleep(wait).await;
            wait = (wait * 2).min(Duration::from_secs(5));
        }
        batch.clear();
    }
}

/// A job that was woken after it was claimed is neither deleted nor put to rest.
const DELETE: &str = " AND j.wake = f.wake";
const REST: &str = "UPDATE control.jobs AS j SET lease_owner = NULL, \
    run_at = CASE WHEN j.wake = f.wake OR f.error IS NOT NULL THEN f.at ELSE now() END, \
    attempts = CASE WHEN f.error IS NULL THEN 0 ELSE j.attempts + 1 END, takeovers = 0, \
    last_error = f.error, dead_at = CASE WHEN f.dead THEN now() END \
    FROM unnest($1, $2, $3, $4, $5, $6) AS f(id, epoch, wake, at, error, dead) \
    WHERE j.id = f.id AND j.lease_owner = $7 AND j.lease_epoch = f.epoch";

async fn write_batch(db: &Database, worker: WorkerId, batch: &[Finished]) -> Result<()> {
    let mut tx = db.control().await?;
    let deletes: Vec<&Finished> = batch
        .iter()
        .filter(|finished| matches!(finished.end, End::Delete))
        .collect();
    if !deletes.is_empty() {
        let sql = DELETE_LEASED.replace(
            "$3) AS f(id, owner, epoch)",
            "$3, $4) AS f(id, owner, epoch, wake)",
        );
        diesel::sql_query(format!("{sql}{DELETE}"))
            .bind::<Array<BigInt>, _>(deletes.iter().map(|f| f.id).collect::<Vec<_>>())
            .bind::<Array<SqlUuid>, _>(deletes.iter().map(|_| worker.0).collect::<Vec<_>>())
            .bind::<Array<BigInt>, _>(deletes.iter().map(|f| f.lease_epoch).collect::<Vec<_>>())
            .bind::<Array<BigInt>, _>(deletes.iter().map(|f| f.wake).collect::<Vec<_>>())
            .execute(tx.conn())
            .await?;
    }
    // What was to be deleted but was woken is still leased: it rests until now.
    let now = clock::now();
    let rest = |f: &Finished| match &f.end {
        End::Delete => (now, None, false),
        End::Rest { at, error, dead } => (*at, error.clone(), *dead),
    };
    let rests: Vec<_> = batch.iter().map(rest).collect();
    diesel::sql_query(REST)
        .bind::<Array<BigInt>, _>(batch.iter().map(|f| f.id).collect::<Vec<_>>())
        .bind::<Array<BigInt>, _>(batch.iter().map(|f| f.lease_epoch).collect::<Vec<_>>())
        .bind::<Array<BigInt>, _>(batch.iter().map(|f| f.wake).collect::<Vec<_>>())
        .bind::<Array<Timestamptz>, _>(rests.iter().map(|r| r.0).collect::<Vec<_>>())
        .bind::<Array<Nullable<Text>>, _>(rests.iter().map(|r| r.1.clone()).collect::<Vec<_>>())
        .bind::<Array<Bool>, _>(rests.iter().map(|r| r.2).collect::<Vec<_>>())
        .bind::<SqlUuid, _>(worker.0)
        .execute(tx.conn())
        .await?;
    tx.commit().await
}

/// Gives a job up because its workers keep getting lost.
pub(super) fn poisoned(claimed: &Claimed) -> Finished {
    let error = Error::internal(format!(
        "poisoned: {} workers in a row were lost with this job",
        claimed.job.takeovers
    ));
    Finished::after(claimed, Err(error), 0)
}
