//! What may go into a jsonb column, and how it is told apart from what was there.

use platform_kernel::{Error, Result};
use serde_json::Value;
use sha2::{Digest, Sha256};

/// SHA-256 over a definition and its parameters. Keys are sorted first, because Postgres keeps
/// jsonb in an order of its own.
pub(crate) fn fingerprint(definition: &Value, parameters: Option<&Value>) -> Vec<u8> {
    let mut text = String::new();
    write_sorted(definition, &mut text);
    text.push('\n');
    if let Some(parameters) = parameters {
        write_sorted(parameters, &mut text);
    }
    Sha256::digest(text.as_bytes()).to_vec()
}

fn write_sorted(value: &Value, text: &mut String) {
    match value {
        Value::Array(items) => {
            text.push('[');
            for item in items {
                write_sorted(item, text);
                text.push(',');
            }
            text.push(']');
        }
        Value::Object(fields) => {
            let mut fields: Vec<_> = fields.iter().collect();
            fields.sort_unstable_by_key(|(key, _)| *key);
            text.push('{');
            for (key, item) in fields {
                text.push_str(&Value::from(key.as_str()).to_string());
                text.push(':');
                write_sorted(item, text);
                text.push(',');
            }
            text.push('}');
        }
        scalar => text.push_str(&scalar.to_string()),
    }
}

/// Refuses the one character that JSON allows and Postgres does not store: U+0000. `place` is
/// the JSON pointer of `value` in the caller's body.
pub(crate) fn check_storable(value: &Value, place: &str) -> Result<()> {
    match find_nul(value, place) {
        Some(pointer) => Err(nul_at(&pointer)),
        None => Ok(()),
    }
}

fn nul_at(pointer: &str) -> Error {
    Error::invalid(pointer, "invalid", "must not contain the character U+0000")
}

fn find_nul(value: &Value, place: &str) -> Option<String> {
    match value {
        Value::String(text) => text.contains('\0').then(|| place.to_owned()),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .find_map(|(index, item)| find_nul(item, &format!("{place}/{index}"))),
        Value::Object(fields) => fields.iter().find_map(|(key, item)| {
            if key.contains('\0') {
                return Some(place.to_owned());
            }
            find_nul(item, &format!("{place}/{}", escape(key)))
        }),
        _ => None,
    }
}

/// A key as a token of a JSON pointer (RFC 6901 §3).
pub(crate) fn escape(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_order_of_keys_does_not_make_another_definition() {
        let one: Value = serde_json::from_str(r#"{"a":1,"b":{"x":[1,2],"y":"z"}}"#).unwrap();
        let other: Value = serde_json::from_str(r#"{"b":{"y":"z","x":[1,2]},"a":1}"#).unwrap();
        assert_eq!(fingerprint(&one, None), fingerprint(&other, None));
        assert_ne!(
            fingerprint(&one, None),
            fingerprint(&one, Some(&json!({"days": 3})))
        );
        assert_ne!(
            fingerprint(&json!({"a": [1, 2]}), None),
            fingerprint(&json!({"a": [2, 1]}), None)
        );
    }

    #[test]
    fn a_nul_character_is_refused_with_its_place() {
        let value = json!({"steps": [{"config": {"a/b": "x\u{0}y"}}]});
        let error = check_storable(&value, "/definition").unwrap_err();
        assert_eq!(error.errors()[0].pointer, "/definition/steps/0/config/a~1b");
        assert!(check_storable(&json!({"a": ["b", 1, null]}), "").is_ok());
    }
}
