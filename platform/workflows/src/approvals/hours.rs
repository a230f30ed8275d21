//! Time as a dealership counts it: the hours in which somebody is there.

use chrono::{
    DateTime, Datelike, Days, LocalResult, NaiveDate, NaiveTime, TimeDelta, TimeZone, Utc, Weekday,
};
use chrono_tz::Tz;
use serde::Deserialize;

/// Days looked ahead. A week without an open minute is refused before it comes to this; the limit
/// is for five minutes a week and a year to wait.
const LONGEST: usize = 366 * 60;

/// When a dealership is open, the same every week, by its own clock.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Hours {
    pub days: Vec<Day>,
    /// `HH:MM`, local time.
    pub from: Clock,
    pub to: Clock,
}

/// A day of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Day {
    Mon,
    Tue,
    Wed,
    Thu,
    Fri,
    Sat,
    Sun,
}

/// A time of day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Deserialize)]
#[serde(try_from = "String")]
pub struct Clock(NaiveTime);

impl TryFrom<String> for Clock {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        NaiveTime::parse_from_str(&text, "%H:%M")
            .map(Self)
            .map_err(|_unreadable| format!("\"{text}\" is no time like 09:00"))
    }
}

impl Default for Hours {
    fn default() -> Self {
        use Day::{Fri, Mon, Sat, Thu, Tue, Wed};
        let at = |hour| Clock(NaiveTime::from_hms_opt(hour, 0, 0).unwrap_or_default());
        Self {
            days: vec![Mon, Tue, Wed, Thu, Fri, Sat],
            from: at(9),
            to: at(19),
        }
    }
}

impl Day {
    fn is(self, weekday: Weekday) -> bool {
        let day = match self {
            Self::Mon => Weekday::Mon,
            Self::Tue => Weekday::Tue,
            Self::Wed => Weekday::Wed,
            Self::Thu => Weekday::Thu,
            Self::Fri => Weekday::Fri,
            Self::Sat => Weekday::Sat,
            Self::Sun => Weekday::Sun,
        };
        day == weekday
    }
}

impl Hours {
    /// Whether anybody is ever there.
    pub fn are_some(&self) -> bool {
        !self.days.is_empty() && self.from < self.to
    }

    /// When so many open minutes have passed since `start`. Minutes are real ones: on the day the
    /// clocks change, a shift across the change is an hour shorter or longer. `None` where that
    /// never comes.
    pub fn after(&self, start: DateTime<Utc>, minutes: u32, zone: Tz) -> Option<DateTime<Utc>> {
        if !self.are_some() {
            return None;
        }
        let mut left = TimeDelta::minutes(minutes.into());
        let mut date = start.with_timezone(&zone).date_naive();
        for _ in 0..LONGEST {
            if let Some((opens, closes)) = self.shift(date, zone) {
                let begins = opens.max(start);
                let room = (closes - begins).max(TimeDelta::zero());
                if room >= left && closes > begins {
                    return Some(begins + left);
                }
                left -= room;
            }
            date = date.checked_add_days(Days::new(1))?;
        }
        None
    }

    /// When the dealership opens and closes on that day.
    fn shift(&self, date: NaiveDate, zone: Tz) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
        let open = self.days.iter().any(|day| day.is(date.weekday()));
        open.then_some((
            instant(date, self.from, zone, Side::First)?,
            instant(date, self.to, zone, Side::Last)?,
        ))
    }
}

/// Which of two instants a local time names that comes twice.
#[derive(Clone, Copy)]
enum Side {
    First,
    Last,
}

/// The instant of a local time. One that the clocks skip is the moment of the change.
fn instant(date: NaiveDate, time: Clock, zone: Tz, side: Side) -> Option<DateTime<Utc>> {
    let local = date.and_time(time.0);
    match (zone.from_local_datetime(&local), side) {
        (LocalResult::Single(at), _) => Some(at.to_utc()),
        (LocalResult::Ambiguous(first, _), Side::First) => Some(first.to_utc()),
        (LocalResult::Ambiguous(_, last), Side::Last) => Some(last.to_utc()),
        (LocalResult::None, _) => {
            // Gaps are whole minutes, and the longest so far was a day.
            let mut later = (1..=1_440).map(|minute| local + TimeDelta::minutes(minute));
            later
                .find_map(|local| zone.from_local_datetime(&local).earliest())
                .map(|at| at.to_utc())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono_tz::America::New_York;

    fn at(text: &str) -> DateTime<Utc> {
        DateTime::parse_from_rfc3339(text).unwrap().to_utc()
    }

    fn after(start: &str, minutes: u32) -> String {
        let due = Hours::default()
            .after(at(start), minutes, New_York)
            .unwrap();
        due.with_timezone(&New_York)
            .format("%a %d %b %H:%M %z")
            .to_string()
    }

    #[test]
    fn only_open_minutes_count() {
        // Friday afternoon, within the day and into Saturday.
        assert_eq!(
            after("2026-11-20T15:00:00-05:00", 60),
            "Fri 20 Nov 16:00 -0500"
        );
        assert_eq!(
            after("2026-11-20T18:30:00-05:00", 60),
            "Sat 21 Nov 09:30 -0500"
        );
        // Before opening, after closing, and over the Sunday.
        assert_eq!(
            after("2026-11-20T03:00:00-05:00", 15),
            "Fri 20 Nov 09:15 -0500"
        );
        assert_eq!(
            after("2026-11-21T20:00:00-05:00", 15),
            "Mon 23 Nov 09:15 -0500"
        );
        assert_eq!(
            after("2026-11-22T12:00:00-05:00", 0),
            "Mon 23 Nov 09:00 -0500"
        );
        // To the very minute of closing, and one more.
        assert_eq!(
            after("2026-11-20T18:00:00-05:00", 60),
            "Fri 20 Nov 19:00 -0500"
        );
        assert_eq!(
            after("2026-11-20T18:00:00-05:00", 61),
            "Sat 21 Nov 09:01 -0500"
        );
        assert_eq!(
            after("2026-11-20T19:00:00-05:00", 0),
            "Sat 21 Nov 09:00 -0500"
        );
        // A working week is sixty hours.
        assert_eq!(
            after("2026-11-16T09:00:00-05:00", 60 * 60),
            "Sat 21 Nov 19:00 -0500"
        );
        assert_eq!(
            after("2026-11-16T09:00:00-05:00", 60 * 60 + 1),
            "Mon 23 Nov 09:01 -0500"
        );
    }

    #[test]
    fn opening_is_by_the_wall_clock_on_both_sides_of_a_change() {
        // The clocks go forward on Sunday 8 March 2026 and back on Sunday 1 November 2026.
        assert_eq!(
            after("2026-03-07T18:00:00-05:00", 90),
            "Mon 09 Mar 09:30 -0400"
        );
        assert_eq!(
            after("2026-10-31T18:00:00-04:00", 90),
            "Mon 02 Nov 09:30 -0500"
        );
    }

    #[test]
    fn a_shift_across_a_change_has_its_real_length() {
        let nights = Hours {
            days: vec![Day::Sun],
            from: Clock::try_from("00:00".to_owned()).unwrap(),
            to: Clock::try_from("06:00".to_owned()).unwrap(),
        };
        let due = |start: &str, minutes| nights.after(at(start), minutes, New_York).unwrap();
        // Five hours in spring, seven in autumn.
        assert_eq!(
            due("2026-03-08T00:00:00-05:00", 300),
            at("2026-03-08T06:00:00-04:00")
        );
        assert_eq!(
            due("2026-03-08T00:00:00-05:00", 301),
            at("2026-03-15T00:01:00-04:00")
        );
        assert_eq!(
            due("2026-11-01T00:00:00-04:00", 420),
            at("2026-11-01T06:00:00-05:00")
        );
        // The skipped hour: opening at half past two is opening at three.
        let skipped = Hours {
            from: Clock::try_from("02:30".to_owned()).unwrap(),
            ..nights.clone()
        };
        let due = skipped
            .after(at("2026-03-08T00:00:00-05:00"), 10, New_York)
            .unwrap();
        assert_eq!(due, at("2026-03-08T03:10:00-04:00"));
    }

    #[test]
    fn hours_without_a_minute_never_come() {
        let none = Hours {
            days: Vec::new(),
            ..Hours::default()
        };
        assert_eq!(none.after(at("2026-11-20T15:00:00Z"), 1, New_York), None);
        let backwards = Hours {
            from: Clock::try_from("19:00".to_owned()).unwrap(),
            to: Clock::try_from("09:00".to_owned()).unwrap(),
            ..Hours::default()
        };
        assert!(!backwards.are_some());
        assert!(Clock::try_from("25:00".to_owned()).is_err());
    }
}
