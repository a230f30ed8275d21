//! The dealership's days: from midnight to midnight in its time zone, which makes them 23, 24 or
//! 25 hours long.

use super::queries::Day;
use chrono::{DateTime, Days, NaiveDate, NaiveTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;

/// The `count` days that end with the one `now` falls on, oldest first. An unknown zone counts
/// as UTC.
pub(super) fn until(now: DateTime<Utc>, time_zone: &str, count: u64) -> Vec<Day> {
    let zone: Tz = time_zone.parse().unwrap_or(Tz::UTC);
    let today = now.with_timezone(&zone).date_naive();
    let days = (0..count).rev().filter_map(|ago| {
        let date = today.checked_sub_days(Days::new(ago))?;
        let next = date.checked_add_days(Days::new(1))?;
        Some(Day {
            date,
            starts: midnight(zone, date),
            ends: midnight(zone, next),
        })
    });
    days.collect()
}

/// When a day begins; where the clocks skip midnight, an hour later.
fn midnight(zone: Tz, date: NaiveDate) -> DateTime<Utc> {
    let midnight = date.and_time(NaiveTime::MIN);
    let begins = zone.from_local_datetime(&midnight).earliest();
    let begins = begins.or_else(|| {
        let later = midnight + TimeDelta::hours(1);
        zone.from_local_datetime(&later).earliest()
    });
    begins.map_or_else(|| midnight.and_utc(), |at| at.with_timezone(&Utc))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn a_day_is_the_dealerships_own() {
        let days = until(at("2026-11-21T03:30:00Z"), "America/New_York", 2);
        assert_eq!(days[1].date.to_string(), "2026-11-20");
        assert_eq!(days[1].starts, at("2026-11-20T05:00:00Z"));
        assert_eq!(days[1].ends, at("2026-11-21T05:00:00Z"));
        assert_eq!(days[0].ends, days[1].starts);
    }

    #[test]
    fn days_with_a_change_of_clocks_have_23_or_25_hours() {
        let autumn = until(at("2026-11-01T20:00:00Z"), "America/New_York", 1);
        assert_eq!((autumn[0].ends - autumn[0].starts).num_hours(), 25);
        let spring = until(at("2026-03-08T20:00:00Z"), "America/New_York", 1);
        assert_eq!((spring[0].ends - spring[0].starts).num_hours(), 23);
        let unknown = until(at("2026-03-08T20:00:00Z"), "Nowhere/City", 1);
        assert_eq!(unknown[0].starts, at("2026-03-08T00:00:00Z"));
    }
}
