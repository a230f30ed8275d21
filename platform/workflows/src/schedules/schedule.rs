//! When a schedule fires: a pure function of its configuration and the time.

use chrono::{DateTime, LocalResult, NaiveDateTime, Offset, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;
use croner::Cron;
use croner::parser::{CronParser, Seconds, Year};
use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::VecDeque;

/// What was missed longer ago than this is not made up.
const LOOK_BACK: TimeDelta = TimeDelta::days(31);
/// What is not later than this was not missed.
const ON_TIME: TimeDelta = TimeDelta::minutes(5);
/// No clock is turned twice within this time.
const STRIDE: TimeDelta = TimeDelta::days(1);
/// How often a schedule may be made up for; as many times a day as an hour's schedule fires.
pub(crate) const MOST_CATCH_UP: usize = 24;

/// The configuration of a trigger of type `schedule`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Config {
    cron: String,
    #[serde(default)]
    time_zone: Option<String>,
    #[serde(default)]
    overlap: Overlap,
    #[serde(default = "one")]
    catch_up: usize,
    #[serde(default)]
    jitter_seconds: u32,
}

fn one() -> usize {
    1
}

/// What happens when a run is due while the one before is still under way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Overlap {
    #[default]
    Skip,
    Queue,
    CancelPrevious,
}

/// What is wrong with a configuration: its place in it, and a sentence.
pub(crate) type Wrong = (&'static str, String);

/// A schedule that can be asked.
#[derive(Clone, Debug)]
pub(crate) struct Schedule {
    cron: Cron,
    every_hour: bool,
    pub(crate) zone: Tz,
    pub(crate) overlap: Overlap,
    /// How many missed fire times are made up.
    catch_up: usize,
    jitter_seconds: u32,
}

/// Fire times that have come.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Due {
    /// Oldest first.
    pub(crate) fires: Vec<DateTime<Utc>>,
    /// How many were missed for good.
    pub(crate) missed: usize,
    /// `None` when it never fires again.
    pub(crate) next: Option<DateTime<Utc>>,
}

impl Schedule {
    /// Reads a configuration; `zone` is the dealership's.
    pub(crate) fn read(config: &Value, zone: &str) -> Result<Self, Wrong> {
        let config = Config::deserialize(config).map_err(|error| ("", error.to_string()))?;
        let parser = CronParser::builder()
            .seconds(Seconds::Disallowed)
            .year(Year::Disallowed)
            .build();
        let cron = parser.parse(&config.cron).map_err(|error| {
            let message = format!("{error}; write five fields, for example `0 9 * * MON-FRI`");
            ("/cron", message)
        })?;
        let name = config.time_zone.as_deref().unwrap_or(zone);
        let zone = name
            .parse()
            .map_err(|_unknown| ("/time_zone", format!("`{name}` is no time zone")))?;
        let schedule = Self {
            every_hour: (0..24).all(|hour| cron.pattern.hour_match(hour).unwrap_or(false)),
            cron,
            zone,
            overlap: config.overlap,
            catch_up: config.catch_up.min(MOST_CATCH_UP),
            jitter_seconds: config.jitter_seconds,
        };
        match schedule.next_after(platform_kernel::clock::now()) {
            Some(_) => Ok(schedule),
            None => Err(("/cron", "there is no such day".to_owned())),
        }
    }

    /// The first fire time after `after`. What falls into a time that the clock leaps over fires
    /// once, at the first instant behind the gap; what comes twice fires once, the first time. A
    /// pattern for every hour follows real hours instead: a gap of whole hours takes none away.
    pub(crate) fn next_after(&self, after: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let mut now = after;
        let mut offset = self.offset(now);
        let mut local = self.next_local(now.naive_utc() + offset, false)?;
        // From one turn of the clock to the next: between them local time and instants run alike.
        loop {
            let fire = (local - offset).and_utc();
            let until = fire.min(now + STRIDE);
            if self.offset(until) != offset {
                let turn = self.turn(now, until, offset);
                let turned = self.offset(turn);
                let shown = turn.naive_utc() + turned;
                if local < shown && self.makes_up(turned - offset) {
                    return Some(turn);
                }
                (now, offset) = (turn, turned);
                local = self.next_local(shown, true)?;
            } else if until < fire {
                now = until;
            } else if self.every_hour || !is_repetition(&fire.with_timezone(&self.zone)) {
                return Some(fire);
            } else {
                now = fire;
                local = self.next_local(local, false)?;
            }
        }
    }

    /// The next time of the pattern on a clock that nobody turns.
    fn next_local(&self, after: NaiveDateTime, inclusive: bool) -> Option<NaiveDateTime> {
        let next = self.cron.find_next_occurrence(&after.and_utc(), inclusive);
        next.ok().map(|next| next.naive_utc())
    }

    fn offset(&self, time: DateTime<Utc>) -> TimeDelta {
        let offset = self.zone.offset_from_utc_datetime(&time.naive_utc());
        TimeDelta::seconds(i64::from(offset.fix().local_minus_utc()))
    }

    /// The first second at which the offset is not `offset`; it is at `from` and is not at `to`.
    fn turn(&self, from: DateTime<Utc>, to: DateTime<Utc>, offset: TimeDelta) -> DateTime<Utc> {
        let (mut before, mut behind) = (from.timestamp(), to.timestamp());
        while behind - before > 1 {
            let middle = before + (behind - before) / 2;
            let time = DateTime::from_timestamp(middle, 0).unwrap_or(to);
            if self.offset(time) == offset {
                before = middle;
            } else {
                behind = middle;
            }
        }
        DateTime::from_timestamp(behind, 0).unwrap_or(to)
    }

    /// Whether a time in a gap of this length fires behind it.
    fn makes_up(&self, gap: TimeDelta) -> bool {
        !self.every_hour || gap.num_seconds() % 3_600 != 0
    }

    /// Whether it fires at `time`: not, for example, once the dealership has moved to another zone.
    pub(crate) fn fires_at(&self, time: DateTime<Utc>) -> bool {
        self.next_after(time - TimeDelta::seconds(1)) == Some(time)
    }

    /// What has come by `now`, when `next` was the first fire time not seen to yet.
    pub(crate) fn due(&self, next: DateTime<Utc>, now: DateTime<Utc>) -> Due {
        let earliest = now - LOOK_BACK;
        let mut at = if next < earliest {
            self.next_after(earliest)
        } else {
            Some(next)
        };
        // What waits for a run to end is not missed as long as it is the only one that waits.
        let most_late = match self.overlap {
            Overlap::Queue => self.catch_up.max(1),
            Overlap::Skip | Overlap::CancelPrevious => self.catch_up,
        };
        let (mut late, mut fires, mut missed) = (VecDeque::new(), Vec::new(), 0);
        while let Some(fire) = at.filter(|fire| *fire <= now) {
            if is_late(fire, now) {
                late.push_back(fire);
            } else {
                fires.push(fire);
            }
            if late.len() > most_late {
                late.pop_front();
                missed += 1;
            }
            at = self.next_after(fire);
        }
        Due {
            fires: late.into_iter().chain(fires).collect(),
            missed,
            next: at,
        }
    }

    /// How much later than its fire time a run of this trigger starts: always the same, so that
    /// many schedules of one hour do not start in one second.
    pub(crate) fn jitter(&self, trigger: &[u8]) -> TimeDelta {
        let digest = Sha256::digest(trigger);
        let number = digest
            .iter()
            .take(8)
            .fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
        let seconds = number % (u64::from(self.jitter_seconds) + 1);
        TimeDelta::seconds(i64::try_from(seconds).unwrap_or(0))
    }
}

/// Whether a fire time was missed, and its run makes up for that.
pub(crate) fn is_late(fire: DateTime<Utc>, now: DateTime<Utc>) -> bool {
    now - fire > ON_TIME
}

/// Whether the clock showed this time an hour before.
fn is_repetition(time: &DateTime<Tz>) -> bool {
    let shown = time.timezone().from_local_datetime(&time.naive_local());
    matches!(shown, LocalResult::Ambiguous(_, later) if later == *time)
}

#[cfg(test)]
#[path = "schedule_tests.rs"]
mod tests;
