//! Day partitions of what runs leave behind. The key is the run's id, a UUIDv7, whose first 48 bits
//! are milliseconds: a day is a range of ids.

use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};
use uuid::Uuid;

/// The tables that are partitioned by day.
pub const BY_DAY: [&str; 2] = ["execution_events", "execution_logs"];
/// How many days are made before they begin.
pub const AHEAD: u64 = 3;

/// The days whose partitions must be there at `now`: today's and those after it.
pub fn days_ahead(now: DateTime<Utc>) -> impl Iterator<Item = NaiveDate> {
    let today = now.date_naive();
    (0..=AHEAD).filter_map(move |days| today.checked_add_days(Days::new(days)))
}

/// The name of a day's partition.
pub fn name(table: &str, day: NaiveDate) -> String {
    format!("{table}_{}", day.format("%Y%m%d"))
}

/// The day of the partition `name`; `None` when it is none of `table`'s days.
pub fn day(table: &str, name: &str) -> Option<NaiveDate> {
    let day = name.strip_prefix(table)?.strip_prefix('_')?;
    NaiveDate::parse_from_str(day, "%Y%m%d").ok()
}

/// The least id of a run that began at `time` or later.
pub fn first_id(time: DateTime<Utc>) -> Uuid {
    let millis = u128::try_from(time.timestamp_millis()).unwrap_or(0);
    Uuid::from_u128(millis << 80)
}

/// The least id of a run that began on `day`.
pub fn first_id_of(day: NaiveDate) -> Uuid {
    first_id(day.and_time(NaiveTime::MIN).and_utc())
}

/// Makes the partition of `day` in the schema of the current `search_path`. It locks the table:
/// [`attach`] is for tables that are in use.
pub fn create(table: &str, day: NaiveDate) -> String {
    format!(
        "CREATE TABLE IF NOT EXISTS {} PARTITION OF {table} {};",
        name(table, day),
        values(day)
    )
}

/// Makes the partition of `day` beside the table and joins it, which lets runs go on; only the
/// default partition is locked while it is looked through.
pub fn attach(table: &str, day: NaiveDate) -> String {
    let partition = name(table, day);
    format!(
        "CREATE TABLE {partition} (LIKE {table} INCLUDING DEFAULTS INCLUDING CONSTRAINTS);
         ALTER TABLE {table} ATTACH PARTITION {partition} {};",
        values(day)
    )
}

/// Removes a day and all in it.
pub fn drop(table: &str, day: NaiveDate) -> String {
    let partition = name(table, day);
    format!("ALTER TABLE {table} DETACH PARTITION {partition}; DROP TABLE {partition};")
}

fn values(day: NaiveDate) -> String {
    let next = day.checked_add_days(Days::new(1)).unwrap_or(day);
    format!(
        "FOR VALUES FROM ('{}') TO ('{}')",
        first_id_of(day),
        first_id_of(next)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn a_day_is_a_range_of_ids() {
        let day = at("2026-11-21T00:00:00Z").date_naive();
        let (first, next) = (first_id_of(day), first_id(at("2026-11-22T00:00:00Z")));
        let millis = at("2026-11-21T23:59:59.999Z").timestamp_millis() as u64;
        let timestamp = uuid::Timestamp::from_unix(uuid::NoContext, millis / 1_000, 999_000_000);
        let last = Uuid::new_v7(timestamp);
        assert!(first < last && last < next, "{first} {last} {next}");
        assert_eq!(first.to_string(), "01a1fb67-1800-0000-0000-000000000000");
    }

    #[test]
    fn names_are_read_as_they_are_written() {
        let day_of = at("2026-11-21T10:00:00Z").date_naive();
        assert_eq!(name("execution_logs", day_of), "execution_logs_20261121");
        assert_eq!(
            day("execution_logs", "execution_logs_20261121"),
            Some(day_of)
        );
        assert_eq!(day("execution_logs", "execution_logs_default"), None);
        assert_eq!(days_ahead(at("2026-12-30T23:59:00Z")).count(), 4);
    }
}
