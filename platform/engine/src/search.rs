//! The words that runs are found by. Writing and asking take texts apart in the same way.

use crate::fold::ExecutionStatus;
use chrono::{DateTime, Utc};
use diesel::sql_types::{Array, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use platform_db::{TenantTx, statement};
use platform_kernel::Result;
use platform_kernel::id::{ExecutionId, WorkflowId};
use platform_kernel::text::folded;
use serde_json::Value;
use std::collections::BTreeSet;

/// Words kept of one run.
const MAX_WORDS: usize = 256;
/// Bytes of a run's texts that are looked at.
const MAX_TEXT: usize = 64 * 1024;
const SHORTEST: usize = 2;
const LONGEST: usize = 64;
/// Letters before a `*`: fewer begin too many words.
const SHORTEST_BEGINNING: usize = 3;

/// The words of a run: of its input and business key, its workflow and its trigger's type.
pub(crate) fn words_of(
    workflow: WorkflowId,
    trigger_type: &str,
    input: &Value,
    business_key: Option<&str>,
) -> Vec<String> {
    let mut words = words(input);
    words.extend(business_key.into_iter().flat_map(split));
    words.insert(workflow_word(workflow));
    words.insert(trigger_word(trigger_type));
    words.into_iter().collect()
}

/// Keeps the words of a run's input, its workflow and its trigger's type.
pub(crate) async fn insert(
    tx: &mut TenantTx,
    id: ExecutionId,
    workflow: WorkflowId,
    trigger_type: &str,
    input: &Value,
    business_key: Option<&str>,
    created_at: DateTime<Utc>,
) -> Result<()> {
    const INSERT: &str = "INSERT INTO execution_search (execution_id, created_at, words) \
        VALUES ($1, $2, array_to_tsvector($3))";
    statement(INSERT)
        .bind::<SqlUuid, _>(id.0)
        .bind::<Timestamptz, _>(created_at)
        .bind::<Array<Text>, _>(words_of(workflow, trigger_type, input, business_key))
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Stands for all runs of a workflow; a person's words have no `:`.
pub fn workflow_word(id: WorkflowId) -> String {
    format!("workflow:{id}")
}

/// Stands for all runs that ended in a rare state; a run gets it with its last event (`log/append.rs`).
pub fn status_word(status: ExecutionStatus) -> Option<&'static str> {
    match status {
        ExecutionStatus::Failed => Some("status:failed"),
        ExecutionStatus::Cancelled => Some("status:cancelled"),
        _ => None,
    }
}

/// Stands for all runs that triggers of a type started.
pub fn trigger_word(trigger_type: &str) -> String {
    format!("trigger:{trigger_type}")
}

/// A tsquery for runs that have every word of `text`, a phone number in whatever spelling, and
/// words that begin with what stands before a `*`. `None` where there is no word in it.
pub fn query(text: &str) -> Option<String> {
    if let Some(number) = phone(text) {
        return Some(quote(&number));
    }
    let mut parts = BTreeSet::new();
    for piece in text.split_whitespace() {
        let open = piece.ends_with('*');
        let mut words = split(piece);
        if open && let Some(last) = words.pop_if(|word| word.chars().count() >= SHORTEST_BEGINNING)
        {
            parts.insert(format!("{}:*", quote(&last)));
        }
        parts.extend(words.iter().map(|word| quote(word)));
    }
    let parts: Vec<String> = parts.into_iter().collect();
    (!parts.is_empty()).then(|| parts.join(" & "))
}

/// A word as a tsquery has it.
pub fn quote(word: &str) -> String {
    format!("'{}'", word.replace('\\', "\\\\").replace('\'', "''"))
}

/// The different words in all texts and numbers inside.
fn words(value: &Value) -> BTreeSet<String> {
    let (mut words, mut left) = (BTreeSet::new(), MAX_TEXT);
    collect(value, &mut words, &mut left);
    words
}

fn collect(value: &Value, words: &mut BTreeSet<String>, left: &mut usize) {
    if *left == 0 || words.len() >= MAX_WORDS {
        return;
    }
    match value {
        Value::String(text) => add(text, words, left),
        Value::Number(number) => add(&number.to_string(), words, left),
        Value::Array(items) => items.iter().for_each(|item| collect(item, words, left)),
        Value::Object(fields) => fields
            .values()
            .for_each(|field| collect(field, words, left)),
        _ => {}
    }
}

fn add(text: &str, words: &mut BTreeSet<String>, left: &mut usize) {
    let end = text.floor_char_boundary((*left).min(text.len()));
    *left -= end;
    let text = text.get(..end).unwrap_or_default();
    words.extend(phone(text));
    for word in split(text).into_iter().chain(joined(text)) {
        if words.len() >= MAX_WORDS {
            return;
        }
        words.insert(word);
    }
}

/// Letters and digits in a row, folded: `José` and `JOSE` are one word. An apostrophe separates, as
/// in the words of runs from before they were folded.
fn split(text: &str) -> Vec<String> {
    apart(&folded(&text.replace(APOSTROPHES, " ")))
}

/// The words around apostrophes, written together: `ONeil` finds `O'Neil`.
fn joined(text: &str) -> Vec<String> {
    let pieces = text.split_whitespace();
    let with = pieces.filter(|piece| piece.contains(APOSTROPHES));
    with.flat_map(|piece| apart(&folded(&piece.replace(APOSTROPHES, ""))))
        .collect()
}

const APOSTROPHES: [char; 8] = ['\'', '’', '‘', 'ʼ', '`', '´', '′', '＇'];

fn apart(folded: &str) -> Vec<String> {
    folded
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| {
            (SHORTEST..=LONGEST).contains(&word.len()) && word.chars().count() >= SHORTEST
        })
        .map(str::to_owned)
        .collect()
}

/// The digits of a phone number, without North America's leading 1: `+1 (555) 010-2233` and
/// `555.010.2233` are the same one.
fn phone(text: &str) -> Option<String> {
    let text = text.trim();
    if !text
        .chars()
        .all(|c| c.is_ascii_digit() || "+-.() ".contains(c))
    {
        return None;
    }
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let national = digits.strip_prefix('1').filter(|rest| rest.len() == 10);
    let digits = national.map_or(digits.as_str(), |rest| rest).to_owned();
    (7..=15).contains(&digits.len()).then_some(digits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn found(input: &Value, text: &str) -> bool {
        let words = words(input);
        let query = query(text).unwrap();
        query
            .split(" & ")
            .all(|part| match part.strip_suffix(":*") {
                Some(part) => words
                    .iter()
                    .any(|word| word.starts_with(part.trim_matches('\''))),
                None => words.contains(part.trim_matches('\'')),
            })
    }

    #[test]
    fn runs_are_found_by_every_text_and_number_in_their_input() {
        let input = json!({"customer": {"name": "Ann O'Hara", "email": "Ann.Ohara@Buyer.example",
            "phone": "+1 (555) 010-2233"}, "year": 2021, "vin": "1HGCM82633A004352", "ok": true});
        for text in [
            "ann",
            "o'hara",
            "HARA ann",
            "ann.ohara@buyer.example",
            "2021",
            "1hgcm82633a004352",
            "1hgcm*",
            "555-010-2233",
            "+15550102233",
            "5550102233",
        ] {
            assert!(found(&input, text), "{text}");
        }
        for text in ["bob", "ann bob", "true", "1hgcn*", "buyers"] {
            assert!(!found(&input, text), "{text}");
        }
    }

    #[test]
    fn a_name_is_found_in_every_spelling() {
        for (name, texts) in [
            (
                "José García",
                ["jose", "JOSÉ GARCIA", "Jose\u{301}", "garcía"],
            ),
            ("Sean O’Neil", ["o'neil", "O’Neil", "oneil", "ONEIL sean"]),
            ("Groß & Søn", ["gross", "GROSS", "son", "Søn"]),
            (
                "Ann‑Marie Strauß",
                [
                    "ann-marie",
                    "marie strauss",
                    "Ann Marie",
                    "annmarie* straus*",
                ],
            ),
        ] {
            for text in texts {
                let hit = found(&json!({ "name": name }), text);
                assert_eq!(hit, !text.starts_with("annmarie"), "{name}: {text}");
            }
        }
    }

    #[test]
    fn what_holds_no_word_asks_for_nothing() {
        for text in ["", "  ", "a", "- * !", "é"] {
            assert_eq!(query(text), None, "{text}");
        }
        assert_eq!(query("ab*").unwrap(), "'ab'", "too short to begin a word");
        assert_eq!(query("it's").unwrap(), "'it'");
    }

    #[test]
    fn a_huge_input_gives_some_words_and_no_harm() {
        let many: Vec<String> = (0..5_000).map(|n| format!("word{n}")).collect();
        assert_eq!(words(&json!(many)).len(), MAX_WORDS);
        assert!(words(&json!("ä".repeat(100_000))).is_empty());
    }
}
