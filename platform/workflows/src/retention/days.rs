//! Partitions of days: made before they begin, dropped when they are old.

use super::{OPEN, RetentionPolicy, Sweep};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use diesel::QueryableByName;
use diesel::sql_types::{Bool, Text, Uuid as SqlUuid};
use diesel_async::{AsyncConnection, RunQueryDsl, SimpleAsyncConnection};
use platform_db::partitions::{self, BY_DAY};
use platform_kernel::{Error, Result};
use uuid::Uuid;

/// Rows removed in one statement.
const BATCH: usize = 5_000;

/// From which day on each of the tables is kept.
pub(super) struct Days {
    now: DateTime<Utc>,
    kept_from: [(&'static str, NaiveDate); 2],
}

impl Days {
    pub(super) fn new(policy: RetentionPolicy, now: DateTime<Utc>) -> Self {
        let [events, logs] = BY_DAY;
        Self {
            now,
            kept_from: [
                (events, before(now, policy.events_days).date_naive()),
                (logs, before(now, policy.logs_days).date_naive()),
            ],
        }
    }
}

/// So many days ago.
pub(super) fn before(now: DateTime<Utc>, days: u32) -> DateTime<Utc> {
    now - TimeDelta::days(days.into())
}

#[derive(QueryableByName)]
struct Name {
    #[diesel(sql_type = Text)]
    name: String,
}

#[derive(QueryableByName)]
struct Answer {
    #[diesel(sql_type = Bool)]
    yes: bool,
}

impl Sweep<'_> {
    /// Makes the days to come and drops the old ones.
    pub(super) async fn days(&mut self, days: &Days) -> Result<()> {
        for (table, kept_from) in days.kept_from {
            let there = self.partitions(table).await?;
            for day in partitions::days_ahead(days.now) {
                if !there.contains(&day) {
                    self.make(table, day).await?;
                }
            }
            for day in there.into_iter().filter(|day| *day < kept_from) {
                self.drop_day(table, day).await?;
            }
        }
        Ok(())
    }

    async fn partitions(&mut self, table: &str) -> Result<Vec<NaiveDate>> {
        let sql = "SELECT c.relname::text AS name FROM pg_inherits AS i \
            JOIN pg_class AS c ON c.oid = i.inhrelid JOIN pg_class AS p ON p.oid = i.inhparent \
            JOIN pg_namespace AS n ON n.oid = p.relnamespace \
            WHERE n.nspname = $1 AND p.relname = $2 ORDER BY 1";
        let names: Vec<Name> = diesel::sql_query(sql)
            .bind::<Text, _>(&self.schema)
            .bind::<Text, _>(table)
            .load(self.connection)
            .await?;
        let days = names
            .iter()
            .filter_map(|name| partitions::day(table, &name.name));
        Ok(days.collect())
    }

    /// Makes a day's partition, unless runs of that day are in the default one already: then that
    /// day stays there.
    async fn make(&mut self, table: &str, day: NaiveDate) -> Result<()> {
        let (context, attach) = (self.context(), partitions::attach(table, day));
        let taken = format!(
            "SELECT EXISTS (SELECT FROM {table}_default \
             WHERE execution_id >= $1 AND execution_id < $2) AS yes"
        );
        let (from, to) = range(day);
        self.connection
            .transaction(async |connection| {
                connection.batch_execute(&context).await?;
                let taken: Answer = diesel::sql_query(taken)
                    .bind::<SqlUuid, _>(from)
                    .bind::<SqlUuid, _>(to)
                    .get_result(connection)
                    .await?;
                if !taken.yes {
                    connection.batch_execute(&attach).await?;
                }
                Ok::<_, Error>(())
            })
            .await
    }

    /// Drops a day, unless a run of that day has not ended.
    async fn drop_day(&mut self, table: &str, day: NaiveDate) -> Result<()> {
        let (context, drop) = (self.context(), partitions::drop(table, day));
        let open = format!(
            "SELECT EXISTS (SELECT FROM workflow_executions \
             WHERE status IN {OPEN} AND id >= $1 AND id < $2) AS yes"
        );
        let (from, to) = range(day);
        let dropped = self
            .connection
            .transaction(async |connection| {
                connection.batch_execute(&context).await?;
                let open: Answer = diesel::sql_query(open)
                    .bind::<SqlUuid, _>(from)
                    .bind::<SqlUuid, _>(to)
                    .get_result(connection)
                    .await?;
                if !open.yes {
                    connection.batch_execute(&drop).await?;
                }
                Ok::<_, Error>(!open.yes)
            })
            .await?;
        if dropped {
            metrics::counter!("auterity_retention_days_dropped_total").increment(1);
        }
        Ok(())
    }

    /// Removes what is old from the default partitions; answers whether all of it is gone.
    pub(super) async fn leftovers(&mut self, days: &Days) -> Result<bool> {
        for (table, kept_from) in days.kept_from {
            let sql = format!(
                "DELETE FROM {table}_default WHERE ctid = ANY (ARRAY( \
                 SELECT d.ctid FROM {table}_default AS d WHERE d.execution_id < $1 \
                 AND NOT EXISTS (SELECT FROM workflow_executions AS e \
                     WHERE e.id = d.execution_id AND e.status IN {OPEN}) LIMIT {BATCH}))"
            );
            let before = partitions::first_id_of(kept_from);
            while self.delete(&sql, before).await? == BATCH {
                if !self.has_time() {
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }

    async fn delete(&mut self, sql: &str, before: Uuid) -> Result<usize> {
        let context = self.context();
        self.connection
            .transaction(async |connection| {
                connection.batch_execute(&context).await?;
                Ok::<_, Error>(
                    diesel::sql_query(sql)
                        .bind::<SqlUuid, _>(before)
                        .execute(connection)
                        .await?,
                )
            })
            .await
    }
}

fn range(day: NaiveDate) -> (Uuid, Uuid) {
    let next = day.succ_opt().unwrap_or(day);
    (partitions::first_id_of(day), partitions::first_id_of(next))
}
