//! Postal addresses as forms and feeds write them.

use super::region::Region;
use super::{Use, data, folded, normalized};
use crate::ports::IncomingAddress;

/// An address without fillers, its postal code and country in one spelling; a whole address that
/// stands in the street is split. `None` where nothing is left.
pub fn read_address(address: &IncomingAddress, region: Region) -> Option<IncomingAddress> {
    let line = |text: &Option<String>| clean(text.as_deref()?);
    let mut read = IncomingAddress {
        street: address
            .street
            .iter()
            .filter_map(|line| clean(line))
            .collect(),
        apartment: line(&address.apartment),
        city: line(&address.city),
        region: line(&address.region),
        postal_code: line(&address.postal_code),
        country: line(&address.country).map(|country| country_code(&country)),
    };
    split_street(&mut read);
    read.region = read.region.map(|region| match region.len() {
        2 | 3 => region.to_uppercase(),
        _ => region,
    });
    let is_us = match read.country.as_deref() {
        Some(country) => country == "US",
        None => region.is_us(),
    };
    let state = read.region.clone();
    read.postal_code = read
        .postal_code
        .and_then(|code| postal_code(&code, state.as_deref(), is_us));
    let alone = IncomingAddress {
        country: read.country.clone(),
        ..IncomingAddress::default()
    };
    // A country alone is where the form was made.
    (read != alone).then_some(read)
}

fn clean(text: &str) -> Option<String> {
    let text = normalized(text);
    let words: Vec<&str> = text
        .split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty())
        .collect();
    let text = words.join(" ");
    let text = text.trim_matches([',', ';', ' ']);
    data(text, Use::Word).map(str::to_owned)
}

/// `1 Main St, Springfield, IL 62701` in one line.
fn split_street(address: &mut IncomingAddress) {
    let [whole] = address.street.as_slice() else {
        return;
    };
    if address.city.is_some() || address.postal_code.is_some() {
        return;
    }
    let parts: Vec<&str> = whole.split(',').map(str::trim).collect();
    let (country, parts) = match parts.as_slice() {
        [rest @ .., last] if rest.len() >= 3 && country_code(last) != *last => {
            (Some(country_code(last)), rest.to_vec())
        }
        all => (None, all.to_vec()),
    };
    let [street @ .., city, tail] = parts.as_slice() else {
        return;
    };
    let Some((state, code)) = tail.split_once(' ') else {
        return;
    };
    let is_state = state.len() == 2 && state.bytes().all(|b| b.is_ascii_alphabetic());
    if street.is_empty() || !is_state || !code.bytes().any(|b| b.is_ascii_digit()) {
        return;
    }
    let (city, state, code) = ((*city).to_owned(), state.to_owned(), code.to_owned());
    let street = street.iter().map(|line| (*line).to_owned()).collect();
    address.street = street;
    address.city = Some(city);
    address.region = Some(state);
    address.postal_code = Some(code);
    address.country = address.country.take().or(country);
}

/// A US ZIP code keeps the nought that a spreadsheet took from it; other codes are upper case.
fn postal_code(text: &str, state: Option<&str>, is_us: bool) -> Option<String> {
    let text = text.strip_suffix(".0").unwrap_or(text);
    let text = data(text, Use::Code)?;
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    const WITH_NOUGHT: &[&str] = &["CT", "MA", "ME", "NH", "NJ", "RI", "VT", "PR"];
    let lost = state.is_some_and(|state| WITH_NOUGHT.contains(&state));
    Some(match text.len() {
        4 if digits && is_us && lost => format!("0{text}"),
        9 if digits && is_us => match text.split_at(5) {
            (zip, "0000") => zip.to_owned(),
            (zip, plus) => format!("{zip}-{plus}"),
        },
        _ => text.trim_end_matches("-0000").to_uppercase(),
    })
}

/// ISO 3166 alpha-2 of the countries that a dealership's forms name; others stay as they are.
fn country_code(text: &str) -> String {
    let letters: String = folded(text)
        .chars()
        .filter(|c| c.is_alphanumeric())
        .collect();
    let known = match letters.as_str() {
        "us"
        | "usa"
        | "unitedstates"
        | "unitedstatesofamerica"
        | "america"
        | "eeuu"
        | "estadosunidos"
        | "etatsunis" => "US",
        "ca" | "can" | "canada" => "CA",
        "mx" | "mex" | "mexico" => "MX",
        "gb" | "uk" | "gbr" | "unitedkingdom" | "greatbritain" | "england" => "GB",
        "de" | "deu" | "germany" | "deutschland" => "DE",
        "fr" | "fra" | "france" => "FR",
        "es" | "esp" | "spain" | "espana" => "ES",
        _ => return text.to_owned(),
    };
    known.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(parts: [&str; 5]) -> Option<[String; 5]> {
        let own = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let [street, city, region, code, country] = parts;
        let address = IncomingAddress {
            street: own(street).into_iter().collect(),
            city: own(city),
            region: own(region),
            postal_code: own(code),
            country: own(country),
            ..IncomingAddress::default()
        };
        let read = read_address(&address, Region::default())?;
        let text = Option::unwrap_or_default;
        Some([
            read.street.join("\n"),
            text(read.city),
            text(read.region),
            text(read.postal_code),
            text(read.country),
        ])
    }

    #[test]
    fn addresses_are_read_without_fillers() {
        for (written, expected) in [
            (
                ["1 Main St", "Boston", "ma", "2138", "USA"],
                ["1 Main St", "Boston", "MA", "02138", "US"],
            ),
            (
                ["1 Main St, Springfield, IL 62701", "", "", "", ""],
                ["1 Main St", "Springfield", "IL", "62701", ""],
            ),
            (
                ["1 Main St, Springfield, IL 62701, USA", "", "", "", ""],
                ["1 Main St", "Springfield", "IL", "62701", "US"],
            ),
            (
                ["N/A", "Austin", "TX", "78701.0", "N/A"],
                ["", "Austin", "TX", "78701", ""],
            ),
            (["", "", "", "787010000", ""], ["", "", "", "78701", ""]),
            (
                ["", "", "", "787011234", ""],
                ["", "", "", "78701-1234", ""],
            ),
            (
                ["12, rue de l'Église", "Montréal", "qc", "h2x 1y4", "Canada"],
                ["12, rue de l'Église", "Montréal", "QC", "H2X 1Y4", "CA"],
            ),
            (
                ["Not specified", "Austin", "null", "00000", ""],
                ["", "Austin", "", "", ""],
            ),
        ] {
            let expected = expected.map(str::to_owned);
            assert_eq!(read(written), Some(expected), "{written:?}");
        }
        assert_eq!(read(["N/A", "N/A", "N/A", "0", "US"]), None);
        assert_eq!(read(["", "", "", "", ""]), None);
    }
}
