use crate::dates::parse;
use crate::values::odometer;
use chrono_tz::Tz;

fn in_zone(text: &str, zone: Tz) -> Option<String> {
    parse(text, zone).map(|moment| moment.to_rfc3339())
}

fn utc(text: &str) -> Option<String> {
    in_zone(text, Tz::UTC)
}

#[test]
fn dates_are_read_in_every_form_that_was_seen() {
    let zoned = [
        ("2026-11-21T10:00:00-08:00", "2026-11-21T18:00:00+00:00"),
        ("2026-11-21T10:00:00-08:0", "2026-11-21T18:00:00+00:00"),
        ("2026-11-21T10:00:00-8", "2026-11-21T18:00:00+00:00"),
        ("2026-11-21T10:00:00-0800", "2026-11-21T18:00:00+00:00"),
        ("2026-11-21T10:00:00Z", "2026-11-21T10:00:00+00:00"),
        ("2026-11-21T10:00:00.123456Z", "2026-11-21T10:00:00+00:00"),
        ("2026-11-21T10:00+05:30", "2026-11-21T04:30:00+00:00"),
        ("2026-11-21 10:00:00 -0500", "2026-11-21T15:00:00+00:00"),
        ("11/21/2026 3:04 PM EST", "2026-11-21T20:04:00+00:00"),
        ("Sat, 21 Nov 2026 10:00:00 GMT", "2026-11-21T10:00:00+00:00"),
        ("Sat Nov 21 10:00:00 PST 2026", "2026-11-21T18:00:00+00:00"),
        (
            "Sat, 21 Nov 2026 10:00:00 -0800 (PST)",
            "2026-11-21T18:00:00+00:00",
        ),
    ];
    for (text, expected) in zoned {
        assert_eq!(utc(text).as_deref(), Some(expected), "{text}");
    }
    let local = [
        ("2026-11-21", "2026-11-21T00:00:00+00:00"),
        ("20261121", "2026-11-21T00:00:00+00:00"),
        ("2026/11/21 23:59:60", "2026-11-21T23:59:59+00:00"),
        ("11/21/2026 3:04 PM", "2026-11-21T15:04:00+00:00"),
        ("11/21/26 12:04am", "2026-11-21T00:04:00+00:00"),
        ("21/11/2026 12:04 p.m.", "2026-11-21T12:04:00+00:00"),
        ("1-2-2026", "2026-01-02T00:00:00+00:00"),
        ("21-Nov-2026 3pm", "2026-11-21T15:00:00+00:00"),
        ("November 21st, 2026", "2026-11-21T00:00:00+00:00"),
        ("21.11.2026", "2026-11-21T00:00:00+00:00"),
    ];
    for (text, expected) in local {
        assert_eq!(utc(text).as_deref(), Some(expected), "{text}");
    }
}

#[test]
fn a_time_without_a_zone_is_one_of_the_dealership() {
    for (text, zone, expected) in [
        (
            "2026-07-01 09:00",
            Tz::America__Chicago,
            "2026-07-01T14:00:00+00:00",
        ),
        (
            "2026-12-01 09:00",
            Tz::America__Chicago,
            "2026-12-01T15:00:00+00:00",
        ),
        // The hour that summer time skips, and the one that comes twice.
        (
            "2026-03-08 02:30",
            Tz::America__Chicago,
            "2026-03-08T08:30:00+00:00",
        ),
        (
            "2026-11-01 01:30",
            Tz::America__Chicago,
            "2026-11-01T06:30:00+00:00",
        ),
        (
            "12/01/2026 9:00 AM ET",
            Tz::America__Chicago,
            "2026-12-01T14:00:00+00:00",
        ),
        (
            "2026-12-01 09:00 America/Denver",
            Tz::America__Chicago,
            "2026-12-01T16:00:00+00:00",
        ),
        (
            "2026-12-01T09:00:00Z",
            Tz::America__Chicago,
            "2026-12-01T09:00:00+00:00",
        ),
        (
            "03/04/2026 12:00",
            Tz::America__Chicago,
            "2026-03-04T18:00:00+00:00",
        ),
        (
            "03/04/2026 12:00",
            Tz::Europe__London,
            "2026-04-03T11:00:00+00:00",
        ),
        (
            "03.04.2026 12:00",
            Tz::America__Chicago,
            "2026-04-03T17:00:00+00:00",
        ),
        (
            "1 de diciembre de 2026",
            Tz::UTC,
            "2026-12-01T00:00:00+00:00",
        ),
        ("1er août 2026 14h30", Tz::UTC, "2026-08-01T14:30:00+00:00"),
        ("3. März 2026", Tz::UTC, "2026-03-03T00:00:00+00:00"),
        ("2026-30-11 10:15:00", Tz::UTC, "2026-11-30T10:15:00+00:00"),
        (
            "1796050800",
            Tz::America__Chicago,
            "2026-11-30T15:00:00+00:00",
        ),
        (
            "/Date(1796050800000)/",
            Tz::America__Chicago,
            "2026-11-30T15:00:00+00:00",
        ),
    ] {
        assert_eq!(in_zone(text, zone).as_deref(), Some(expected), "{text}");
    }
}

#[test]
fn what_is_no_date_is_none() {
    for text in [
        "",
        " ",
        "next Tuesday",
        "2026",
        "2026-13-13",
        "2026-02-30",
        "0000-00-00",
        "1899-01-01",
        "25:00",
        "2026-11-21T25:00:00Z",
        "2026-11-21T10:00:00-99:00",
        "11/21",
        "1/2/3/4",
        "--",
        "+",
        "2026-11-21T10:00:00Zulu",
        "９９-11-21",
        "99999999999999999999",
        "2026-11-21 x",
    ] {
        assert_eq!(utc(text), None, "{text}");
    }
}

#[test]
fn mileage_is_read() {
    for (text, units, expected) in [
        ("45,000", Some("km"), "45000 km"),
        ("45.000", Some("km"), "45000 km"),
        ("45 000", Some("km"), "45000 km"),
        ("45000.0", Some("mi"), "45000 mi"),
        ("45,000 miles", Some("mi"), "45000 miles"),
        ("low, really", None, "low, really"),
    ] {
        assert_eq!(odometer(text, units), expected, "{text}");
    }
}
