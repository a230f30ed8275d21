//! How a text goes over the air (3GPP TS 23.038 and 23.040).

/// The characters of the GSM 7-bit default alphabet.
const BASIC: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?\
    ¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
/// Those of its extension table, which take two places each.
const EXTENSION: &str = "^{}\\[~]|€\u{c}";

/// In how many parts a text is sent, each of which is billed: 160 places with the GSM alphabet
/// alone, 70 with anything else in it, and fewer in each part once there are several, which carry
/// a header that joins them again.
pub fn sms_segments(text: &str) -> usize {
    let places = |c: char| match (BASIC.contains(c), EXTENSION.contains(c)) {
        (true, _) => Some(1),
        (_, true) => Some(2),
        _ => None,
    };
    match text.chars().map(places).collect::<Option<Vec<usize>>>() {
        Some(places) => parts(&places, 160, 153),
        None => {
            let units: Vec<usize> = text.chars().map(char::len_utf16).collect();
            parts(&units, 70, 67)
        }
    }
}

/// No character is cut in two: one that does not fit any more begins the next part.
fn parts(places: &[usize], alone: usize, joined: usize) -> usize {
    if places.iter().sum::<usize>() <= alone {
        return 1;
    }
    let (parts, _) = places.iter().fold((1, 0), |(parts, used), size| {
        if used + size > joined {
            (parts + 1, *size)
        } else {
            (parts, used + size)
        }
    });
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_counted_as_carriers_count_them() {
        for (text, expected) in [
            (String::new(), 1),
            ("a".repeat(160), 1),
            ("a".repeat(161), 2),
            ("a".repeat(306), 2),
            ("a".repeat(307), 3),
            ("€".repeat(80), 1),
            ("€".repeat(81), 2),
            ("ç".repeat(70), 1),
            ("ç".repeat(71), 2),
            ("🚗".repeat(35), 1),
            ("🚗".repeat(36), 2),
            // 33 pairs fill 66 of 67 places: the 67th part of a pair is left empty.
            ("🚗".repeat(67), 3),
        ] {
            assert_eq!(sms_segments(&text), expected, "{text}");
        }
    }

    #[test]
    fn a_character_of_two_places_is_not_cut_in_two() {
        let text = format!("{}€{}", "a".repeat(152), "b".repeat(152));
        assert_eq!(sms_segments(&text), 3);
    }
}
