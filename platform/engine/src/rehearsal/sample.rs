use serde_json::{Map, Value, json};

/// How deep a made-up value goes.
const DEPTH: usize = 6;

/// A value that satisfies `schema` as far as its common keywords say: for answers that nobody
/// gave. Fixed by the schema alone, so that the same rehearsal ends the same way.
pub fn sample(schema: &Value) -> Value {
    make(schema, "", DEPTH)
}

fn make(schema: &Value, name: &str, depth: usize) -> Value {
    for keyword in ["const", "default"] {
        if let Some(value) = schema.get(keyword) {
            return value.clone();
        }
    }
    for keyword in ["examples", "enum"] {
        if let Some(first) = schema.get(keyword).and_then(|all| all.get(0)) {
            return first.clone();
        }
    }
    for keyword in ["anyOf", "oneOf", "allOf"] {
        if let Some(first) = schema.get(keyword).and_then(|all| all.get(0)) {
            return make(first, name, depth);
        }
    }
    let kind = match schema.get("type") {
        Some(Value::String(kind)) => kind.as_str(),
        Some(Value::Array(kinds)) => kinds
            .iter()
            .filter_map(Value::as_str)
            .find(|kind| *kind != "null")
            .unwrap_or("null"),
        _ if schema.get("properties").is_some() => "object",
        _ => "null",
    };
    match kind {
        "object" => object(schema, depth),
        "array" => array(schema, name, depth),
        "string" => Value::String(text(schema, name)),
        "integer" => json!(bound(schema).ceil()).as_f64().map_or(json!(0), whole),
        "number" => json!(bound(schema)),
        "boolean" => json!(false),
        _ => Value::Null,
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "a bound that a schema gives"
)]
fn whole(number: f64) -> Value {
    json!(number as i64)
}

fn bound(schema: &Value) -> f64 {
    let number = |keyword| schema.get(keyword).and_then(Value::as_f64);
    let least = number("minimum").or(number("exclusiveMinimum").map(|n| n + 1.0));
    least.unwrap_or_else(|| number("maximum").map_or(0.0, |most| most.min(0.0)))
}

fn object(schema: &Value, depth: usize) -> Value {
    let mut fields = Map::new();
    if depth > 0 {
        let properties = schema.get("properties").and_then(Value::as_object);
        for (name, property) in properties.into_iter().flatten() {
            fields.insert(name.clone(), make(property, name, depth - 1));
        }
    }
    Value::Object(fields)
}

fn array(schema: &Value, name: &str, depth: usize) -> Value {
    let least = schema.get("minItems").and_then(Value::as_u64).unwrap_or(0);
    let items = schema.get("items").unwrap_or(&Value::Null);
    let count = if depth == 0 { 0 } else { least.min(20) };
    Value::Array((0..count).map(|_| make(items, name, depth - 1)).collect())
}

fn text(schema: &Value, name: &str) -> String {
    let made = match schema.get("format").and_then(Value::as_str) {
        Some("date-time") => "2026-01-01T09:00:00Z".to_owned(),
        Some("date") => "2026-01-01".to_owned(),
        Some("email") => "someone@example.com".to_owned(),
        Some("uri") => "https://example.com/".to_owned(),
        Some("uuid") => "00000000-0000-7000-8000-000000000000".to_owned(),
        _ if name.is_empty() => "(made up)".to_owned(),
        _ => format!("({name})"),
    };
    let length = |keyword| {
        let bound = schema.get(keyword).and_then(Value::as_u64);
        bound.and_then(|bound| usize::try_from(bound).ok())
    };
    let (least, most) = (length("minLength").unwrap_or(0), length("maxLength"));
    let filler = std::iter::repeat_n('.', least.min(1_000).saturating_sub(made.chars().count()));
    let made: String = made.chars().chain(filler).collect();
    made.chars().take(most.unwrap_or(usize::MAX)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_made_up_satisfies_its_schema() {
        let schema = json!({
            "type": "object",
            "required": ["subject", "intent", "score", "when"],
            "properties": {
                "subject": {"type": "string", "minLength": 12, "maxLength": 14},
                "intent": {"enum": ["buy", "ask"]},
                "score": {"type": "integer", "minimum": 3},
                "when": {"type": ["string", "null"], "format": "date-time"},
                "tags": {"type": "array", "minItems": 2, "items": {"type": "string"}},
                "inner": {"type": "object", "properties": {"ok": {"type": "boolean"}}}
            }
        });
        let made = sample(&schema);
        let compiled = crate::schema::Schema::compile(&schema).unwrap();
        assert!(compiled.check(&made).is_empty(), "{made}");
        assert_eq!(made["tags"].as_array().unwrap().len(), 2);
        assert_eq!(sample(&json!({})), Value::Null);
    }
}
