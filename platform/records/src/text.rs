//! Text from outside made fit for a column: no NUL, no other invisible control characters, and
//! no longer than the column is meant for.

use platform_kernel::ports::LeadWarning;
use platform_kernel::tenant::TenantContext;
use platform_kernel::text::{Read, Region, Use, data, folded, is_filler, normalized};
use serde_json::{Number, Value};

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
    /// Whose way of writing counts where a text does not say.
    pub(crate) region: Region,
    pub(crate) warnings: Vec<LeadWarning>,
}

impl Cleaner {
    /// For what comes to a dealership.
    pub(crate) fn of(tenant: &TenantContext) -> Self {
        Self {
            region: Region::of_time_zone(&tenant.time_zone),
            warnings: Vec::new(),
        }
    }

    /// What a reader read; what was odd about it is noted.
    pub(crate) fn read<T>(&mut self, place: &str, text: &str, read: Read<T>) -> Option<T> {
        if let Some(note) = read.note {
            let (text, _) = clip(text, 100);
            self.warn(place, format!("{text} {note}"));
        }
        read.value
    }

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
        let line = words.join(" ");
        self.clip(place, &normalized(&line), text.contains('\0'), longest)
    }

    /// One line that says something: what forms and systems write for "nothing" is nothing.
    pub(crate) fn value(
        &mut self,
        place: &str,
        text: Option<&str>,
        longest: usize,
    ) -> Option<String> {
        self.line(place, text, longest)
            .filter(|text| data(text, Use::Text).is_some())
    }

    /// The same for a make, a model, a colour: "any" and nought say nothing.
    pub(crate) fn word(&mut self, place: &str, text: Option<&str>) -> Option<String> {
        self.code(place, text)
            .filter(|text| data(text, Use::Word).is_some())
    }

    /// The same for a number of somebody's: nought is none.
    pub(crate) fn code(&mut self, place: &str, text: Option<&str>) -> Option<String> {
        self.line(place, text, longest::LINE)
            .filter(|text| data(text, Use::Code).is_some())
    }

    /// Lines stay, other control characters go; a filler alone is nothing.
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
        self.clip(
            place,
            &normalized(kept.trim()),
            text.contains('\0'),
            longest,
        )
        .filter(|text| !is_filler(text))
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

/// A JSON value as text: a number by its digits, whatever its spelling (`2025.0` is `2025`).
pub(crate) fn of_value(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => plain_number(number),
        _ => return None,
    };
    (!text.is_empty()).then_some(text)
}

fn plain_number(number: &Number) -> String {
    match number.as_f64() {
        Some(value)
            if !number.is_i64()
                && !number.is_u64()
                && value.fract() == 0.0
                && value.abs() < 1e15 =>
        {
            format!("{value:.0}")
        }
        _ => number.to_string(),
    }
}

/// Words without case, accents and spaces between them, to see whether two texts say the same.
pub(crate) fn gist(text: &str) -> String {
    let folded = folded(text);
    let words = folded.split(|c: char| !c.is_alphanumeric());
    words
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

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
    fn a_filler_is_no_value() {
        let mut cleaner = Cleaner::default();
        for filler in ["N/A", "null", "Not specified", " unknown ", "-"] {
            assert_eq!(cleaner.value("", Some(filler), 64), None, "{filler}");
        }
        assert_eq!(
            cleaner.value("", Some("P1204"), 64).as_deref(),
            Some("P1204")
        );
        assert_eq!(
            cleaner.line("", Some("Jose\u{301}"), 64).as_deref(),
            Some("José")
        );
    }

    #[test]
    fn a_number_is_the_same_in_every_spelling() {
        for (value, text) in [
            (json!(2025.0), "2025"),
            (json!(6502530000.0), "6502530000"),
            (json!(4411), "4411"),
            (json!(1.5), "1.5"),
            (json!(" a1 "), "a1"),
        ] {
            assert_eq!(of_value(&value).as_deref(), Some(text));
        }
        assert_eq!(of_value(&json!("")), None);
        assert_eq!(of_value(&json!(true)), None);
    }

    #[test]
    fn two_texts_have_one_gist_whatever_their_case_and_punctuation() {
        assert_eq!(gist("Is it  still there?\n"), gist("is it still there"));
        assert_ne!(gist("Is it there?"), gist("Is it theirs?"));
    }
}
