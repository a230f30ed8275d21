//! Dates as providers write them. ADF asks for ISO 8601 with a zone; what comes is anything.

use chrono::{
    DateTime, FixedOffset, LocalResult, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone,
    Utc,
};
use chrono_tz::Tz;
use platform_kernel::text::Region;

/// How the months' names begin, in English, Spanish, French and German.
const MONTHS: [(&[&str], u32); 12] = [
    (&["jan", "ene"], 1),
    (&["feb", "fev"], 2),
    (&["mar", "mrz"], 3),
    (&["apr", "abr", "avr"], 4),
    (&["may", "mai"], 5),
    (&["jun", "juin"], 6),
    (&["jul", "juil"], 7),
    (&["aug", "ago", "aou"], 8),
    (&["sep", "set"], 9),
    (&["oct", "okt"], 10),
    (&["nov"], 11),
    (&["dec", "dic", "dez"], 12),
];

/// Names of zones that keep summer time.
const PLACES: &[(&str, Tz)] = &[
    ("et", Tz::America__New_York),
    ("eastern", Tz::America__New_York),
    ("ct", Tz::America__Chicago),
    ("central", Tz::America__Chicago),
    ("mt", Tz::America__Denver),
    ("mountain", Tz::America__Denver),
    ("pt", Tz::America__Los_Angeles),
    ("pacific", Tz::America__Los_Angeles),
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
    /// Whether `3/4` is the fourth of March.
    month_first: bool,
    place: Option<Tz>,
    date: Option<NaiveDate>,
    year: Option<i32>,
    month: Option<u32>,
    day: Option<u32>,
    time: Option<NaiveTime>,
    afternoon: Option<bool>,
    offset_minutes: Option<i32>,
}

/// Reads a date with or without time and zone; nothing if any part is not understood. Without a
/// zone the time is one of `zone`'s.
pub(crate) fn parse(text: &str, zone: Tz) -> Option<DateTime<Utc>> {
    if text.len() > 80 {
        return None;
    }
    let text = plain(text);
    if !text.is_ascii() {
        return None;
    }
    if let Some(moment) = epoch(&text) {
        return Some(moment);
    }
    let mut parts = Parts {
        month_first: Region::of_time_zone(zone.name()).is_month_first(),
        ..Parts::default()
    };
    for token in text.split_whitespace() {
        match split_at_t(token) {
            Some((date, time)) => {
                parts.take(date)?;
                parts.take(time)?;
            }
            None => parts.take(token)?,
        }
    }
    parts.moment(zone)
}

/// Lower case, without accents and the signs around a date.
fn plain(text: &str) -> String {
    let mut text = text.trim().to_lowercase().replace('ä', "a");
    // German days are ordinals: `3. März 2026`.
    for digit in '0'..='9' {
        text = text.replace(&format!("{digit}. "), &format!("{digit} "));
    }
    let text = text.replace("a. m.", "am").replace("p. m.", "pm");
    let letters = text.chars().map(|c| match c {
        'é' | 'è' => 'e',
        'û' => 'u',
        'ä' => 'a',
        ',' | '(' | ')' => ' ',
        c => c,
    });
    letters.collect()
}

/// Seconds or milliseconds since 1970, also as `/Date(1764511200000)/`.
fn epoch(text: &str) -> Option<DateTime<Utc>> {
    let digits = text
        .trim_start_matches("/date")
        .trim_matches(['/', ' ', '(', ')']);
    let number: i64 = digits.parse().ok()?;
    match digits.len() {
        10 => DateTime::from_timestamp(number, 0),
        13 => DateTime::from_timestamp_millis(number),
        _ => None,
    }
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
        // `14h30`
        if let Some((hour, minute)) = token
            .split_once('h')
            .filter(|(hour, _)| hour.parse::<u32>().is_ok())
        {
            let minute = if minute.is_empty() { "0" } else { minute };
            self.time = NaiveTime::from_hms_opt(hour.parse().ok()?, minute.parse().ok()?, 0);
            return self.time.map(|_time| ());
        }
        if let Some((_, place)) = PLACES.iter().find(|(name, _)| *name == token) {
            self.place = Some(*place);
            return Some(());
        }
        if let Some(place) = named_zone(token) {
            self.place = Some(place);
            return Some(());
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
            self.date = Some(date(token, self.month_first)?);
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
        if let Some(month) = month_of(word) {
            self.month = Some(month);
            return Some(());
        }
        const BESIDE: &[&str] = &[
            "de", "del", "le", "den", "um", "uhr", "at", "a", "las", "the", "of", "time",
            "standard", "daylight",
        ];
        if BESIDE.contains(&word) {
            return Some(());
        }
        const DAYS: &[&str] = &[
            "mon", "tue", "wed", "thu", "fri", "sat", "sun", "lun", "mie", "jue", "vie", "sab",
            "dom", "mer", "jeu", "ven", "sam", "dim", "mit", "don", "fre", "son", "die",
        ];
        DAYS.contains(&word.get(..3)?).then_some(())
    }

    fn take_number(&mut self, token: &str) -> Option<()> {
        let token = token.trim_end_matches('.');
        let digits = token.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        if !["", "st", "nd", "rd", "th", "er"].contains(&token.get(digits.len()..)?) {
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

    fn moment(self, zone: Tz) -> Option<DateTime<Utc>> {
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
        let Some(minutes) = self.offset_minutes else {
            return in_zone(local, self.place.unwrap_or(zone));
        };
        let zone = FixedOffset::east_opt(minutes.checked_mul(60)?)?;
        Some(zone.from_local_datetime(&local).single()?.to_utc())
    }
}

/// The first moment at which the clocks of a zone show `local`; one that summer time skips counts
/// as the hour after.
fn in_zone(local: NaiveDateTime, zone: Tz) -> Option<DateTime<Utc>> {
    match zone.from_local_datetime(&local) {
        LocalResult::Single(at) | LocalResult::Ambiguous(at, _) => Some(at.to_utc()),
        LocalResult::None => {
            let later = local.checked_add_signed(TimeDelta::hours(1))?;
            zone.from_local_datetime(&later)
                .earliest()
                .map(|at| at.to_utc())
        }
    }
}

/// `america/chicago`
fn named_zone(token: &str) -> Option<Tz> {
    if !token.starts_with(|c: char| c.is_ascii_alphabetic()) || !token.contains('/') {
        return None;
    }
    let zones = chrono_tz::TZ_VARIANTS.iter();
    zones
        .into_iter()
        .find(|zone| zone.name().eq_ignore_ascii_case(token))
        .copied()
}

fn month_of(word: &str) -> Option<u32> {
    let known = MONTHS
        .iter()
        .find(|(names, _)| names.iter().any(|name| word.starts_with(name)));
    known.map(|(_, month)| *month)
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

/// Year first, or the month first where that is the custom and no stops stand between them,
/// unless only the day can be first.
fn date(token: &str, month_first: bool) -> Option<NaiveDate> {
    let stops = token.contains('.');
    let mut numbers = token.split(['-', '/', '.']);
    let (first, second, third) = (numbers.next()?, numbers.next()?, numbers.next()?);
    if numbers.next().is_some() {
        return None;
    }
    if let Some(month) = month_of(second) {
        return NaiveDate::from_ymd_opt(year(third)?, month, first.parse().ok()?);
    }
    let (a, b): (u32, u32) = (first.parse().ok()?, second.parse().ok()?);
    if first.len() == 4 {
        let (year, last) = (i32::try_from(a).ok()?, third.parse().ok()?);
        // `2026-30-11`, which at least one generator writes.
        return NaiveDate::from_ymd_opt(year, b, last)
            .or_else(|| NaiveDate::from_ymd_opt(year, last, b));
    }
    let year = year(third)?;
    if a > 12 || (b <= 12 && (stops || !month_first)) {
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
