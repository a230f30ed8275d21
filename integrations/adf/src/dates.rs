//! Dates as providers write them. ADF asks for ISO 8601 with a zone; what comes is anything.

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, TimeZone, Utc};

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Moment {
    pub(crate) at: DateTime<Utc>,
    /// Without a zone the time was taken for UTC.
    pub(crate) zoned: bool,
}

const MONTHS: [&str; 12] = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
];

/// Hours from UTC (RFC 5322 §4.3 knows the North American ones).
const ZONES: &[(&str, i32)] = &[
    ("z", 0),
    ("utc", 0),
    ("gmt", 0),
    ("est", -5),
    ("edt", -4),
    ("cst", -6),
    ("cdt", -5),
    ("mst", -7),
    ("mdt", -6),
    ("pst", -8),
    ("pdt", -7),
    ("akst", -9),
    ("akdt", -8),
    ("hst", -10),
];

#[derive(Default)]
struct Parts {
    date: Option<NaiveDate>,
    year: Option<i32>,
    month: Option<u32>,
    day: Option<u32>,
    time: Option<NaiveTime>,
    afternoon: Option<bool>,
    offset_minutes: Option<i32>,
}

/// Reads a date with or without time and zone; nothing if any part is not understood.
pub(crate) fn parse(text: &str) -> Option<Moment> {
    if text.len() > 80 || !text.is_ascii() {
        return None;
    }
    let text = text
        .trim()
        .to_ascii_lowercase()
        .replace([',', '(', ')'], " ");
    let mut parts = Parts::default();
    for token in text.split_whitespace() {
        match split_at_t(token) {
            Some((date, time)) => {
                parts.take(date)?;
                parts.take(time)?;
            }
            None => parts.take(token)?,
        }
    }
    parts.moment()
}

/// `2026-11-21t10:00` is two tokens; the `t` of `oct` or `est` is none.
fn split_at_t(token: &str) -> Option<(&str, &str)> {
    let (date, time) = token.split_once('t')?;
    let digit_before = date.ends_with(|c: char| c.is_ascii_digit());
    let digit_after = time.starts_with(|c: char| c.is_ascii_digit());
    (digit_before && digit_after).then_some((date, time))
}

impl Parts {
    fn take(&mut self, token: &str) -> Option<()> {
        if token.contains(':') {
            return self.take_time(token);
        }
        if let Some(meridiem) = ["am", "pm", "a.m.", "p.m."]
            .iter()
            .position(|m| *m == token)
        {
            self.afternoon = Some(meridiem % 2 == 1);
            return Some(());
        }
        if let Some((_, hours)) = ZONES.iter().find(|(name, _)| *name == token) {
            self.offset_minutes = Some(hours * 60);
            return Some(());
        }
        if token.starts_with(['+', '-']) && self.time.is_some() {
            self.offset_minutes = Some(offset(token)?);
            return Some(());
        }
        if token.starts_with(|c: char| c.is_ascii_alphabetic()) {
            return self.take_word(token);
        }
        if token.contains(['-', '/', '.']) {
            self.date = Some(date(token)?);
            return Some(());
        }
        if let Some(hour) = token
            .strip_suffix("am")
            .or_else(|| token.strip_suffix("pm"))
        {
            self.afternoon = Some(token.ends_with("pm"));
            self.time = NaiveTime::from_hms_opt(hour.parse().ok()?, 0, 0);
            return self.time.map(|_time| ());
        }
        self.take_number(token)
    }

    fn take_word(&mut self, word: &str) -> Option<()> {
        let head = word.get(..3)?;
        if let Some(month) = MONTHS.iter().position(|month| *month == head) {
            self.month = Some(u32::try_from(month).ok()? + 1);
            return Some(());
        }
        let filler = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"].contains(&head);
        filler.then_some(())
    }

    fn take_number(&mut self, token: &str) -> Option<()> {
        let digits = token.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        if !["", "st", "nd", "rd", "th"].contains(&token.get(digits.len()..)?) {
            return None;
        }
        match digits.len() {
            8 => self.date = NaiveDate::parse_from_str(digits, "%Y%m%d").ok(),
            4 => self.year = Some(digits.parse().ok()?),
            1 | 2 if self.day.is_none() => self.day = Some(digits.parse().ok()?),
            _ => return None,
        }
        Some(())
    }

    /// `10:00:00-08:0`, `3:04pm`, `10:00:00.123z`.
    fn take_time(&mut self, token: &str) -> Option<()> {
        let stop = token.find(|c: char| !(c.is_ascii_digit() || c == ':' || c == '.'));
        let (clock, zone) = token.split_at(stop.unwrap_or(token.len()));
        let mut numbers = clock.split(':');
        let hour = numbers.next()?.parse().ok()?;
        let minute = numbers.next()?.parse().ok()?;
        let second = numbers.next().unwrap_or("0");
        let second = second.split('.').next()?;
        let second: u32 = if second.is_empty() {
            0
        } else {
            second.parse().ok()?
        };
        // A leap second is not worth a lost date.
        self.time = Some(NaiveTime::from_hms_opt(hour, minute, second.min(59))?);
        match zone {
            "" => Some(()),
            "am" | "pm" => self.take(zone),
            _ if zone.starts_with(['+', '-']) => {
                self.offset_minutes = Some(offset(zone)?);
                Some(())
            }
            _ => self.take(zone),
        }
    }

    fn moment(self) -> Option<Moment> {
        let date = match (self.date, self.year, self.month, self.day) {
            (Some(date), None, None, None) => date,
            (None, Some(year), Some(month), Some(day)) => {
                NaiveDate::from_ymd_opt(year, month, day)?
            }
            _ => return None,
        };
        let year = chrono::Datelike::year(&date);
        if !(1990..=2100).contains(&year) {
            return None;
        }
        let time = twelve_hours(self.time.unwrap_or_default(), self.afternoon)?;
        let local = NaiveDateTime::new(date, time);
        let minutes = self.offset_minutes.unwrap_or(0);
        let zone = FixedOffset::east_opt(minutes.checked_mul(60)?)?;
        Some(Moment {
            at: zone.from_local_datetime(&local).single()?.to_utc(),
            zoned: self.offset_minutes.is_some(),
        })
    }
}

fn twelve_hours(time: NaiveTime, afternoon: Option<bool>) -> Option<NaiveTime> {
    use chrono::Timelike;
    let hour = match (afternoon, time.hour()) {
        (Some(false), 12) => 0,
        (Some(true), hour @ 1..=11) => hour + 12,
        (_, hour) => hour,
    };
    time.with_hour(hour)
}

/// Minutes of `-08:00`, `-0800`, `-8`, and of `-08:0`, which at least one listing site sends.
fn offset(zone: &str) -> Option<i32> {
    let sign = if zone.starts_with('-') { -1 } else { 1 };
    let digits = zone.get(1..)?;
    let (hours, minutes) = match digits.split_once(':') {
        Some(split) => split,
        None if digits.len() == 4 => digits.split_at(2),
        None => (digits, ""),
    };
    let hours: i32 = hours.parse().ok()?;
    let minutes: i32 = if minutes.is_empty() {
        0
    } else {
        minutes.parse().ok()?
    };
    let fits = (0..=15).contains(&hours) && (0..60).contains(&minutes);
    fits.then_some(sign * (hours * 60 + minutes))
}

/// Year first, or the American month first unless only the day can be first.
fn date(token: &str) -> Option<NaiveDate> {
    let mut numbers = token.split(['-', '/', '.']);
    let (first, second, third) = (numbers.next()?, numbers.next()?, numbers.next()?);
    if numbers.next().is_some() {
        return None;
    }
    if let Some(month) = MONTHS.iter().position(|month| second.starts_with(month)) {
        let month = u32::try_from(month).ok()? + 1;
        return NaiveDate::from_ymd_opt(year(third)?, month, first.parse().ok()?);
    }
    let (a, b): (u32, u32) = (first.parse().ok()?, second.parse().ok()?);
    if first.len() == 4 {
        return NaiveDate::from_ymd_opt(i32::try_from(a).ok()?, b, third.parse().ok()?);
    }
    let year = year(third)?;
    if a > 12 {
        NaiveDate::from_ymd_opt(year, b, a)
    } else {
        NaiveDate::from_ymd_opt(year, a, b)
    }
}

fn year(text: &str) -> Option<i32> {
    let year: i32 = text.parse().ok()?;
    match text.len() {
        4 => Some(year),
        2 => Some(2000 + year),
        _ => None,
    }
}
