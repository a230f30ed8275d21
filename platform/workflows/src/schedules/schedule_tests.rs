use super::*;
use serde_json::json;

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn schedule(config: Value) -> Schedule {
    Schedule::read(&config, "America/New_York").unwrap()
}

fn fires(config: Value, after: &str, count: usize) -> Vec<String> {
    let schedule = schedule(config);
    let mut next = at(after);
    let mut found = Vec::new();
    for _ in 0..count {
        next = schedule.next_after(next).unwrap();
        assert!(schedule.fires_at(next), "{next}");
        found.push(next.format("%m-%dT%H:%MZ").to_string());
    }
    found
}

#[test]
fn a_time_in_the_gap_moves_behind_it() {
    let daily = json!({"cron": "30 2 * * *"});
    assert_eq!(
        fires(daily, "2026-03-07T00:00:00Z", 3),
        ["03-07T07:30Z", "03-08T07:00Z", "03-09T06:30Z"]
    );
    let berlin = json!({"cron": "30 2 * * *", "time_zone": "Europe/Berlin"});
    assert_eq!(
        fires(berlin, "2026-03-28T00:00:00Z", 3),
        ["03-28T01:30Z", "03-29T01:00Z", "03-30T00:30Z"]
    );
}

#[test]
fn a_time_that_comes_twice_counts_once() {
    let daily = json!({"cron": "30 1 * * *"});
    assert_eq!(
        fires(daily, "2026-10-31T00:00:00Z", 3),
        ["10-31T05:30Z", "11-01T05:30Z", "11-02T06:30Z"]
    );
    let berlin = json!({"cron": "0,30 2 * * *", "time_zone": "Europe/Berlin"});
    assert_eq!(
        fires(berlin, "2026-10-24T12:00:00Z", 3),
        ["10-25T00:00Z", "10-25T00:30Z", "10-26T01:00Z"]
    );
}

#[test]
fn an_hourly_one_fires_every_real_hour() {
    assert_eq!(
        fires(json!({"cron": "0 * * * *"}), "2026-11-01T04:30:00Z", 3),
        ["11-01T05:00Z", "11-01T06:00Z", "11-01T07:00Z"]
    );
}

#[test]
fn what_was_missed_is_made_up_as_far_as_allowed() {
    let hourly = |catch_up: usize, overlap: &str| {
        schedule(json!({"cron": "0 * * * *", "catch_up": catch_up, "overlap": overlap}))
    };
    let (next, now) = (at("2026-01-01T01:00:00Z"), at("2026-01-01T06:02:00Z"));
    let due = hourly(2, "skip").due(next, now);
    let hour = |hour: u32| at(&format!("2026-01-01T{hour:02}:00:00Z"));
    assert_eq!(due.fires, [hour(4), hour(5), hour(6)]);
    assert_eq!((due.missed, due.next), (3, Some(hour(7))));
    assert_eq!(hourly(0, "skip").due(next, now).fires, [hour(6)]);
    let late = at("2026-01-01T06:30:00Z");
    assert!(hourly(0, "skip").due(next, late).fires.is_empty());
    assert_eq!(hourly(1, "skip").due(next, late).fires, [hour(6)]);
    assert_eq!(hourly(0, "queue").due(next, late).fires, [hour(6)]);
    let none = hourly(1, "skip").due(hour(7), now);
    assert_eq!((none.fires.len(), none.next), (0, Some(hour(7))));
}

#[test]
fn a_month_is_looked_back_upon_and_no_more() {
    let minutes = schedule(json!({"cron": "* * * * *", "catch_up": 24}));
    let due = minutes.due(at("2020-01-01T00:00:00Z"), at("2026-01-01T00:00:00Z"));
    assert_eq!(due.fires.len(), 24 + 6);
    assert!(due.missed < 31 * 24 * 60);
}

#[test]
fn faults_are_named_by_their_place() {
    for (config, place) in [
        (json!({}), ""),
        (json!({"cron": "nonsense"}), "/cron"),
        (json!({"cron": "* * * * * *"}), "/cron"),
        (json!({"cron": "61 * * * *"}), "/cron"),
        (json!({"cron": "0 0 31 2 *"}), "/cron"),
        (
            json!({"cron": "0 0 * * *", "time_zone": "Mars/Base"}),
            "/time_zone",
        ),
    ] {
        assert_eq!(
            Schedule::read(&config, "UTC").unwrap_err().0,
            place,
            "{config}"
        );
    }
}

#[test]
fn another_zone_makes_another_time() {
    let config = json!({"cron": "0 9 * * *"});
    let noon = at("2026-06-01T13:00:00Z");
    assert!(
        Schedule::read(&config, "America/New_York")
            .unwrap()
            .fires_at(noon)
    );
    assert!(
        !Schedule::read(&config, "America/Chicago")
            .unwrap()
            .fires_at(noon)
    );
}

#[test]
fn jitter_is_the_same_every_time_and_within_its_bound() {
    let schedule = schedule(json!({"cron": "0 0 * * *", "jitter_seconds": 90}));
    let some: Vec<TimeDelta> = [b"a", b"b", b"c"].map(|id| schedule.jitter(id)).into();
    assert!(some.iter().all(|jitter| *jitter <= TimeDelta::seconds(90)));
    assert_eq!(schedule.jitter(b"a"), some[0]);
    assert_ne!(some[0], some[1]);
}
