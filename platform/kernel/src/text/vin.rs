use std::fmt;

/// A vehicle identification number of 17 characters (ISO 3779), upper case.
#[derive(Clone, Debug, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(transparent)]
pub struct Vin(String);

impl Vin {
    /// Accepts 17 letters and digits without I, O and Q, whatever spaces or dashes are between
    /// them. The check digit is a question of its own: see [`Vin::check_digit_matches`].
    pub fn parse(text: &str) -> Option<Self> {
        let vin: String = text
            .chars()
            .filter(|c| !c.is_whitespace() && *c != '-')
            .flat_map(char::to_uppercase)
            .collect();
        let good = vin.len() == 17 && vin.chars().all(|c| transliterate(c).is_some());
        good.then_some(Self(vin))
    }

    /// Whether position 9 is the check digit of 49 CFR 565.15(c). Vehicles built for markets
    /// other than North America need not have one, so a mismatch warns and does not refuse.
    pub fn check_digit_matches(&self) -> bool {
        const WEIGHTS: [u32; 17] = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2];
        let sum: u32 = self
            .0
            .chars()
            .zip(WEIGHTS)
            .map(|(c, weight)| transliterate(c).unwrap_or(0) * weight)
            .sum();
        let expected = match sum % 11 {
            10 => 'X',
            digit => char::from_digit(digit, 10).unwrap_or('?'),
        };
        self.0.chars().nth(8) == Some(expected)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is what forms are filled with where nobody knows the VIN: one character again
    /// and again, or characters in their order.
    pub fn is_placeholder(&self) -> bool {
        let vin = self.0.as_str();
        let first = vin.chars().next();
        let sequences = [
            "1234567890123456789",
            "0123456789012345678",
            "123456789123456789",
        ];
        let ordered = |part: Option<&str>| {
            part.is_some_and(|part| sequences.iter().any(|s| s.contains(part)))
        };
        vin.chars().all(|c| Some(c) == first)
            || ordered(Some(vin))
            || (vin.starts_with("ABCDEFGH") && ordered(vin.get(8..)))
            || vin.starts_with("TESTV")
    }
}

/// The value of a character in the check sum (49 CFR 565.15, table III).
fn transliterate(c: char) -> Option<u32> {
    match c {
        '0'..='9' => c.to_digit(10),
        'A' | 'J' => Some(1),
        'B' | 'K' | 'S' => Some(2),
        'C' | 'L' | 'T' => Some(3),
        'D' | 'M' | 'U' => Some(4),
        'E' | 'N' | 'V' => Some(5),
        'F' | 'W' => Some(6),
        'G' | 'P' | 'X' => Some(7),
        'H' | 'Y' => Some(8),
        'R' | 'Z' => Some(9),
        _ => None,
    }
}

impl fmt::Display for Vin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_check_digit_of_known_vins_matches() {
        for vin in [
            "1HGCM82633A004352",
            "1M8GDM9AXKP042788",
            "11111111111111111",
        ] {
            assert!(Vin::parse(vin).unwrap().check_digit_matches(), "{vin}");
        }
        assert!(
            !Vin::parse("1HGCM82633A004353")
                .unwrap()
                .check_digit_matches()
        );
    }

    #[test]
    fn seventeen_characters_without_i_o_q() {
        assert_eq!(
            Vin::parse(" 1hgcm-82633a 004352").unwrap().as_str(),
            "1HGCM82633A004352"
        );
        for bad in [
            "",
            "1HGCM82633A00435",
            "1HGCM82633A00435O",
            "IHGCM82633A004352",
            "1HGCM82633A0043521",
        ] {
            assert!(Vin::parse(bad).is_none(), "{bad}");
        }
    }
}
