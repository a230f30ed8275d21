//! The `Retry-After` header (RFC 9110 §10.2.3): seconds, or a date in any of HTTP's three forms.

use chrono::{DateTime, Utc};
use std::time::Duration;

/// The longest wait that is taken over: a peer must not park a run for years.
pub const LONGEST: Duration = Duration::from_secs(3600);

/// The wait that `value` asks for at `now`, at most [`LONGEST`]; `None` if it is neither seconds
/// nor a date. A date in the past asks for no wait.
pub fn parse(value: &str, now: DateTime<Utc>) -> Option<Duration> {
    let value = value.trim();
    if let Some(wait) = seconds(value) {
        return Some(wait.min(LONGEST));
    }
    let until = DateTime::<Utc>::from(httpdate::parse_http_date(value).ok()?);
    Some(
        until
            .signed_duration_since(now)
            .to_std()
            .unwrap_or_default(),
    )
    .map(|w| w.min(LONGEST))
}

/// Whole seconds by the standard; some servers send fractions.
fn seconds(value: &str) -> Option<Duration> {
    let digits = |c: char| c.is_ascii_digit() || c == '.';
    if value.is_empty() || !value.chars().all(digits) {
        return None;
    }
    let seconds: f64 = value.parse().ok()?;
    // A number beyond every duration still asks for the longest wait.
    Some(Duration::try_from_secs_f64(seconds).unwrap_or(LONGEST))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_and_every_form_of_a_date_are_read() {
        let now = "2026-11-21T10:00:00Z".parse().unwrap();
        let read = |value: &str| parse(value, now).map(|wait| wait.as_millis());
        for (value, milliseconds) in [
            ("3", 3_000),
            (" 0 ", 0),
            ("1.5", 1_500),
            ("99999999", 3_600_000),
            ("99999999999999999999999999999", 3_600_000),
            ("Sat, 21 Nov 2026 10:00:30 GMT", 30_000),
            ("Saturday, 21-Nov-26 10:00:30 GMT", 30_000),
            ("Sat Nov 21 10:00:30 2026", 30_000),
            ("Sat, 21 Nov 2026 09:00:30 GMT", 0),
            ("Thu, 01 Jan 2099 00:00:00 GMT", 3_600_000),
        ] {
            assert_eq!(read(value), Some(milliseconds), "{value}");
        }
        for value in [
            "",
            "soon",
            "-1",
            "NaN",
            "inf",
            "1e9",
            "3 s",
            "1.2.3",
            "2026-11-21",
        ] {
            assert_eq!(read(value), None, "{value}");
        }
    }
}
