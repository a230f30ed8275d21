//! Takes out of an answer the nulls that strict mode made of properties that may be missing.

use super::{accepts_null, resolve};
use serde_json::Value;

/// Deeper than any answer that a schema of strict mode allows.
const DEEPEST: usize = 32;

/// The answer as `schema` wants it; text that is no JSON stays as it is.
pub(crate) fn restore(content: String, schema: &Value) -> String {
    let Ok(mut value) = serde_json::from_str::<Value>(&content) else {
        return content;
    };
    if remove_nulls(&mut value, schema, schema, 0) {
        value.to_string()
    } else {
        content
    }
}

/// Whether anything was removed.
fn remove_nulls(value: &mut Value, schema: &Value, root: &Value, depth: usize) -> bool {
    let schema = resolve(schema, root);
    if depth > DEEPEST {
        return false;
    }
    let mut removed = false;
    for key in ["anyOf", "oneOf", "allOf"] {
        let branches = schema.get(key).and_then(Value::as_array);
        for branch in branches.into_iter().flatten() {
            removed |= remove_nulls(value, branch, root, depth + 1);
        }
    }
    match value {
        Value::Array(items) => {
            if let Some(schema) = schema.get("items") {
                for item in items {
                    removed |= remove_nulls(item, schema, root, depth + 1);
                }
            }
        }
        Value::Object(fields) => {
            let required = schema.get("required").and_then(Value::as_array);
            let properties = schema.get("properties").and_then(Value::as_object);
            for (name, property) in properties.into_iter().flatten() {
                let optional = !required.is_some_and(|all| all.iter().any(|r| r == name));
                match fields.get_mut(name) {
                    Some(Value::Null) if optional && !accepts_null(property, root, 0) => {
                        fields.remove(name);
                        removed = true;
                    }
                    Some(field) => removed |= remove_nulls(field, property, root, depth + 1),
                    None => {}
                }
            }
        }
        _ => {}
    }
    removed
}
