use async_openai::types::chat::{ResponseFormat, ResponseFormatJsonSchema};
use serde_json::{Map, Value, json};

/// Asks for an answer that satisfies `schema`. Strict mode accepts only objects that are closed
/// and require every property; closing and requiring narrows a schema, so what satisfies the
/// narrower one satisfies the caller's. Where an object is meant to be open, strict is left off.
pub(crate) fn response_format(schema: &Value) -> ResponseFormat {
    let mut narrowed = schema.clone();
    let strict = narrow(&mut narrowed);
    ResponseFormat::JsonSchema {
        json_schema: ResponseFormatJsonSchema {
            description: None,
            name: name(schema),
            schema: if strict { narrowed } else { schema.clone() },
            strict: Some(strict),
        },
    }
}

fn name(schema: &Value) -> String {
    let title = schema
        .get("title")
        .and_then(Value::as_str)
        .unwrap_or("answer");
    let name: String = title
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
        .take(64)
        .collect();
    if name.is_empty() {
        "answer".to_owned()
    } else {
        name
    }
}

/// Closes every object of the schema; false if one has to stay open.
fn narrow(schema: &mut Value) -> bool {
    match schema {
        Value::Object(object) => narrow_object(object),
        Value::Array(items) => items.iter_mut().all(narrow),
        _ => true,
    }
}

fn narrow_object(object: &mut Map<String, Value>) -> bool {
    object.remove("$schema");
    let is_object = object
        .get("type")
        .is_some_and(|kind| mentions(kind, "object"));
    if is_object || object.contains_key("properties") {
        if object
            .get("additionalProperties")
            .is_some_and(|more| more != &json!(false))
        {
            return false;
        }
        let Some(Value::Object(properties)) = object.get("properties") else {
            return false;
        };
        let required = properties.keys().cloned().map(Value::from).collect();
        object.insert("required".to_owned(), Value::Array(required));
        object.insert("additionalProperties".to_owned(), json!(false));
    }
    let mut inner = object.iter_mut().filter(|(key, _)| key.as_str() != "enum");
    inner.all(|(key, value)| match (key.as_str(), value) {
        ("properties" | "$defs" | "definitions", Value::Object(named)) => {
            named.values_mut().all(narrow)
        }
        ("items" | "anyOf" | "prefixItems", value) => narrow(value),
        // Not to be had in strict mode.
        ("allOf" | "oneOf" | "not" | "if" | "patternProperties", _) => false,
        _ => true,
    })
}

fn mentions(kind: &Value, name: &str) -> bool {
    match kind {
        Value::String(kind) => kind == name,
        Value::Array(kinds) => kinds.iter().any(|kind| kind == name),
        _ => false,
    }
}
