//! What a document may cost. A lead is a few kilobytes; no real one comes near these.

pub(crate) const MOST_BYTES: usize = 1024 * 1024;
pub(crate) const DEEPEST: usize = 32;
pub(crate) const MOST_ELEMENTS: usize = 5_000;
/// Lead documents in one body.
pub(crate) const MOST_DOCUMENTS: usize = 500;
/// Of one element.
pub(crate) const MOST_ATTRIBUTES: usize = 64;
/// Characters of a comment, and of any other value.
pub(crate) const LONGEST_COMMENT: usize = 20_000;
pub(crate) const LONGEST_VALUE: usize = 1_000;

/// Parts of a mail, fields of a form, texts in JSON.
pub(crate) const MOST_PARTS: usize = 200;
/// Envelopes within envelopes.
pub(crate) const DEEPEST_ENVELOPE: usize = 5;

/// Why a document, or a part of one, cannot be read as XML.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Fault {
    pub(crate) line: u64,
    pub(crate) message: String,
}

pub(crate) fn fault(line: u64, message: impl Into<String>) -> Fault {
    Fault {
        line,
        message: message.into(),
    }
}

/// The line, from 1, in which byte `at` stands.
pub(crate) fn line_of(text: &str, at: usize) -> u64 {
    let before = text.as_bytes().get(..at).unwrap_or(text.as_bytes());
    let breaks = before.iter().filter(|byte| **byte == b'\n').count();
    u64::try_from(breaks).unwrap_or(u64::MAX).saturating_add(1)
}
