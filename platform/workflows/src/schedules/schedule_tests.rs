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
fn several_times_in_one_gap_fire_once() {
    let chicago = |cron: &str| json!({"cron": cron, "time_zone": "America/Chicago"});
    for cron in [
        "0,30 2 14 3 *",
        "*/5 2 14 3 *",
        "10-50 2 14 3 *",
        "0,30 2,3 14 3 SUN#2",
        "15 2 * 3 SUN#2",
    ] {
        let schedule = schedule(chicago(cron));
        let after = at("2027-03-14T07:59:59Z");
        let gap_end = at("2027-03-14T08:00:00Z");
        assert_eq!(schedule.next_after(after), Some(gap_end), "{cron}");
        assert!(schedule.fires_at(gap_end), "{cron}");
        let next = schedule.next_after(gap_end).unwrap();
        assert!(next - gap_end >= TimeDelta::minutes(30), "{cron}: {next}");
    }
    assert_eq!(
        fires(chicago("0 */2 * * *"), "2027-03-14T05:30:00Z", 3),
        ["03-14T06:00Z", "03-14T08:00Z", "03-14T09:00Z"]
    );
    assert_eq!(
        fires(chicago("30 * * * *"), "2027-03-14T06:45:00Z", 2),
        ["03-14T07:30Z", "03-14T08:30Z"]
    );
}

#[test]
fn half_hours_and_midnights_are_leapt_over_too() {
    let in_zone = |cron: &str, zone: &str| json!({"cron": cron, "time_zone": zone});
    // 02:00 becomes 02:30 on the first Sunday of October, 02:00 becomes 01:30 in April.
    let lord_howe = in_zone("0,15 2 * * *", "Australia/Lord_Howe");
    assert_eq!(
        fires(lord_howe, "2026-10-02T16:00:00Z", 3),
        ["10-03T15:30Z", "10-04T15:00Z", "10-04T15:15Z"]
    );
    let hourly = in_zone("0 * * * *", "Australia/Lord_Howe");
    assert_eq!(
        fires(hourly, "2026-10-03T14:00:00Z", 3),
        ["10-03T14:30Z", "10-03T15:30Z", "10-03T16:00Z"]
    );
    for (zone, before, first) in [
        ("Africa/Cairo", "2026-04-23T12:00:00Z", "04-23T22:00Z"),
        ("Asia/Beirut", "2026-03-28T12:00:00Z", "03-28T22:00Z"),
        ("America/Sao_Paulo", "2018-11-03T12:00:00Z", "11-04T03:00Z"),
    ] {
        let midnight = fires(in_zone("0,45 0 * * *", zone), before, 1);
        assert_eq!(midnight, [first], "{zone}");
    }
    // A whole day that did not exist.
    let apia = in_zone("0 9 30 12 *", "Pacific/Apia");
    assert_eq!(fires(apia, "2011-12-29T00:00:00Z", 1), ["12-30T10:00Z"]);
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

mod over_zones {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    /// Zones, each with a day on which its clock is turned.
    const TURNS: [(&str, &str); 12] = [
        ("America/New_York", "2026-03-08"),
        ("America/New_York", "2026-11-01"),
        ("Europe/Berlin", "2026-03-29"),
        ("Europe/Berlin", "2026-10-25"),
        ("Australia/Lord_Howe", "2026-10-04"),
        ("Australia/Lord_Howe", "2026-04-05"),
        ("Africa/Cairo", "2026-04-24"),
        ("Africa/Cairo", "2026-10-29"),
        ("Asia/Beirut", "2026-03-29"),
        ("America/Sao_Paulo", "2018-11-04"),
        ("America/Sao_Paulo", "2018-02-17"),
        ("Asia/Kathmandu", "2026-05-01"),
    ];

    /// The fire times from `from` on for two days, found by looking at every minute.
    fn by_hand(schedule: &Schedule, from: DateTime<Utc>) -> BTreeSet<DateTime<Utc>> {
        let minutes = |count: i64| (1..=count).map(|n| TimeDelta::minutes(n));
        let matches = |local: NaiveDateTime| {
            let time = local.and_utc();
            schedule.cron.is_time_matching(&time).unwrap()
        };
        let end = from + TimeDelta::days(2);
        let mut found = BTreeSet::new();
        for time in minutes(2 * 24 * 60).map(|n| from + n) {
            let local = time.naive_utc() + schedule.offset(time);
            let again = !schedule.every_hour && is_repetition(&time.with_timezone(&schedule.zone));
            if matches(local) && !again {
                found.insert(time);
            }
            // The minutes that the clock leapt over to get here.
            let leap = schedule.offset(time) - schedule.offset(time - TimeDelta::minutes(1));
            let skipped = (1..=leap.num_minutes()).map(|n| local - TimeDelta::minutes(n));
            if schedule.makes_up(leap) && skipped.clone().any(matches) {
                found.insert(time);
            }
        }
        found.retain(|time| *time <= end);
        found
    }

    fn field(most: u32) -> impl Strategy<Value = String> {
        prop_oneof![
            Just("*".to_owned()),
            (0..=most).prop_map(|n| n.to_string()),
            (1..=most).prop_map(|n| format!("*/{n}")),
            (0..=most, 0..=most).prop_map(|(a, b)| format!("{}-{}", a.min(b), a.max(b))),
            (0..=most, 0..=most).prop_map(|(a, b)| format!("{a},{b}")),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(96))]

        #[test]
        fn every_time_fires_once(
            minute in field(59),
            hour in prop_oneof![field(23), field(3)],
            turn in 0..TURNS.len(),
        ) {
            let (zone, day) = TURNS[turn];
            let cron = format!("{minute} {hour} * * *");
            let schedule = Schedule::read(&json!({"cron": cron, "time_zone": zone}), "UTC").unwrap();
            let from = at(&format!("{day}T00:00:00Z")) - TimeDelta::days(1);
            let mut found = BTreeSet::new();
            let mut next = from;
            loop {
                next = schedule.next_after(next).unwrap();
                if next > from + TimeDelta::days(2) {
                    break;
                }
                prop_assert!(schedule.fires_at(next), "{cron} {zone} {next}");
                prop_assert!(found.insert(next));
            }
            prop_assert_eq!(found, by_hand(&schedule, from), "{} {}", cron, zone);
        }
    }
}
