use phonenumber::{Mode, country, metadata::DATABASE};
use std::fmt;

/// A phone number in E.164, for example `+15125550123`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(transparent)]
pub struct PhoneNumber(String);

impl PhoneNumber {
    /// Reads a number as people write it; without a country code it counts as North American,
    /// the market of the leads that arrive. `None` when the digits cannot be a number there.
    pub fn parse(text: &str) -> Option<Self> {
        let number = phonenumber::parse(Some(country::US), text).ok()?;
        let plausible = number.is_valid() || is_reserved_for_fiction(&number);
        plausible.then(|| Self(number.format().mode(Mode::E164).to_string()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
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

/// 555-01xx numbers are kept for examples and tests (NANPA), which the metadata calls invalid
/// in some area codes.
fn is_reserved_for_fiction(number: &phonenumber::PhoneNumber) -> bool {
    let national = number.national().value().to_string();
    number.country().code() == 1 && national.len() == 10 && national.get(3..8) == Some("55501")
}

impl fmt::Display for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_write_a_number_is_one_number() {
        for text in [
            "(512) 555-0123",
            "512.555.0123",
            "1-512-555-0123",
            "+1 512 555 0123",
            "5125550123",
        ] {
            assert_eq!(
                PhoneNumber::parse(text).unwrap().as_str(),
                "+15125550123",
                "{text}"
            );
        }
        assert_eq!(
            PhoneNumber::parse("512-555-0123").unwrap().display(),
            "(512) 555-0123"
        );
        assert_eq!(
            PhoneNumber::parse("+49 30 901820").unwrap().as_str(),
            "+4930901820"
        );
    }

    #[test]
    fn nonsense_is_no_number() {
        for text in ["", "call me", "12345", "000-000-0000"] {
            assert!(PhoneNumber::parse(text).is_none(), "{text}");
        }
    }
}
