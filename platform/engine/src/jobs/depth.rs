//! How much work is due and how long it has been waiting, from the database: a worker's own
//! metrics say nothing at all when there is no worker.

use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Float8, SmallInt};
use diesel_async::RunQueryDsl;
use platform_db::jobs::Lane;
use platform_db::{Database, statement};
use platform_kernel::Result;

/// Work of one lane that could begin now.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Depth {
    pub lane: Lane,
    /// Counted up to [`MOST`].
    pub ready: i64,
    /// How long the oldest has been due, in seconds; zero when there is none.
    pub oldest_seconds: f64,
}

/// Enough to scale and to be alarmed by: thirty ready jobs are counted in 0.3 ms, so many in 20 ms.
pub const MOST: i64 = 20_000;

/// Both parts read `ix_jobs__ready` alone. Every lane has a row, also an empty one.
const DEPTH: &str = "SELECT l.lane, w.ready, \
        coalesce(greatest(extract(epoch FROM now() - o.run_at)::float8, 0), 0) AS oldest \
    FROM unnest('{0,1,2,3}'::smallint[]) AS l(lane) \
    CROSS JOIN LATERAL (SELECT count(*) AS ready FROM ( \
        SELECT FROM control.jobs AS j WHERE j.lane = l.lane AND j.lease_owner IS NULL \
            AND j.dead_at IS NULL AND j.run_at <= now() LIMIT $1) AS due) AS w \
    LEFT JOIN LATERAL ( \
        SELECT j.run_at FROM control.jobs AS j WHERE j.lane = l.lane AND j.lease_owner IS NULL \
            AND j.dead_at IS NULL AND j.run_at <= now() ORDER BY j.run_at, j.id LIMIT 1) AS o ON true";

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = SmallInt)]
    lane: i16,
    #[diesel(sql_type = BigInt)]
    ready: i64,
    #[diesel(sql_type = Float8)]
    oldest: f64,
}

/// What waits in each lane.
pub async fn depths(db: &Database) -> Result<Vec<Depth>> {
    let mut queue = db.queue().await?;
    let rows: Vec<Row> = statement(DEPTH)
        .bind::<BigInt, _>(MOST)
        .load(queue.conn())
        .await?;
    let depth = |row: &Row| Depth {
        lane: Lane::of(row.lane),
        ready: row.ready,
        oldest_seconds: row.oldest,
    };
    Ok(rows.iter().map(depth).collect())
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    n: i64,
}

/// How many jobs were given up and wait for a person. It reads the table, so ask rarely.
pub async fn given_up(db: &Database) -> Result<i64> {
    let mut tx = db.control().await?;
    let sql = "SELECT count(*) AS n FROM control.jobs WHERE dead_at IS NOT NULL";
    let count: Count = diesel::sql_query(sql).get_result(tx.conn()).await?;
    tx.commit().await?;
    Ok(count.n)
}

/// Publishes what waits in each lane. Without an answer from Postgres nothing is known, and an old
/// figure would look like a fresh one.
pub async fn publish_depths(db: &Database) {
    let depths = depths(db).await.unwrap_or_else(|error| {
        tracing::debug!(%error, "the queue's depth could not be read");
        let lanes = [
            Lane::Interactive,
            Lane::Event,
            Lane::Schedule,
            Lane::Backfill,
        ];
        lanes
            .into_iter()
            .for_each(|lane| set(lane, f64::NAN, f64::NAN));
        Vec::new()
    });
    for depth in depths {
        set(depth.lane, depth.ready as f64, depth.oldest_seconds);
    }
}

/// Publishes how many jobs were given up.
pub async fn publish_given_up(db: &Database) {
    let count = given_up(db).await.map_or_else(
        |error| {
            tracing::debug!(%error, "jobs that were given up could not be counted");
            f64::NAN
        },
        |count| count as f64,
    );
    metrics::gauge!("auterity_queue_given_up").set(count);
}

fn set(lane: Lane, ready: f64, oldest: f64) {
    metrics::gauge!("auterity_queue_ready", "lane" => lane.as_str()).set(ready);
    metrics::gauge!("auterity_queue_oldest_seconds", "lane" => lane.as_str()).set(oldest);
}
