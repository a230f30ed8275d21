//! Runs that are old, or more than their workflow keeps, and what belongs to them.

use super::days::before;
use super::{OPEN, RetentionPolicy, Sweep};
use chrono::{DateTime, Utc};
use diesel::QueryableByName;
use diesel::sql_types::{Array, BigInt, Timestamptz, Uuid as SqlUuid};
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use platform_kernel::{Error, Result, clock};
use uuid::Uuid;

/// Runs removed in one transaction.
const BATCH: usize = 1_000;
/// What belongs to a run, each with the column that names it. The run itself is the last.
const PARTS: [(&str, &str); 7] = [
    ("execution_events", "execution_id"),
    ("execution_logs", "execution_id"),
    ("execution_effects", "execution_id"),
    ("execution_search", "execution_id"),
    ("execution_waits", "execution_id"),
    ("approvals", "execution_id"),
    ("workflow_executions", "id"),
];

#[derive(QueryableByName)]
struct Run {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
}

/// A workflow that keeps only so many ended runs.
#[derive(QueryableByName)]
struct Capped {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = BigInt)]
    kept: i64,
}

const OLD: &str = "SELECT id FROM workflow_executions WHERE created_at < $1 \
    AND status IN ('succeeded', 'failed', 'cancelled') ORDER BY created_at LIMIT 1000";

const CAPPED: &str = "SELECT w.id, (v.definition #>> '{settings,max_executions}')::bigint AS kept \
    FROM workflows AS w JOIN workflow_versions AS v \
        ON v.workflow_id = w.id AND v.version = w.published_version \
    WHERE jsonb_typeof(v.definition #> '{settings,max_executions}') = 'number'";

/// The newest that is too many, and those before it.
const SURPLUS: &str = "SELECT id FROM workflow_executions WHERE workflow_id = $1 \
    AND status IN ('succeeded', 'failed', 'cancelled') AND (created_at, id) <= ( \
        SELECT created_at, id FROM workflow_executions WHERE workflow_id = $1 \
        AND status IN ('succeeded', 'failed', 'cancelled') \
        ORDER BY created_at DESC, id DESC OFFSET $2 LIMIT 1) LIMIT 1000";

/// Files of runs that are removed, and of runs removed before that only these repeated. What belongs to
/// a lead stays with it, and so does what a run that is kept took over.
const FILES: &str = "DELETE FROM files AS f WHERE f.lead_id IS NULL AND f.execution_id = ANY (ARRAY( \
        SELECT unnest($1) UNION SELECT r.forked_from FROM workflow_executions AS r \
        WHERE r.id = ANY ($1) AND r.forked_from IS NOT NULL)) \
    AND NOT EXISTS (SELECT FROM workflow_executions AS kept WHERE kept.id <> ALL ($1) \
        AND (kept.id = f.execution_id OR kept.forked_from = f.execution_id))";

impl Sweep<'_> {
    /// Removes runs that are older than the plan keeps them.
    pub(super) async fn old_runs(&mut self, policy: RetentionPolicy) -> Result<bool> {
        let until = before(clock::now(), policy.runs_days);
        loop {
            let old = diesel::sql_query(OLD).bind::<Timestamptz, _>(until);
            let context = self.context();
            let removed = self
                .connection
                .transaction(async |connection| {
                    connection.batch_execute(&context).await?;
                    let runs: Vec<Run> = old.load(connection).await?;
                    remove(connection, runs).await
                })
                .await?;
            if removed < BATCH {
                return Ok(true);
            }
            if !self.has_time() {
                return Ok(false);
            }
        }
    }

    /// Removes the ended runs of workflows that keep only so many.
    pub(super) async fn surplus_runs(&mut self) -> Result<bool> {
        let context = self.context();
        let capped: Vec<Capped> = self
            .connection
            .transaction(async |connection| {
                connection.batch_execute(&context).await?;
                Ok::<_, Error>(diesel::sql_query(CAPPED).load(connection).await?)
            })
            .await?;
        for workflow in capped {
            loop {
                let surplus = diesel::sql_query(SURPLUS)
                    .bind::<SqlUuid, _>(workflow.id)
                    .bind::<BigInt, _>(workflow.kept);
                let context = self.context();
                let removed = self
                    .connection
                    .transaction(async |connection| {
                        connection.batch_execute(&context).await?;
                        let runs: Vec<Run> = surplus.load(connection).await?;
                        remove(connection, runs).await
                    })
                    .await?;
                if removed < BATCH {
                    break;
                }
                if !self.has_time() {
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }

    /// Removes what was told and delivered so long ago that no run can ask for it: a run that
    /// waits may ask for anything told since it began. Answers that were kept for an
    /// `Idempotency-Key` go when they can no longer be repeated.
    pub(super) async fn tidings(&mut self, policy: RetentionPolicy) -> Result<bool> {
        let until = before(clock::now(), policy.events_days);
        let told = format!(
            "DELETE FROM workflow_events WHERE id = ANY (ARRAY(SELECT id FROM workflow_events \
             WHERE created_at < least($1, (SELECT min(created_at) FROM workflow_executions \
                 WHERE status IN {OPEN})) LIMIT {BATCH}))"
        );
        let delivered = format!(
            "DELETE FROM trigger_deliveries WHERE ctid = ANY (ARRAY(SELECT ctid \
             FROM trigger_deliveries WHERE created_at < $1 LIMIT {BATCH}))"
        );
        let answered = format!(
            "DELETE FROM idempotent_requests WHERE key_hash = ANY (ARRAY(SELECT key_hash \
             FROM idempotent_requests WHERE expires_at < $1 LIMIT {BATCH}))"
        );
        let now = clock::now();
        for (sql, until) in [(told, until), (delivered, until), (answered, now)] {
            while self.delete_before(&sql, until).await? == BATCH {
                if !self.has_time() {
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }

    async fn delete_before(&mut self, sql: &str, until: DateTime<Utc>) -> Result<usize> {
        let context = self.context();
        self.connection
            .transaction(async |connection| {
                connection.batch_execute(&context).await?;
                Ok::<_, Error>(
                    diesel::sql_query(sql)
                        .bind::<Timestamptz, _>(until)
                        .execute(connection)
                        .await?,
                )
            })
            .await
    }
}

/// Removes runs and all that belongs to them; answers how many.
async fn remove(connection: &mut AsyncPgConnection, runs: Vec<Run>) -> Result<usize> {
    let ids: Vec<Uuid> = runs.into_iter().map(|run| run.id).collect();
    let (Some(first), Some(last)) = (ids.iter().min(), ids.iter().max()) else {
        return Ok(0);
    };
    diesel::sql_query(FILES)
        .bind::<Array<SqlUuid>, _>(&ids)
        .execute(connection)
        .await?;
    for (table, column) in PARTS {
        // The range spares the partitions of other days.
        let sql =
            format!("DELETE FROM {table} WHERE {column} = ANY ($1) AND {column} BETWEEN $2 AND $3");
        diesel::sql_query(sql)
            .bind::<Array<SqlUuid>, _>(&ids)
            .bind::<SqlUuid, _>(first)
            .bind::<SqlUuid, _>(last)
            .execute(connection)
            .await?;
    }
    let removed = u64::try_from(ids.len()).unwrap_or(u64::MAX);
    metrics::counter!("auterity_retention_runs_removed_total").increment(removed);
    Ok(ids.len())
}
