//! The form in which values from outside are kept: Postgres keeps no NUL in a text, and a whole
//! number has one spelling.

use platform_kernel::number;
use serde_json::Value;

/// Removes NULs from every text and key inside, and writes whole numbers as integers.
pub(crate) fn clean(value: &mut Value) {
    number::canonicalize(value);
    clean_texts(value);
}

fn clean_texts(value: &mut Value) {
    match value {
        Value::String(text) => clean_text(text),
        Value::Array(items) => items.iter_mut().for_each(clean_texts),
        Value::Object(fields) => {
            if fields.keys().any(|key| key.contains('\0')) {
                *fields = std::mem::take(fields)
                    .into_iter()
                    .map(|(key, field)| (key.replace('\0', ""), field))
                    .collect();
            }
            fields.values_mut().for_each(clean_texts);
        }
        _ => {}
    }
}

pub(crate) fn clean_text(text: &mut String) {
    if text.contains('\0') {
        text.retain(|c| c != '\0');
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn nothing_but_the_nul_goes() {
        let mut value = json!({"a\0": ["x\0y", {"b": "\0"}], "c": 1.0});
        clean(&mut value);
        assert_eq!(value, json!({"a": ["xy", {"b": ""}], "c": 1}));
    }
}
