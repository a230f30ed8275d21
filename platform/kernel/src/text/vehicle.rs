//! Numbers that name vehicles and requests.

use super::read::{PLACEHOLDER, Read};
use super::{Use, Vin, data, is_filler, money, normalized};
use unicode_normalization::UnicodeNormalization;

/// What a number of this kind can have around it; longer texts are none.
const LONGEST: usize = 200;

/// The text in one Unicode form, unless it is blank or a filler.
fn code<T>(text: &str) -> Result<String, Read<T>> {
    if text.len() > LONGEST {
        return Err(Read::fault("is too long"));
    }
    let text: String = normalized(text).nfkc().collect();
    match data(&text, Use::Code) {
        Some(text) => Ok(text.to_owned()),
        None if text.trim().is_empty() => Err(Read::nothing()),
        None => Err(Read::fault(PLACEHOLDER)),
    }
}

/// Reads a VIN with a label, spaces, dashes or words beside it, also with the letters I, O and Q
/// that no VIN has, where the check digit tells that they are digits mistyped. Rows of one
/// character and counted-up ones are placeholders.
pub fn read_vin(text: &str) -> Read<Vin> {
    let text = match code(text) {
        Ok(text) => text.to_uppercase(),
        Err(read) => return read,
    };
    let bare = text.strip_prefix("VIN").map_or(text.as_str(), |rest| {
        rest.trim_start_matches([':', '#', ' ', '.', '='])
    });
    let words = || text.split(|c: char| !c.is_alphanumeric() && c != '-');
    let exact = Vin::parse(bare)
        .or_else(|| Vin::parse(&text))
        .or_else(|| words().find_map(Vin::parse));
    if let Some(vin) = exact {
        return match vin.is_placeholder() {
            true => Read::fault(PLACEHOLDER),
            false => Read::of(vin),
        };
    }
    let digits = |text: &str| {
        let vin = Vin::parse(&text.replace(['O', 'Q'], "0").replace('I', "1"))?;
        (vin.check_digit_matches() && !vin.is_placeholder()).then_some(vin)
    };
    match digits(bare).or_else(|| words().find_map(digits)) {
        Some(vin) => Read::noted(vin, "has letters that no VIN has; they count as digits"),
        None => Read::fault("is no VIN of 17 characters"),
    }
}

/// What stands in the place of a stock number while a vehicle has none.
const NO_STOCK_NUMBER: &[&str] = &[
    "INTRANSIT",
    "TRANSIT",
    "INCOMING",
    "INBOUND",
    "ONORDER",
    "ORDER",
    "ORDERED",
    "FACTORYORDER",
    "SPECIALORDER",
    "CUSTOMORDER",
    "BUILD",
    "SOLD",
    "PENDING",
    "COMINGSOON",
    "NEW",
    "USED",
    "DEALERTRADE",
];

/// Reads a stock number: upper case, without a label.
pub fn read_stock_number(text: &str) -> Option<String> {
    let upper = code::<()>(text).ok()?.to_uppercase();
    let label = ["STOCK NUMBER", "STOCK NO", "STOCK", "STK NO", "STK"]
        .into_iter()
        .find_map(|label| {
            let rest = upper.strip_prefix(label)?;
            // `STK1234` is a number, `STK #1234` a label and a number.
            rest.starts_with([':', '#', ' ', '.']).then_some(rest)
        });
    let bare = label.unwrap_or(&upper).trim_matches([':', '#', ' ', '.']);
    let letters: String = bare.chars().filter(|c| c.is_alphanumeric()).collect();
    data(bare, Use::Code)
        .filter(|_| !NO_STOCK_NUMBER.contains(&letters.as_str()))
        .map(str::to_owned)
}

/// Reads a model year: `2024`, `'24`, `24`, `2024.0`, `MY2024`, `2024 or newer`; of a range the
/// first year counts.
pub fn read_year(text: &str) -> Read<i32> {
    const NONE: &str = "is no model year";
    let upper = match code(text) {
        Ok(text) => text.to_uppercase(),
        Err(read) => return read,
    };
    let text = upper.strip_prefix("MY").unwrap_or(&upper);
    let text = text.trim_start_matches(['\'', '’', '‘', '`', ' ']);
    let text = match text.split_once('.') {
        Some((year, rest)) if rest.bytes().all(|byte| byte == b'0') => year,
        _ => text,
    };
    let plausible = |year: &i32| (1886..=2100).contains(year);
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let short = text
        .parse::<i32>()
        .ok()
        .filter(|_| digits && text.len() == 2);
    if let Some(year) = short {
        // Nobody asks a dealership for the car of a century ago by two digits.
        return Read::of(if year <= 40 { 2000 + year } else { 1900 + year });
    }
    let numbers = text.split(|c: char| !c.is_ascii_digit());
    let numbers: Vec<&str> = numbers.filter(|number| !number.is_empty()).collect();
    let years: Option<Vec<i32>> = numbers
        .iter()
        .map(|number| {
            number
                .parse()
                .ok()
                .filter(|_| number.len() == 4)
                .filter(plausible)
        })
        .collect();
    match years.as_deref() {
        Some([year]) if digits => Read::of(*year),
        Some([year]) => Read::noted(*year, "has words beside the year"),
        Some([first, _]) => Read::noted(*first, "names several years; the first one counts"),
        _ => Read::fault(NONE),
    }
}

/// Reads what the odometer shows: `45,000 mi`, `45.000 km`, `45k miles`, `72 tkm` as a number with
/// the unit behind it; `units` count where the text names none. Words without one number stay.
pub fn read_odometer(text: &str, units: Option<&str>) -> Option<String> {
    let text = data(text, Use::Text)?;
    if text.len() > LONGEST {
        return None;
    }
    let plain: String = normalized(text).nfkc().collect();
    let Some((hundredths, words)) = money::quantity(&plain) else {
        return Some(text.to_owned());
    };
    let named = words.iter().find_map(|word| unit(word));
    let given = units.map(|units| unit(&super::folded(units)).unwrap_or((units, 1)));
    let (unit, factor) = match named.or(given) {
        Some((unit, factor)) => (Some(unit), factor),
        None => (None, 1),
    };
    let whole = hundredths.saturating_mul(factor) / 100;
    Some(match unit {
        Some(unit) => format!("{whole} {unit}"),
        None => whole.to_string(),
    })
}

/// A unit of distance in its short form, and how many of it the word counts.
fn unit(word: &str) -> Option<(&'static str, i64)> {
    match word {
        "mi" | "mile" | "miles" | "mls" | "milla" | "millas" | "meilen" => Some(("mi", 1)),
        "km" | "kms" | "kilometer" | "kilometers" | "kilometre" | "kilometres" | "kilometros" => {
            Some(("km", 1))
        }
        "tkm" | "tsdkm" => Some(("km", 1_000)),
        _ => None,
    }
}

/// Whether `id` can be a provider's own id of one request, by its look: no filler, no word and
/// no number that every request carries. Whether it was seen for other people is for the caller.
pub fn is_identifier(source: Option<&str>, id: &str) -> bool {
    const NO_IDS: &[&str] = &[
        "leadtype",
        "type",
        "status",
        "leadstatus",
        "category",
        "campaign",
        "campaignname",
        "language",
        "locale",
        "channel",
        "medium",
        "leadsource",
        "format",
        "version",
        "dealerid",
        "dealercode",
        "dealer",
        "vendorid",
        "vendor",
        "siteid",
        "storeid",
        "rooftopid",
        "accountid",
        "zip",
        "postalcode",
        "department",
        "leadservice",
        "service",
        "url",
        "priority",
    ];
    let source: String = source
        .unwrap_or_default()
        .chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect();
    let id = id.trim();
    let signs: Vec<char> = id.chars().filter(|c| c.is_alphanumeric()).collect();
    let digits = signs.iter().any(char::is_ascii_digit);
    let same = signs.iter().all(|c| Some(c) == signs.first());
    // Some providers write random letters.
    let token = signs.len() >= 16 && !id.contains(char::is_whitespace);
    !NO_IDS.contains(&source.as_str())
        && data(id, Use::Code).is_some()
        && !is_filler(id)
        && (digits || token)
        && !same
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vins_are_read_and_placeholders_are_none() {
        for text in [
            "1HGCM82633A004352",
            " 1hgcm-82633a 004352 ",
            "VIN: 1HGCM82633A004352",
            "VIN#1HGCM82633A004352",
        ] {
            let read = read_vin(text);
            assert_eq!(read.value.unwrap().as_str(), "1HGCM82633A004352", "{text}");
        }
        for text in [
            "N/A",
            "0",
            "00000000000000000",
            "11111111111111111",
            "XXXXXXXXXXXXXXXXX",
            "12345678901234567",
            "12345678912345678",
            "ABCDEFGH123456789",
            "unknown",
        ] {
            assert!(
                read_vin(text).is_placeholder(),
                "{text}: {:?}",
                read_vin(text)
            );
        }
        assert!(read_vin("1HGCM8263").note.is_some());
        assert_eq!(read_vin(""), Read::nothing());
    }

    #[test]
    fn stock_numbers_lose_labels_and_fillers() {
        for (text, expected) in [
            ("p1204a", Some("P1204A")),
            ("Stock #: P1204A", Some("P1204A")),
            ("STK# 12", Some("12")),
            ("STK1204", Some("STK1204")),
            ("#D9760", Some("D9760")),
            ("N/A", None),
            ("0", None),
            ("000", None),
            ("none", None),
            ("TBD", None),
            ("Stock: N/A", None),
            ("NA", None),
        ] {
            assert_eq!(read_stock_number(text).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn years_are_read_in_every_spelling() {
        for (text, expected) in [
            ("2024", Some(2024)),
            ("'24", Some(2024)),
            ("98", Some(1998)),
            ("2024.0", Some(2024)),
            ("MY2025", Some(2025)),
            ("0", None),
            ("0000", None),
            ("Not specified", None),
            ("20255", None),
            ("9999", None),
            ("any", None),
        ] {
            assert_eq!(read_year(text).value, expected, "{text}");
        }
    }

    #[test]
    fn words_and_fillers_are_no_ids() {
        for (source, id) in [
            (Some("leadtype"), "Email"),
            (Some("Lead Type"), "7"),
            (None, "Email"),
            (None, "New"),
            (None, "N/A"),
            (None, "0"),
            (None, "0000"),
            (None, "11111"),
            (None, "Web Lead"),
            (None, "1"),
        ] {
            assert!(!is_identifier(source, id), "{source:?} {id}");
        }
        for (source, id) in [
            (Some("AutoSite"), "A-4711"),
            (Some("DealerCRM"), "12"),
            (None, "3f2504e0-4f89-11d3-9a0c-0305e82c3301"),
            (None, "QWxhZGRpbjpvcGVuc2Vz"),
        ] {
            assert!(is_identifier(source, id), "{source:?} {id}");
        }
    }
}
