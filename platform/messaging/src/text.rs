//! Text that workflows make, fit for a mail, a column and a screen.

/// One line without control characters, of at most `longest` characters.
pub(crate) fn line(text: &str, longest: usize) -> String {
    let words: Vec<&str> = text
        .split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty())
        .collect();
    words.join(" ").chars().take(longest).collect()
}

/// Lines without other control characters, of at most `longest` characters in all.
pub(crate) fn paragraphs(text: &str, longest: usize) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let kept = text
        .chars()
        .filter(|c| !c.is_control() || matches!(c, '\n' | '\t'));
    kept.take(longest).collect::<String>().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_can_end_a_header_line() {
        assert_eq!(line("Hi\r\nBcc: x@y.z\0", 100), "Hi Bcc: x@y.z");
        assert_eq!(line("ααα", 2), "αα");
        assert_eq!(paragraphs(" a\r\n\r\nb\0\u{1b} ", 100), "a\n\nb");
    }
}
