//! The only place that asks the machine what time it is.

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

/// A moment to which both ways of telling the time refer.
static START: LazyLock<Instant> = LazyLock::new(Instant::now);
/// Microseconds from 1970 to `START` by the clock that is followed; `NONE` while none is.
static FOLLOWED: AtomicI64 = AtomicI64::new(NONE);
const NONE: i64 = i64::MIN;
/// Microseconds by which the time that is followed may be off.
static UNSURE: AtomicI64 = AtomicI64::new(0);
/// So little is no jump: the answer may have taken longer one way than the other.
const TOLERANCE: TimeDelta = TimeDelta::milliseconds(20);

/// The current time, at the microsecond precision that Postgres keeps: the machine's, or, once
/// [`follow`] was called, the one that is followed, which a jump of the machine's clock does not
/// reach.
pub fn now() -> DateTime<Utc> {
    let followed = FOLLOWED.load(Ordering::Relaxed);
    let since = i64::try_from(START.elapsed().as_micros()).unwrap_or(i64::MAX);
    let micros = followed.saturating_add(since);
    match DateTime::from_timestamp_micros(micros) {
        Some(time) if followed != NONE => time,
        _ => machine(),
    }
}

/// Takes the time from another clock, that of the database: `asked` is how long its answer
/// `time` took. Called every few seconds, it holds the two together, and the better the sooner an
/// answer came.
pub fn follow(time: DateTime<Utc>, asked: Duration) {
    let Ok(asked) = TimeDelta::from_std(asked) else {
        return;
    };
    let unsure = asked / 2;
    let time = time + unsure;
    let off = (time - now()).abs();
    let micros = unsure.num_microseconds().unwrap_or(i64::MAX);
    let better = micros < UNSURE.load(Ordering::Relaxed) / 2;
    if FOLLOWED.load(Ordering::Relaxed) == NONE || off > TOLERANCE + unsure || better {
        UNSURE.store(micros, Ordering::Relaxed);
        let since = i64::try_from(START.elapsed().as_micros()).unwrap_or(i64::MAX);
        FOLLOWED.store(
            time.timestamp_micros().saturating_sub(since),
            Ordering::Relaxed,
        );
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "this is the one place that reads the clock"
)]
fn machine() -> DateTime<Utc> {
    Utc::now().trunc_subsecs(6)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_is_the_machines_until_another_clock_is_followed_and_small_differences_are_none() {
        let before = machine();
        assert!((now() - before).abs() < TimeDelta::seconds(5));
        let ahead = before + TimeDelta::hours(3);
        follow(ahead, Duration::from_millis(2));
        let first = now();
        assert!((first - ahead).abs() < TimeDelta::seconds(5));
        // An answer that took a second says nothing about half a second.
        follow(now() + TimeDelta::milliseconds(300), Duration::from_secs(1));
        assert!((now() - first) < TimeDelta::seconds(5));
        follow(before, Duration::from_millis(2));
        assert!(now() < first);
    }
}
