//! Numbers that name vehicles and requests.

use super::read::{PLACEHOLDER, Read};
use super::{Use, Vin, data, is_filler, normalized};

/// Reads a VIN with a label, spaces or dashes; rows of one character and counted-up ones are
/// placeholders.
pub fn read_vin(text: &str) -> Read<Vin> {
    let text = normalized(text);
    let Some(text) = data(&text, Use::Code) else {
        return match text.trim() {
            "" => Read::nothing(),
            _ => Read::fault(PLACEHOLDER),
        };
    };
    let upper = text.to_uppercase();
    let bare = upper.strip_prefix("VIN").map_or(upper.as_str(), |rest| {
        rest.trim_start_matches([':', '#', ' ', '.', '='])
    });
    match Vin::parse(bare).or_else(|| Vin::parse(&upper)) {
        Some(vin) if vin.is_placeholder() => Read::fault(PLACEHOLDER),
        Some(vin) => Read::of(vin),
        None => Read::fault("is no VIN of 17 characters"),
    }
}

/// Reads a stock number: upper case, without a label.
pub fn read_stock_number(text: &str) -> Option<String> {
    let text = normalized(text);
    let text = data(&text, Use::Code)?;
    let upper: String = text.to_uppercase();
    let label = ["STOCK NUMBER", "STOCK NO", "STOCK", "STK NO", "STK"]
        .into_iter()
        .find_map(|label| {
            let rest = upper.strip_prefix(label)?;
            // `STK1234` is a number, `STK #1234` a label and a number.
            rest.starts_with([':', '#', ' ', '.']).then_some(rest)
        });
    let bare = label.unwrap_or(&upper).trim_matches([':', '#', ' ', '.']);
    data(bare, Use::Code).map(str::to_owned)
}

/// Reads a model year: `2024`, `'24`, `24`, `2024.0`, `MY2024`.
pub fn read_year(text: &str) -> Read<i32> {
    const NONE: &str = "is no model year";
    let text = normalized(text);
    let Some(text) = data(&text, Use::Code) else {
        return match text.trim() {
            "" => Read::nothing(),
            _ => Read::fault(PLACEHOLDER),
        };
    };
    let upper = text.to_uppercase();
    let text = upper.strip_prefix("MY").unwrap_or(&upper);
    let text = text.trim_start_matches(['\'', '’', '‘', '`', ' ']);
    let text = text.strip_suffix(".0").unwrap_or(text);
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Read::fault(NONE);
    }
    let year = match (text.len(), text.parse::<i32>()) {
        (4, Ok(year)) if (1886..=2100).contains(&year) => Some(year),
        // Nobody asks a dealership for the car of a century ago by two digits.
        (2, Ok(year)) if year <= 40 => Some(2000 + year),
        (2, Ok(year)) => Some(1900 + year),
        _ => None,
    };
    year.map_or(Read::fault(NONE), Read::of)
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
