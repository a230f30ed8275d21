use super::read::{PLACEHOLDER, Read, head};
use super::region::Region;
use super::{is_filler, normalized};
use phonenumber::{Mode, metadata::DATABASE};
use std::fmt;
use unicode_normalization::UnicodeNormalization;

/// A phone number in E.164, for example `+15125550123`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(transparent)]
pub struct PhoneNumber(String);

const NONE: &str = "is no phone number";
const SEVERAL: &str = "names several numbers; the first one counts";
/// E.164 has 15 digits at most.
const MOST_DIGITS: usize = 15;
const FEWEST_DIGITS: usize = 7;
/// Bytes of a text in which numbers are looked for.
const LONGEST: usize = 1_000;

impl PhoneNumber {
    /// [`PhoneNumber::read`] for a dealership in North America, without what was odd.
    pub fn parse(text: &str) -> Option<Self> {
        Self::read(text, Region::default()).value
    }

    /// Reads a number as people and systems write it: with a word (`650-253-0000 (cell)`), an
    /// extension, a country's prefix (`001…`, `+44 (0)20…`, `011 44 20…`), or as a number of a
    /// spreadsheet (`6502530000.0`). Of several the first good one counts. Without a country code
    /// it counts as one of `region`. Directory numbers and rows of one digit are placeholders.
    pub fn read(text: &str, region: Region) -> Read<Self> {
        let text: String = normalized(head(text, LONGEST)).nfkc().collect();
        if is_filler(&text) {
            return match text.trim() {
                "" => Read::nothing(),
                _ => Read::fault(PLACEHOLDER),
            };
        }
        let mut found: Vec<Self> = Vec::new();
        let mut placeholder = false;
        for run in runs(&text) {
            for candidate in candidates(&run, region) {
                if is_placeholder(&candidate) {
                    placeholder = true;
                } else if !found.contains(&candidate) {
                    found.push(candidate);
                }
            }
            placeholder |= stands_for_none(&digits(&run));
            if found.len() > 1 {
                break;
            }
        }
        let all = digits(&text);
        placeholder |= !all.is_empty() && all.bytes().all(|byte| byte == b'0');
        // `512_555_0123`, `512,555,0123`
        if found.is_empty() && !text.contains(char::is_alphabetic) {
            found.extend(dialled(&text, region).filter(|number| !is_placeholder(number)));
        }
        let several = found.len() > 1;
        match (found.into_iter().next(), several) {
            (Some(number), false) => Read::of(number),
            (Some(number), true) => Read::noted(number, SEVERAL),
            (None, _) if placeholder => Read::fault(PLACEHOLDER),
            (None, _) => Read::fault(NONE),
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The country that the number is of, ISO 3166-1 alpha-2. `+1` alone says nothing: the area code
    /// tells the United States, Canada and the islands apart.
    pub fn country(&self) -> Option<String> {
        let number = phonenumber::parse(None, &self.0).ok()?;
        if is_reserved_for_fiction(&number) {
            return Some("US".to_owned());
        }
        number.country().id().map(|id| id.as_ref().to_owned())
    }

    /// Whether whoever calls or texts the number pays its owner for it.
    pub fn is_premium(&self) -> bool {
        use phonenumber::Type;
        let number = phonenumber::parse(None, &self.0).ok();
        number.is_some_and(|number| {
            let kind = number.number_type(&DATABASE);
            matches!(kind, Type::PremiumRate | Type::SharedCost | Type::Pager)
        })
    }

    /// The national form that people read, for example `(512) 555-0123`.
    pub fn display(&self) -> String {
        match phonenumber::parse(None, &self.0) {
            Ok(number) if number.country().code() == 1 => number
                .format_with(&DATABASE)
                .mode(Mode::National)
                .to_string(),
            Ok(number) => number.format().mode(Mode::International).to_string(),
            Err(_) => self.0.clone(),
        }
    }
}

/// The stretches of a text that could be numbers: digits and what stands between them. A letter
/// ends one, so that labels, remarks and extensions fall away.
fn runs(text: &str) -> Vec<String> {
    // A number that passed through a float.
    let text = text.trim();
    let text = text.strip_suffix(".0").unwrap_or(text);
    let belongs = |c: char| {
        c.is_ascii_digit()
            || c.is_whitespace()
            || matches!(
                c,
                '+' | '(' | ')' | '.' | '-' | '/' | '\u{2010}'
                    ..='\u{2015}' | '\u{2212}' | '[' | ']' | '·' | '•'
            )
    };
    // The trunk zero that is dialled inside the country only.
    let text = text.replace("(0)", " ");
    let mut runs: Vec<String> = text
        .split(|c: char| !belongs(c))
        .map(str::trim)
        .filter(|run| run.bytes().any(|byte| byte.is_ascii_digit()))
        .map(str::to_owned)
        .collect();
    runs.extend(vanity(&text));
    runs
}

/// The digits of `1-800-FLOWERS`.
fn vanity(text: &str) -> Option<String> {
    let upper = text.to_ascii_uppercase();
    let start = upper.trim_start_matches(['+', '1', '-', '.', ' ', '(']);
    let (area, rest) = (start.get(..3)?, start.get(3..)?);
    if !area.starts_with('8') || !area.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let word: Vec<char> = rest.chars().filter(|c| c.is_ascii_alphanumeric()).collect();
    let letters = word.iter().filter(|c| c.is_ascii_alphabetic()).count();
    if word.len() < 7 || letters < 3 {
        return None;
    }
    let keypad = |c: &char| match c {
        'A'..='C' => '2',
        'D'..='F' => '3',
        'G'..='I' => '4',
        'J'..='L' => '5',
        'M'..='O' => '6',
        'P'..='S' => '7',
        'T'..='V' => '8',
        'W'..='Z' => '9',
        digit => *digit,
    };
    let number: String = word.iter().take(7).map(keypad).collect();
    Some(format!("{area}{number}"))
}

/// The numbers in a run: the whole, else its parts, where two were written without a word
/// between them.
fn candidates(run: &str, region: Region) -> Vec<PhoneNumber> {
    if is_date(run) {
        return Vec::new();
    }
    if let Some(whole) = dialled(run, region) {
        return vec![whole];
    }
    for separator in ["/", "  ", " - ", " ", "\n"] {
        let parts: Vec<&str> = run.split(separator).collect();
        let found: Vec<PhoneNumber> = parts.iter().filter_map(|p| dialled(p, region)).collect();
        if !found.is_empty() {
            return found;
        }
    }
    // `650-253-0000 650-253-0001`: the same number of digits twice, or a number and more behind.
    let digits = digits(run);
    let first = digits.len() / 2;
    let halves = [digits.get(..first), digits.get(first..)];
    let twice = digits.len() >= 2 * FEWEST_DIGITS && digits.len().is_multiple_of(2);
    let halves = halves.into_iter().flatten().filter(|_| twice);
    halves.filter_map(|half| dialled(half, region)).collect()
}

/// `2026-11-30 09`: ten digits of a date and a time, some of which are somebody's number.
fn is_date(run: &str) -> bool {
    let mut parts = run
        .split(|c: char| !c.is_ascii_digit())
        .filter(|part| !part.is_empty());
    let mut number = |digits: std::ops::RangeInclusive<usize>| -> Option<u32> {
        let part = parts.next().filter(|part| digits.contains(&part.len()))?;
        part.parse().ok()
    };
    let parts = (number(4..=4), number(1..=2), number(1..=2));
    matches!(parts, (Some(1900..=2099), Some(1..=12), Some(1..=31)))
}

fn digits(run: &str) -> String {
    run.chars().filter(char::is_ascii_digit).collect()
}

/// One number as it is dialled.
fn dialled(run: &str, region: Region) -> Option<PhoneNumber> {
    let digits = digits(run);
    if !(FEWEST_DIGITS..=MOST_DIGITS + 3).contains(&digits.len()) {
        return None;
    }
    let plus = run
        .find('+')
        .is_some_and(|at| !run.bytes().take(at).any(|byte| byte.is_ascii_digit()));
    let international = if plus {
        Some(digits.as_str())
    } else {
        digits.strip_prefix("00")
    };
    if let Some(international) = international {
        return valid(&format!("+{international}"), region);
    }
    if let Some(international) = digits.strip_prefix("011").filter(|_| region.is_nanp())
        && let Some(number) = valid(&format!("+{international}"), region)
    {
        return Some(number);
    }
    valid(&digits, region).or_else(|| {
        // A country's code without its sign.
        let long = digits.len() > 10;
        long.then(|| valid(&format!("+{digits}"), region)).flatten()
    })
}

fn valid(text: &str, region: Region) -> Option<PhoneNumber> {
    let number = phonenumber::parse(Some(region.country()), text).ok()?;
    let plausible = number.is_valid() || is_reserved_for_fiction(&number);
    plausible.then(|| PhoneNumber(number.format().mode(Mode::E164).to_string()))
}

/// 555-01xx numbers are kept for examples and tests (NANPA), which the metadata calls invalid
/// in some area codes.
fn is_reserved_for_fiction(number: &phonenumber::PhoneNumber) -> bool {
    let national = number.national().value().to_string();
    number.country().code() == 1 && national.len() == 10 && national.get(3..8) == Some("55501")
}

/// What people give who have no number: directory assistance (NXX-555-1212), one digit again and
/// again, the keys in their order. Nobody is reached there, and strangers share it.
fn is_placeholder(number: &PhoneNumber) -> bool {
    let digits = number.0.trim_start_matches('+');
    let local = |length: usize| digits.get(digits.len().saturating_sub(length)..);
    let row = |length: usize| local(length).is_some_and(is_row);
    let directory = digits.starts_with('1') && local(7) == Some("5551212");
    directory || row(7) || row(10)
}

/// The same of digits that are no number: nobody has `512-000-0000`, `555-1212` or `1234567`.
fn stands_for_none(digits: &str) -> bool {
    let local = digits
        .get(digits.len().saturating_sub(7)..)
        .unwrap_or_default();
    is_row(digits) || is_row(local) || local == "5551212" || digits == "1234567"
}

/// Digits that are all the same, or count up or down.
fn is_row(digits: &str) -> bool {
    let bytes = digits.as_bytes();
    let all = |step: fn(u8, u8) -> bool| {
        bytes
            .iter()
            .zip(bytes.iter().skip(1))
            .all(|(a, b)| step(*a, *b))
    };
    let next = |digit: u8| if digit == b'9' { b'0' } else { digit + 1 };
    let up = bytes
        .iter()
        .zip(bytes.iter().skip(1))
        .all(|(a, b)| next(*a) == *b);
    let down = bytes
        .iter()
        .zip(bytes.iter().skip(1))
        .all(|(a, b)| next(*b) == *a);
    bytes.len() >= FEWEST_DIGITS && (all(|a, b| a == b) || (bytes.len() >= 9 && (up || down)))
}

impl fmt::Display for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn us(text: &str) -> Read<PhoneNumber> {
        PhoneNumber::read(text, Region::default())
    }

    #[test]
    fn every_way_to_write_a_number_is_one_number() {
        for text in [
            "(512) 555-0123",
            "512.555.0123",
            "1-512-555-0123",
            "+1 512 555 0123",
            "5125550123",
            "512-555-0123 (cell)",
            "Cell: 512-555-0123",
            "512-555-0123 ext 5",
            "512-555-0123 x5",
            "512-555-0123, ext. 1234",
            "5125550123#22",
            "tel:+1-512-555-0123",
            "0015125550123",
            "001 512 555 0123",
            "+1 (512) 555‑0123",
            "５１２-５５５-０１２３",
            "\u{202d}512-555-0123\u{202c}",
            "5125550123.0",
            "512/555-0123",
            "[512] 555 0123",
            "1 (512) 555-0123 home, after 5",
            "(512)555-0123 - evenings",
        ] {
            assert_eq!(
                us(text),
                Read::of(PhoneNumber("+15125550123".to_owned())),
                "{text}"
            );
        }
        assert_eq!(
            PhoneNumber::parse("512-555-0123").unwrap().display(),
            "(512) 555-0123"
        );
    }

    #[test]
    fn numbers_of_other_countries_are_read() {
        for (text, expected) in [
            ("+49 30 901820", "+4930901820"),
            ("+44 (0)20 7946 0958", "+442079460958"),
            ("0044 20 7946 0958", "+442079460958"),
            ("011 44 20 7946 0958", "+442079460958"),
            ("(+44) 20 7946 0958", "+442079460958"),
            ("+52 55 5123 4567", "+525551234567"),
            ("44 20 7946 0958", "+442079460958"),
            ("1-800-356-9377", "+18003569377"),
            ("1-800-FLOWERS", "+18003569377"),
        ] {
            assert_eq!(
                us(text).value.as_ref().map(PhoneNumber::as_str),
                Some(expected),
                "{text}"
            );
        }
        for (text, zone, expected) in [
            ("030 901820", "Europe/Berlin", "+4930901820"),
            ("020 7946 0958", "Europe/London", "+442079460958"),
            ("01 42 68 53 00", "Europe/Paris", "+33142685300"),
            ("604 555 0123", "America/Vancouver", "+16045550123"),
        ] {
            let read = PhoneNumber::read(text, Region::of_time_zone(zone));
            assert_eq!(
                read.value.as_ref().map(PhoneNumber::as_str),
                Some(expected),
                "{text}"
            );
        }
    }

    #[test]
    fn of_two_numbers_the_first_counts() {
        for text in [
            "650-253-0000 or 650-253-0001",
            "650-253-0000 / 650-253-0001",
            "650-253-0000/650-253-0001",
            "650-253-0000, 650-253-0001",
            "650-253-0000; cell 650-253-0001",
            "650-253-0000 650-253-0001",
            "6502530000 6502530001",
            "home 650-253-0000 work 650-253-0001",
        ] {
            let read = us(text);
            assert_eq!(read.value.unwrap().as_str(), "+16502530000", "{text}");
            assert_eq!(read.note, Some(SEVERAL), "{text}");
        }
        let second = us("000-000-0000 or 650-253-0001");
        assert_eq!(second.value.unwrap().as_str(), "+16502530001");
    }

    #[test]
    fn nonsense_is_no_number_and_a_filler_is_a_placeholder() {
        for text in [
            "call me",
            "12345",
            "555-0123",
            "@5",
            "2025-01-31",
            "VIN 1FTFW1E50KFA00001",
        ] {
            assert_eq!(us(text), Read::fault(NONE), "{text}");
        }
        for text in [
            "000-000-0000",
            "0000000000",
            "111-111-1111",
            "999-999-9999",
            "(555) 555-5555",
            "512-555-5555",
            "123-456-7890",
            "1234567890",
            "012-345-6789",
            "9876543210",
            "800-555-1212",
            "512-555-1212",
            "+1 (888) 555-1212",
            "1111111",
            "N/A",
            "none",
            "xxx-xxx-xxxx",
            "no phone",
            "sin teléfono",
        ] {
            assert!(us(text).is_placeholder(), "{text}: {:?}", us(text));
        }
        assert_eq!(us(""), Read::nothing());
    }

    #[test]
    fn a_number_is_of_a_country_and_not_of_its_prefix() {
        let number = |text: &str| PhoneNumber(text.to_owned());
        for (text, country) in [
            ("+15125550123", "US"),
            ("+15126667777", "US"),
            ("+16137827274", "CA"),
            ("+13459492311", "KY"),
            ("+18767654321", "JM"),
            ("+18095234567", "DO"),
            ("+37122345678", "LV"),
            ("+525512345678", "MX"),
        ] {
            assert_eq!(number(text).country().as_deref(), Some(country), "{text}");
        }
        assert!(number("+19002345678").is_premium());
        assert!(!number("+15126667777").is_premium());
    }
}
