//! Bursts that become one run, and runs that wait for a free moment. Both lock one row for each
//! key, so that deliveries at the same time come one after the other.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::QueryableByName;
use diesel::sql_types::{Array, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use platform_db::{QueryResult, TenantTx};
use platform_engine::accept::EXECUTION;
use platform_engine::definition::{Debounce, Throttle};
use platform_kernel::Result;
use platform_kernel::id::ExecutionId;
use uuid::Uuid;

/// Where a delivery stands in its burst.
pub(super) enum Burst {
    /// A run waits for the burst's end already; it has not begun and does not before this
    /// transaction ends.
    Open(ExecutionId),
    /// This delivery begins a burst, which ends then.
    Begins(DateTime<Utc>),
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = SqlUuid)]
    execution_id: ExecutionId,
    #[diesel(sql_type = Timestamptz)]
    first_at: DateTime<Utc>,
    #[diesel(sql_type = Timestamptz)]
    due_at: DateTime<Utc>,
}

/// Adds a delivery to the burst of its key, or begins one.
pub(super) async fn join_burst(
    tx: &mut TenantTx,
    trigger: Uuid,
    key: &str,
    debounce: &Debounce,
    now: DateTime<Utc>,
) -> Result<Burst> {
    const LOCK: &str = "INSERT INTO trigger_debounces (trigger_id, key, execution_id, first_at, due_at) \
        VALUES ($1, $2, $3, $4, $4) ON CONFLICT (trigger_id, key) DO UPDATE SET key = excluded.key \
        RETURNING execution_id, first_at, due_at";
    let row: Row = diesel::sql_query(LOCK)
        .bind::<SqlUuid, _>(trigger)
        .bind::<Text, _>(key)
        .bind::<SqlUuid, _>(Uuid::nil())
        .bind::<Timestamptz, _>(now)
        .get_result(tx.conn())
        .await?;
    let end = end_of_burst(debounce, row.first_at, now);
    let waits = row.execution_id.0 != Uuid::nil();
    let id = row.execution_id;
    if waits
        && tx
            .postpone(EXECUTION, &id.to_string(), row.due_at, end)
            .await?
    {
        write_burst(tx, trigger, key, id, row.first_at, end).await?;
        return Ok(Burst::Open(id));
    }
    Ok(Burst::Begins(end_of_burst(debounce, now, now)))
}

/// Notes the run that waits for the end of a burst.
pub(super) async fn write_burst(
    tx: &mut TenantTx,
    trigger: Uuid,
    key: &str,
    execution: ExecutionId,
    first_at: DateTime<Utc>,
    due_at: DateTime<Utc>,
) -> QueryResult<usize> {
    let sql = "UPDATE trigger_debounces SET execution_id = $3, first_at = $4, due_at = $5 \
        WHERE trigger_id = $1 AND key = $2";
    diesel::sql_query(sql)
        .bind::<SqlUuid, _>(trigger)
        .bind::<Text, _>(key)
        .bind::<SqlUuid, _>(execution)
        .bind::<Timestamptz, _>(first_at)
        .bind::<Timestamptz, _>(due_at)
        .execute(tx.conn())
        .await
}

fn end_of_burst(debounce: &Debounce, first_at: DateTime<Utc>, now: DateTime<Utc>) -> DateTime<Utc> {
    let quiet = now + TimeDelta::seconds(i64::from(debounce.seconds));
    match debounce.max_seconds {
        Some(most) => quiet.min(first_at + TimeDelta::seconds(i64::from(most))),
        None => quiet,
    }
}

#[derive(QueryableByName)]
struct Starts {
    #[diesel(sql_type = Array<Timestamptz>)]
    starts: Vec<DateTime<Utc>>,
}

/// Takes the next free moment of a key.
pub(super) async fn take_moment(
    tx: &mut TenantTx,
    trigger: Uuid,
    key: &str,
    throttle: &Throttle,
    now: DateTime<Utc>,
) -> Result<DateTime<Utc>> {
    const LOCK: &str = "INSERT INTO trigger_throttles (trigger_id, key, starts) VALUES ($1, $2, '{}') \
        ON CONFLICT (trigger_id, key) DO UPDATE SET key = excluded.key RETURNING starts";
    const WRITE: &str =
        "UPDATE trigger_throttles SET starts = $3 WHERE trigger_id = $1 AND key = $2";
    let row: Starts = diesel::sql_query(LOCK)
        .bind::<SqlUuid, _>(trigger)
        .bind::<Text, _>(key)
        .get_result(tx.conn())
        .await?;
    let (at, starts) = next_moment(row.starts, throttle, now);
    diesel::sql_query(WRITE)
        .bind::<SqlUuid, _>(trigger)
        .bind::<Text, _>(key)
        .bind::<Array<Timestamptz>, _>(starts)
        .execute(tx.conn())
        .await?;
    Ok(at)
}

/// The first moment at which no period has more than `limit` starts, and the latest `limit`
/// starts with it. `starts` is in order.
fn next_moment(
    mut starts: Vec<DateTime<Utc>>,
    throttle: &Throttle,
    now: DateTime<Utc>,
) -> (DateTime<Utc>, Vec<DateTime<Utc>>) {
    let limit = usize::try_from(throttle.limit.max(1)).unwrap_or(usize::MAX);
    let period = TimeDelta::seconds(i64::from(throttle.period_seconds));
    let before = starts.len().checked_sub(limit);
    let free = before
        .and_then(|index| starts.get(index))
        .map(|s| *s + period);
    let latest = starts.last().copied();
    let at = [free, latest]
        .into_iter()
        .flatten()
        .fold(now, DateTime::max);
    starts.push(at);
    let kept = starts.split_off(starts.len().saturating_sub(limit));
    (at, kept)
}

/// Forgets bursts that are over and moments that no period reaches back to.
pub(super) async fn prune(tx: &mut TenantTx, now: DateTime<Utc>) -> QueryResult<()> {
    const BURSTS: &str = "DELETE FROM trigger_debounces WHERE (trigger_id, key) IN \
        (SELECT trigger_id, key FROM trigger_debounces WHERE due_at < $1 LIMIT 500 FOR UPDATE SKIP LOCKED)";
    const MOMENTS: &str = "DELETE FROM trigger_throttles WHERE (trigger_id, key) IN \
        (SELECT trigger_id, key FROM trigger_throttles \
         WHERE starts[array_upper(starts, 1)] < $1 LIMIT 500 FOR UPDATE SKIP LOCKED)";
    for (sql, age) in [(BURSTS, TimeDelta::days(1)), (MOMENTS, TimeDelta::days(31))] {
        diesel::sql_query(sql)
            .bind::<Timestamptz, _>(now - age)
            .execute(tx.conn())
            .await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap()
    }

    #[test]
    fn no_period_has_more_starts_than_allowed() {
        let throttle = Throttle {
            key: None,
            limit: 3,
            period_seconds: 60,
        };
        let (mut starts, mut all) = (Vec::new(), Vec::new());
        for now in [0, 0, 1, 1, 1, 1, 70, 200, 200, 200, 200] {
            let (moment, kept) = next_moment(starts, &throttle, at(now));
            assert!(moment >= at(now) && kept.len() <= 3);
            starts = kept;
            all.push(moment);
        }
        let seconds: Vec<i64> = all
            .iter()
            .map(|t| t.timestamp() - at(0).timestamp())
            .collect();
        assert_eq!(seconds, [0, 0, 1, 60, 60, 61, 120, 200, 200, 200, 260]);
        for window in all.windows(4) {
            assert!(window[3] - window[0] >= TimeDelta::seconds(60));
        }
    }

    #[test]
    fn a_smaller_limit_holds_from_then_on() {
        let throttle = Throttle {
            key: None,
            limit: 1,
            period_seconds: 10,
        };
        let (moment, kept) = next_moment(vec![at(0), at(1), at(5)], &throttle, at(6));
        assert_eq!((moment, kept), (at(15), vec![at(15)]));
    }

    #[test]
    fn a_burst_ends_when_it_is_quiet_or_has_lasted_long_enough() {
        let mut debounce = Debounce {
            key: None,
            seconds: 10,
            max_seconds: Some(25),
        };
        assert_eq!(end_of_burst(&debounce, at(0), at(0)), at(10));
        assert_eq!(end_of_burst(&debounce, at(0), at(20)), at(25));
        debounce.max_seconds = None;
        assert_eq!(end_of_burst(&debounce, at(0), at(20)), at(30));
    }
}
