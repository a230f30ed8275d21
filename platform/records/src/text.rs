//! Text from outside made fit for a column: no NUL, no other invisible control characters, and
//! no longer than the column is meant for.

use platform_kernel::ports::LeadWarning;

/// The longest texts that are kept, in characters. They are far above what the fields hold in
/// real leads and far below what an index or a page can bear.
pub(crate) mod longest {
    pub(crate) const NAME: usize = 200;
    pub(crate) const WORD: usize = 64;
    pub(crate) const LINE: usize = 200;
    pub(crate) const PARAGRAPH: usize = 20_000;
    /// Of the document itself.
    pub(crate) const RAW: usize = 1_000_000;
}

/// Cleans texts and notes what it had to change.
#[derive(Debug, Default)]
pub(crate) struct Cleaner {
    pub(crate) warnings: Vec<LeadWarning>,
}

impl Cleaner {
    pub(crate) fn warn(&mut self, place: &str, message: impl Into<String>) {
        self.warnings.push(LeadWarning {
            place: place.to_owned(),
            message: message.into(),
        });
    }

    /// One line: white space of any kind becomes a single space. `None` when nothing is left.
    pub(crate) fn line(
        &mut self,
        place: &str,
        text: Option<&str>,
        longest: usize,
    ) -> Option<String> {
        let text = text?;
        let words: Vec<&str> = text
            .split(|c: char| c.is_whitespace() || c.is_control())
            .filter(|word| !word.is_empty())
            .collect();
        self.clip(place, &words.join(" "), text.contains('\0'), longest)
    }

    /// Lines stay, other control characters go.
    pub(crate) fn paragraph(
        &mut self,
        place: &str,
        text: Option<&str>,
        longest: usize,
    ) -> Option<String> {
        let text = text?;
        let kept: String = text
            .replace("\r\n", "\n")
            .chars()
            .filter(|c| !c.is_control() || matches!(c, '\n' | '\t'))
            .collect();
        self.clip(place, kept.trim(), text.contains('\0'), longest)
    }

    fn clip(&mut self, place: &str, text: &str, had_nul: bool, longest: usize) -> Option<String> {
        if had_nul {
            self.warn(place, "held a NUL character, which was removed");
        }
        let (kept, cut) = clip(text, longest);
        if cut {
            self.warn(
                place,
                format!("was longer than {longest} characters and was cut"),
            );
        }
        (!kept.is_empty()).then(|| kept.to_owned())
    }
}

/// The first `longest` characters, and whether there were more.
pub(crate) fn clip(text: &str, longest: usize) -> (&str, bool) {
    match text.char_indices().nth(longest) {
        Some((end, _)) => (text.get(..end).unwrap_or_default(), true),
        None => (text, false),
    }
}

/// A document as text. What is not UTF-8 is read as Latin-1, in which every byte means something.
pub(crate) fn readable(document: &[u8]) -> String {
    let text = match std::str::from_utf8(document) {
        Ok(text) => text.to_owned(),
        Err(_not_utf8) => document.iter().map(|byte| char::from(*byte)).collect(),
    };
    let text = text.replace('\0', "");
    clip(&text, longest::RAW).0.to_owned()
}

/// `LIKE` pattern for texts that contain `part`, whatever signs it holds.
pub(crate) fn containing(part: &str) -> String {
    let escaped = part
        .replace('\0', "")
        .replace('\\', "\\\\")
        .replace('%', "\\%")
        .replace('_', "\\_");
    format!("%{escaped}%")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_fits_its_column_and_the_change_is_noted() {
        let mut cleaner = Cleaner::default();
        assert_eq!(
            cleaner
                .line("name", Some(" Ann\0\r\n  Lee\t"), 10)
                .as_deref(),
            Some("Ann Lee")
        );
        assert_eq!(
            cleaner.line("name", Some("ααααα"), 3).as_deref(),
            Some("ααα")
        );
        assert_eq!(cleaner.line("name", Some(" \u{7}\n"), 3), None);
        assert_eq!(
            cleaner
                .paragraph("comments", Some("a\r\nb\0\u{1b}[31m"), 100)
                .as_deref(),
            Some("a\nb[31m")
        );
        assert_eq!(cleaner.warnings.len(), 3);
    }

    #[test]
    fn any_document_is_readable() {
        assert_eq!(readable("Zoë\0".as_bytes()), "Zoë");
        assert_eq!(readable(b"Zo\xeb"), "Zoë");
    }

    #[test]
    fn a_pattern_takes_signs_literally() {
        assert_eq!(containing("50%_\\"), "%50\\%\\_\\\\%");
    }
}
