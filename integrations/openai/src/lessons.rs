//! What models refused although the table says that they take it: remembered, so that the same
//! parameter is refused once and not with every question.

use crate::failure::Refusal;
use std::collections::{BTreeSet, HashMap};
use std::sync::{Mutex, PoisonError};

/// Models that are remembered; their names come from workflows.
const MOST_MODELS: usize = 1_000;

/// Parameters that a question can do without.
pub(crate) const OPTIONAL: [&str; 7] = [
    "temperature",
    "reasoning_effort",
    "store",
    "max_completion_tokens",
    "max_tokens",
    "json_schema",
    "response_format",
];

/// The codes, and the words of providers that give no code, for a parameter that is not taken.
const CODES: [&str; 3] = [
    "unsupported_value",
    "unsupported_parameter",
    "unknown_parameter",
];
const WORDS: [&str; 8] = [
    "unsupported",
    "not support",
    "unknown",
    "unrecognized",
    "unexpected",
    "extra_forbidden",
    "not permitted",
    "not allowed",
];

#[derive(Debug, Default)]
pub(crate) struct Lessons(Mutex<HashMap<String, BTreeSet<&'static str>>>);

impl Lessons {
    pub(crate) fn refused(&self, model: &str) -> BTreeSet<&'static str> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(model).cloned().unwrap_or_default()
    }

    /// Whether anything is to be learnt from the refusal of a question with the parameters `sent`.
    pub(crate) fn learn(&self, model: &str, sent: &[&'static str], refusal: &Refusal) -> bool {
        let Some(parameter) = refused_parameter(sent, refusal) else {
            return false;
        };
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST_MODELS && !known.contains_key(model) {
            known.clear();
        }
        known.entry(model.to_owned()).or_default().insert(parameter);
        true
    }
}

/// A schema that is wrong says nothing about the model.
fn refused_parameter(sent: &[&'static str], refusal: &Refusal) -> Option<&'static str> {
    let text = refusal.body.to_lowercase();
    let coded = CODES.contains(&refusal.code.as_str());
    let said = coded || WORDS.iter().any(|word| text.contains(word));
    if !matches!(refusal.status, 400 | 422) || !said || text.contains("invalid schema") {
        return None;
    }
    let names = |name: &&'static str| match refusal.param.as_str() {
        "" => mentions(&text, name),
        param => param == *name || (param.starts_with("response_format") && mentions(&text, name)),
    };
    sent.iter().copied().find(names)
}

/// Whether `name` is in the text, not as a part of a longer name.
fn mentions(text: &str, name: &str) -> bool {
    let part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.match_indices(name).any(|(at, _)| {
        let before = text.get(..at).and_then(|t| t.chars().next_back());
        let after = text.get(at + name.len()..).and_then(|t| t.chars().next());
        !before.is_some_and(part) && !after.is_some_and(part)
    })
}
