/// Whether a character shows nothing by itself or turns the direction of the text around it
/// (Unicode's default-ignorable and bidirectional controls). In a name it only deceives readers.
/// The joiners that emoji and some scripts need are not among them.
pub fn is_deceptive(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}'
        | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
}

/// Whether a text shows nothing at all.
pub fn is_blank(text: &str) -> bool {
    text.chars()
        .all(|c| c.is_whitespace() || c.is_control() || is_deceptive(c) || is_empty_glyph(c))
}

/// Joiners, fillers, blank patterns, variation selectors and tags: nothing to see where no other
/// character is.
fn is_empty_glyph(c: char) -> bool {
    matches!(c,
        '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200c}' | '\u{200d}' | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}'
        | '\u{ffa0}' | '\u{1d159}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_shows_nothing_is_blank_and_what_turns_text_around_deceives() {
        for text in [
            "",
            " \t",
            "\u{200b}\u{200b}",
            "\u{feff}",
            "\u{200d}",
            "\0\u{1b}",
            "\u{a0}\u{3000}\u{2800}",
            "\u{115f}\u{1160}\u{ffa0}",
            "\u{fe0f}\u{e0061}\u{34f}",
        ] {
            assert!(is_blank(text), "{text:?}");
        }
        assert!(!is_blank("a\u{200d}b"));
        assert!("\u{202e}gro.live".chars().any(is_deceptive));
        for name in [
            "Zoë Müller",
            "李小龙",
            "👩\u{200d}🔧 Garage",
            "می\u{200c}خواهم",
        ] {
            assert!(!name.chars().any(is_deceptive), "{name}");
        }
    }
}
