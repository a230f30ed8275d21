//! Amounts of money as people and feeds write them.

use super::read::{PLACEHOLDER, Read};
use super::{is_filler, normalized};
use unicode_normalization::UnicodeNormalization;

/// An amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Money {
    /// Hundredths.
    pub minor: i64,
    /// ISO 4217, where the text names one.
    pub currency: Option<&'static str>,
}

const NONE: &str = "is no amount";
const NEGATIVE: &str = "is negative";
const RANGE: &str = "is a range; the lower amount counts";
const SEVERAL: &str = "names several amounts";
const RATE: &str = "is a rate, not a price";

impl Money {
    /// Reads `$34,999.50`, `34.999,50 €`, `34 999`, `USD 34'999`, `20k`, `34999.5`. Of a range
    /// (`$20,000 - $25,000`, `20-25k`, `entre 20 000 y 25 000`) the lower amount counts; a
    /// negative one, a rate (`350/mo`), several amounts and words are none.
    pub fn read(text: &str) -> Read<Self> {
        if text.len() > 400 {
            return Read::fault(NONE);
        }
        let text: String = normalized(text).nfkc().collect();
        let text = text.replace(['’', '‘'], "'");
        let text = text.trim();
        if is_filler(text) {
            return match text {
                "" => Read::nothing(),
                _ => Read::fault(PLACEHOLDER),
            };
        }
        let Some(tokens) = tokens(text) else {
            return Read::fault(NONE);
        };
        let currency = currency_of(text);
        let money = |minor| Self { minor, currency };
        if tokens
            .words
            .iter()
            .any(|word| RATES.contains(&word.as_str()))
        {
            return Read::fault(RATE);
        }
        if !tokens.words.iter().all(|word| is_known(word)) {
            return Read::fault(NONE);
        }
        let amount = |number: &Number| number.hundredths(None);
        match tokens.numbers.as_slice() {
            [one] if one.negative => Read::fault(NEGATIVE),
            [one] => amount(one).map_or(Read::fault(NONE), |minor| Read::of(money(minor))),
            [low, high] if tokens.is_range && !low.negative => {
                let high = amount(high);
                let low = low.hundredths(tokens.numbers.get(1));
                match (low, high) {
                    (Some(low), Some(high)) => Read::noted(money(low.min(high)), RANGE),
                    _ => Read::fault(NONE),
                }
            }
            [] => Read::fault(NONE),
            _ => Read::fault(SEVERAL),
        }
    }
}

/// The currency that a text names.
pub fn currency_of(text: &str) -> Option<&'static str> {
    // The longer signs stand before those that they contain.
    const SIGNS: &[(&str, &str)] = &[
        ("C$", "CAD"),
        ("CA$", "CAD"),
        ("CAD", "CAD"),
        ("CDN", "CAD"),
        ("MX$", "MXN"),
        ("MXN", "MXN"),
        ("A$", "AUD"),
        ("AUD", "AUD"),
        ("US$", "USD"),
        ("USD", "USD"),
        ("EUR", "EUR"),
        ("€", "EUR"),
        ("GBP", "GBP"),
        ("£", "GBP"),
        ("JPY", "JPY"),
        ("¥", "JPY"),
        ("CHF", "CHF"),
        ("PESOS", "MXN"),
        ("DOLLAR", "USD"),
        ("$", "USD"),
    ];
    let upper = text.to_uppercase();
    let us = upper.contains("US$") || upper.contains("USD");
    let found = SIGNS.iter().find(|(sign, _)| upper.contains(sign));
    match found {
        Some(_) if us => Some("USD"),
        found => found.map(|(_, currency)| *currency),
    }
}

/// Words that stand beside an amount without changing it.
fn is_known(word: &str) -> bool {
    const KNOWN: &[&str] = &[
        "usd",
        "us",
        "cad",
        "ca",
        "c",
        "cdn",
        "mxn",
        "mx",
        "aud",
        "a",
        "eur",
        "euro",
        "euros",
        "gbp",
        "jpy",
        "chf",
        "fr",
        "dollar",
        "dollars",
        "dolares",
        "bucks",
        "pesos",
        "to",
        "and",
        "or",
        "between",
        "from",
        "bis",
        "zwischen",
        "und",
        "von",
        "entre",
        "y",
        "et",
        "de",
        "hasta",
        "obo",
        "best",
        "offer",
        "price",
        "asking",
        "msrp",
        "cash",
        "firm",
        "only",
        "plus",
        "tax",
        "taxes",
        "fees",
        "ttl",
        "oac",
        "about",
        "around",
        "approx",
        "approximately",
        "ca",
        "circa",
        "ungefahr",
        "total",
        "list",
        "sale",
        "our",
        "now",
        "each",
        "precio",
        "prix",
        "preis",
        "k",
        "grand",
        "thousand",
        "mil",
        "mille",
        "tausend",
        "tsd",
        "negotiable",
        "neg",
        "negociable",
        "vb",
        "vhb",
        "fp",
        "under",
        "below",
        "up",
        "max",
        "maximum",
        "over",
        "min",
        "minimum",
        "less",
        "than",
        "inkl",
        "mwst",
        "ttc",
        "ht",
        "incl",
        "vat",
        "amount",
        "value",
        "budget",
    ];
    KNOWN.contains(&word)
}

const RATES: &[&str] = &[
    "mo",
    "month",
    "monthly",
    "mth",
    "pm",
    "week",
    "weekly",
    "wk",
    "biweekly",
    "mes",
    "mensual",
    "mois",
    "monat",
    "monatlich",
    "day",
    "daily",
    "year",
    "yr",
    "apr",
    "percent",
    "miles",
    "mi",
    "km",
];

struct Tokens {
    numbers: Vec<Number>,
    words: Vec<String>,
    is_range: bool,
}

struct Number {
    digits: String,
    negative: bool,
    thousands: bool,
}

/// The numbers and words of a text; `None` where it holds a sign that amounts do not have.
fn tokens(text: &str) -> Option<Tokens> {
    let mut tokens = Tokens {
        numbers: Vec::new(),
        words: Vec::new(),
        is_range: false,
    };
    let mut rest = text;
    // What stands between the last number and the next.
    let mut between = String::new();
    while let Some(c) = rest.chars().next() {
        if c.is_ascii_digit() {
            let length = number_length(rest);
            let (number, after) = rest.split_at(length);
            let suffix = thousands_length(after);
            // `F150` is a model, `USD150` an amount.
            let glued = between.len() - between.trim_end_matches(char::is_alphabetic).len();
            let glued = between.get(between.len() - glued..).unwrap_or_default();
            if !glued.is_empty() && currency_of(glued).is_none() {
                return None;
            }
            tokens.is_range |= !tokens.numbers.is_empty() && is_between(&between);
            let in_brackets = between.trim_end().ends_with('(') && after.starts_with(')');
            tokens.numbers.push(Number {
                digits: number.to_owned(),
                negative: in_brackets
                    || (tokens.numbers.is_empty() && is_minus(&between))
                    || (is_dash(after.chars().next()) && after.chars().count() == 1),
                thousands: suffix > 0,
            });
            between.clear();
            rest = after.get(suffix..)?;
            continue;
        }
        if !(c.is_alphabetic() || c.is_whitespace() || "$€£¥-–—−~<>+()/.,:;*'\"&".contains(c))
        {
            return None;
        }
        between.push(c);
        rest = rest.get(c.len_utf8()..)?;
    }
    let outside = text.split(|c: char| !c.is_alphabetic());
    let words = outside.filter(|word| !word.is_empty());
    tokens.words = words.map(super::folded).collect();
    Some(tokens)
}

/// The bytes of `k`, ` grand`, ` mil` behind a number; nought where it is not in thousands.
fn thousands_length(after: &str) -> usize {
    const WORDS: &[&str] = &["k", "grand", "thousand", "mil", "mille", "tausend", "tsd"];
    let word = after.trim_start();
    let letters = word.len() - word.trim_start_matches(char::is_alphanumeric).len();
    let is_known = word
        .get(..letters)
        .is_some_and(|word| WORDS.contains(&word.to_lowercase().as_str()));
    match is_known {
        true => after.len() - word.len() + letters,
        false => 0,
    }
}

fn is_dash(c: Option<char>) -> bool {
    matches!(c, Some('-' | '–' | '—' | '−'))
}

/// `-`, `- $`, `$-`, at the very beginning of the text.
fn is_minus(before: &str) -> bool {
    let letters: String = before.chars().filter(|c| c.is_alphabetic()).collect();
    let signs = || {
        before
            .chars()
            .filter(|c| !c.is_whitespace() && !c.is_alphabetic())
    };
    (letters.is_empty() || currency_of(&letters).is_some())
        && signs().any(|c| is_dash(Some(c)))
        && signs().all(|c| is_dash(Some(c)) || "$€£¥".contains(c))
}

/// Whether what stands between two numbers makes them a range.
fn is_between(text: &str) -> bool {
    let folded = super::folded(text);
    let words: Vec<&str> = folded.split(|c: char| !c.is_alphabetic()).collect();
    let word = words
        .iter()
        .any(|w| ["to", "and", "bis", "und", "a", "y", "et", "hasta", "or"].contains(w));
    word || text.chars().any(|c| is_dash(Some(c)) || c == '~')
}

/// The bytes of the number at the start of a text: groups of three after a space, a stroke above
/// or a mark, and marks between digits.
fn number_length(text: &str) -> usize {
    let bytes = text.as_bytes();
    let digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let mut at = 0;
    loop {
        while digit(at) {
            at += 1;
        }
        let group = digit(at + 1) && digit(at + 2) && digit(at + 3) && !digit(at + 4);
        match bytes.get(at) {
            Some(b'.' | b',') if digit(at + 1) => at += 1,
            Some(b' ' | b'\'') if group => at += 1,
            _ => return at,
        }
    }
}

impl Number {
    /// Its value in hundredths. The lower end of `20-25k` is in thousands like `upper`.
    fn hundredths(&self, upper: Option<&Self>) -> Option<i64> {
        let plain = self.digits.replace([' ', '\''], "");
        let (whole, decimals) = split(&plain)?;
        let digits = |text: &str| text.replace(['.', ','], "");
        let whole: i64 = digits(whole)
            .parse()
            .ok()
            .filter(|n: &i64| *n <= 1_000_000_000_000)?;
        let decimals: String = decimals.chars().chain("00000".chars()).take(5).collect();
        let decimals: i64 = decimals.parse().ok()?;
        // In hundred-thousandths, so that `20.5k` keeps its half.
        let value = whole.checked_mul(100_000)?.checked_add(decimals)?;
        let shared = upper.is_some_and(|upper| upper.thousands) && whole < 1_000;
        if self.thousands || shared {
            return Some(value);
        }
        Some((value + 500) / 1_000)
    }
}

/// The whole number and its decimals; `None` where marks stand as in no number (`34,999,50`). A
/// mark followed by three digits, with one to three digits before it, groups thousands; the last
/// of two different marks is the decimal one.
fn split(number: &str) -> Option<(&str, &str)> {
    let Some(last) = number.rfind(['.', ',']) else {
        return Some((number, ""));
    };
    let (whole, decimals) = (number.get(..last)?, number.get(last + 1..)?);
    let mark = number.get(last..=last)?;
    let other = whole.contains(['.', ',']) && !whole.contains(mark);
    let repeated = whole.contains(mark);
    let mut groups = whole.split(['.', ',']);
    let first_group = groups.next()?;
    let in_groups = groups.all(|group| group.len() == 3) && (1..=3).contains(&first_group.len());
    if repeated {
        return (in_groups && decimals.len() == 3).then_some((number, ""));
    }
    if other {
        return in_groups.then_some((whole, decimals));
    }
    let grouped = decimals.len() == 3 && in_groups && first_group != "0";
    Some(match grouped {
        true => (number, ""),
        false => (whole, decimals),
    })
}

/// The one number in a text that counts something, in hundredths, and the words around it.
pub(super) fn quantity(text: &str) -> Option<(i64, Vec<String>)> {
    let tokens = tokens(text)?;
    let [number] = tokens.numbers.as_slice() else {
        return None;
    };
    let amount = number.hundredths(None).filter(|_| !number.negative)?;
    Some((amount, tokens.words))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn minor(text: &str) -> Option<i64> {
        Money::read(text).value.map(|money| money.minor)
    }

    #[test]
    fn amounts_are_read_in_every_spelling() {
        for (text, expected) in [
            ("34.999,50", 3_499_950),
            ("34,999.50", 3_499_950),
            ("$34,999", 3_499_900),
            ("34 999,50 €", 3_499_950),
            ("34\u{a0}999", 3_499_900),
            ("34\u{202f}999,5", 3_499_950),
            ("CHF 34'999.50", 3_499_950),
            ("34999", 3_499_900),
            ("34999.5", 3_499_950),
            ("34999.0", 3_499_900),
            ("34999.000", 3_499_900),
            ("34.999", 3_499_900),
            ("1.234.567", 123_456_700),
            ("1,234,567.89", 123_456_789),
            ("0.99", 99),
            ("0", 0),
            ("$0.00", 0),
            ("20k", 2_000_000),
            ("$20.5K", 2_050_000),
            ("USD 34,999.00", 3_499_900),
            ("US$34,999", 3_499_900),
            ("34,999 dollars OBO", 3_499_900),
            ("MSRP: $34,999*", 3_499_900),
            ("~ $20,000", 2_000_000),
            ("under 20000", 2_000_000),
            ("$34,999 plus tax", 3_499_900),
            ("３４，９９９", 3_499_900),
            ("34,99", 3_499),
        ] {
            assert_eq!(Money::read(text).note, None, "{text}");
            assert_eq!(minor(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn the_lower_end_of_a_range_counts_with_a_note() {
        for text in [
            "$20,000 - $25,000",
            "$20,000-$25,000",
            "20000–25000",
            "20k-25k",
            "20-25k",
            "20,000 to 25,000",
            "between $20,000 and $25,000",
            "entre 20 000 y 25 000",
            "20.000 bis 25.000 €",
        ] {
            assert_eq!(Money::read(text).note, Some(RANGE), "{text}");
            assert_eq!(minor(text), Some(2_000_000), "{text}");
        }
    }

    #[test]
    fn what_is_no_price_is_none_with_a_note() {
        for (text, note) in [
            ("-500", NEGATIVE),
            ("-$500", NEGATIVE),
            ("$-500.00", NEGATIVE),
            ("(500)", NEGATIVE),
            ("−500", NEGATIVE),
            ("500-", NEGATIVE),
            ("call for price", NONE),
            ("Model 3", NONE),
            ("F150", NONE),
            ("2023 Ford 34999", NONE),
            ("1/2", SEVERAL),
            ("$350/mo", RATE),
            ("350 per month", RATE),
            ("$34,999 $31,500", SEVERAL),
            ("N/A", PLACEHOLDER),
            ("TBD", PLACEHOLDER),
            ("12,345 miles", RATE),
            ("99999999999999999999", NONE),
        ] {
            assert_eq!(Money::read(text), Read::fault(note), "{text}");
        }
        assert_eq!(Money::read("  "), Read::nothing());
    }

    #[test]
    fn the_currency_is_the_one_that_is_named() {
        for (text, expected) in [
            ("$1", Some("USD")),
            ("C$1", Some("CAD")),
            ("1 CAD", Some("CAD")),
            ("US$1", Some("USD")),
            ("1 €", Some("EUR")),
            ("MX$1", Some("MXN")),
            ("1", None),
        ] {
            assert_eq!(currency_of(text), expected, "{text}");
        }
    }
}
