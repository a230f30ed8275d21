//! What a run is called and counted by: the formulas of a workflow's settings over `trigger`,
//! worked out before the run begins.

use crate::definition::Settings;
use crate::expression::{self, Scope};
use crate::text;
use serde_json::{Map, Value, json};

/// Longest key that is kept, in characters; what is longer is cut.
const MAX_KEY: usize = 200;

/// The keys of one run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Keys {
    /// What people find the run by.
    pub business_key: Option<String>,
    /// Shares the places of the workflow's `max_concurrency`.
    pub concurrency_key: Option<String>,
}

impl Keys {
    /// The keys of a run that begins with `input`. A formula that gives nothing, or cannot be
    /// worked out, gives no key: a delivery is not refused for its name.
    pub fn of(settings: &Settings, input: &Value) -> Self {
        let sources = [&settings.business_key, &settings.concurrency_key];
        if sources.iter().all(|source| source.is_none()) {
            return Self::default();
        }
        let mut values = Map::new();
        values.insert("trigger".to_owned(), input.clone());
        let scope = Scope::from_values(values);
        let [business_key, concurrency_key] = sources.map(|source| key(source.as_deref()?, &scope));
        Self {
            business_key,
            concurrency_key,
        }
    }
}

/// What the CEL formula `source` gives over `input` as `trigger`, as a text; `None` where it gives
/// nothing or cannot be worked out.
pub fn key_of(source: &str, input: &Value) -> Option<String> {
    let mut values = Map::new();
    values.insert("trigger".to_owned(), input.clone());
    key(source, &Scope::from_values(values))
}

fn key(source: &str, scope: &Scope) -> Option<String> {
    let value = match expression::resolve(&json!({ "$cel": source }), scope) {
        Ok(value) => value,
        Err(error) => {
            tracing::debug!(%error, "a key could not be worked out");
            return None;
        }
    };
    let mut text = match value {
        Value::Null => return None,
        Value::String(text) => text,
        other => other.to_string(),
    };
    text::clean_text(&mut text);
    let text: String = text.trim().chars().take(MAX_KEY).collect();
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(business: &str, concurrency: &str) -> Settings {
        Settings {
            business_key: Some(business.to_owned()),
            concurrency_key: Some(concurrency.to_owned()),
            ..Settings::default()
        }
    }

    #[test]
    fn keys_are_texts_of_what_the_formulas_give() {
        let input = json!({"deal": {"number": 4711}, "customer": " ann ", "nothing": null});
        let keys = Keys::of(&settings("trigger.deal.number", "trigger.customer"), &input);
        assert_eq!(keys.business_key.as_deref(), Some("4711"));
        assert_eq!(keys.concurrency_key.as_deref(), Some("ann"));
    }

    #[test]
    fn what_gives_nothing_is_no_key() {
        let input = json!({"nothing": null, "long": "x".repeat(300)});
        let keys = Keys::of(&settings("trigger.nothing", "trigger.missing.deep"), &input);
        assert_eq!(keys, Keys::default());
        assert_eq!(key_of("'  '", &input), None);
        assert_eq!(key_of("trigger.long", &input).unwrap().len(), MAX_KEY);
    }
}
