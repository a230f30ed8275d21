//! A schema as strict mode takes it: every object closed, every property required, optional ones
//! nullable, and no keyword but those on the vendor's list ("Structured model outputs").

use super::{accepts_null, mentions};
use serde_json::{Map, Value, json};

const MOST_PROPERTIES: usize = 5_000;
const MOST_ENUM_VALUES: usize = 1_000;
/// Of names and values together.
const MOST_CHARACTERS: usize = 120_000;
const DEEPEST: usize = 10;

/// Keywords that go through as they are.
const KEPT: [&str; 12] = [
    "type",
    "title",
    "description",
    "enum",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minItems",
    "maxItems",
    "$ref",
];

const FORMATS: [&str; 9] = [
    "date-time",
    "time",
    "date",
    "duration",
    "email",
    "hostname",
    "ipv4",
    "ipv6",
    "uuid",
];

/// Without these an instance has another shape: they cannot be left out.
const SHAPES: [&str; 5] = [
    "patternProperties",
    "prefixItems",
    "additionalItems",
    "$dynamicRef",
    "contains",
];

/// `None` where the schema cannot be said in strict mode. What satisfies the result satisfies the
/// schema but for keywords that were left out, once added nulls are taken out again (`restore`).
pub(super) fn narrow(schema: &Value) -> Option<Value> {
    let mut walk = Walk {
        root: schema,
        properties: 0,
        enum_values: 0,
        characters: 0,
    };
    let narrowed = walk.schema(schema, 0)?;
    let within = walk.properties <= MOST_PROPERTIES
        && walk.enum_values <= MOST_ENUM_VALUES
        && walk.characters <= MOST_CHARACTERS;
    within.then_some(narrowed)
}

struct Walk<'a> {
    root: &'a Value,
    properties: usize,
    enum_values: usize,
    characters: usize,
}

impl Walk<'_> {
    fn schema(&mut self, schema: &Value, depth: usize) -> Option<Value> {
        let object = merged(schema.as_object()?)?;
        let branches = object.contains_key("anyOf") && object.contains_key("oneOf");
        if depth > DEEPEST || branches || SHAPES.iter().any(|key| object.contains_key(*key)) {
            return None;
        }
        // Nothing may stand beside a reference.
        if let Some(target) = object.get("$ref") {
            let inside = target.as_str()?.starts_with('#');
            return inside.then(|| json!({ "$ref": target }));
        }
        let mut narrowed = self.keywords(&object, depth)?;
        add_type(&mut narrowed)?;
        add_hint(&mut narrowed, &object);
        let is = |name| {
            narrowed
                .get("type")
                .is_some_and(|kind| mentions(kind, name))
        };
        if is("object") {
            self.close(&mut narrowed, &object)?;
        } else if is("array") && !narrowed.contains_key("items") {
            return None;
        }
        let mut narrowed = Value::Object(narrowed);
        if object.get("nullable") == Some(&Value::Bool(true)) {
            allow_null(&mut narrowed);
        }
        Some(narrowed)
    }

    fn keywords(
        &mut self,
        object: &Map<String, Value>,
        depth: usize,
    ) -> Option<Map<String, Value>> {
        let mut narrowed = Map::new();
        for (key, value) in object {
            let (key, value) = match key.as_str() {
                "properties" | "$defs" | "definitions" => (key.as_str(), self.named(value, depth)?),
                "items" => ("items", self.schema(value, depth + 1)?),
                "anyOf" | "oneOf" => ("anyOf", self.branches(value, depth)?),
                "const" => ("enum", json!([value])),
                "format" if FORMATS.iter().any(|known| value == known) => ("format", value.clone()),
                "pattern" if is_plain_pattern(value) => ("pattern", value.clone()),
                kept if KEPT.contains(&kept) => (kept, value.clone()),
                _ => continue,
            };
            self.count(key, &value);
            narrowed.insert(key.to_owned(), value);
        }
        Some(narrowed)
    }

    fn named(&mut self, schemas: &Value, depth: usize) -> Option<Value> {
        let mut narrowed = Map::new();
        for (name, schema) in schemas.as_object()? {
            self.characters += name.len();
            narrowed.insert(name.clone(), self.schema(schema, depth + 1)?);
        }
        Some(Value::Object(narrowed))
    }

    fn branches(&mut self, branches: &Value, depth: usize) -> Option<Value> {
        let branches = branches.as_array()?.iter();
        let narrowed: Option<Vec<Value>> = branches.map(|b| self.schema(b, depth + 1)).collect();
        narrowed.map(Value::Array)
    }

    fn count(&mut self, key: &str, value: &Value) {
        match (key, value) {
            ("properties", Value::Object(named)) => self.properties += named.len(),
            ("enum", Value::Array(values)) => {
                self.enum_values += values.len();
                let lengths = values
                    .iter()
                    .filter_map(|value| Some(value.as_str()?.len()));
                self.characters += lengths.sum::<usize>();
            }
            _ => {}
        }
    }

    /// Closes an object. What need not be given becomes something that may be null.
    fn close(&self, narrowed: &mut Map<String, Value>, object: &Map<String, Value>) -> Option<()> {
        let more = object.get("additionalProperties");
        let given = object.get("properties").and_then(Value::as_object)?;
        let closed = more == Some(&Value::Bool(false));
        if more.is_some() != closed || (given.is_empty() && !closed) {
            return None;
        }
        let required = object.get("required").and_then(Value::as_array);
        let is_required = |name: &String| required.is_some_and(|all| all.iter().any(|r| r == name));
        let properties = narrowed
            .get_mut("properties")
            .and_then(Value::as_object_mut)?;
        for (name, property) in properties.iter_mut() {
            let optional = !is_required(name);
            if optional && !accepts_null(given.get(name)?, self.root, 0) {
                allow_null(property);
            }
        }
        let names = properties.keys().cloned().map(Value::from).collect();
        narrowed.insert("required".to_owned(), Value::Array(names));
        narrowed.insert("additionalProperties".to_owned(), json!(false));
        Some(())
    }
}

/// `allOf` with one schema is that schema; with several it cannot be said.
fn merged(object: &Map<String, Value>) -> Option<Map<String, Value>> {
    let mut object = object.clone();
    if let Some(all) = object.remove("allOf") {
        let [only] = all.as_array()?.as_slice() else {
            return None;
        };
        for (key, value) in only.as_object()? {
            object.entry(key.clone()).or_insert_with(|| value.clone());
        }
    }
    Some(object)
}

/// Strict mode wants a type wherever there is neither a reference nor a choice.
fn add_type(schema: &mut Map<String, Value>) -> Option<()> {
    if schema.contains_key("type") || schema.contains_key("anyOf") {
        return Some(());
    }
    let kind = if schema.contains_key("properties") {
        json!("object")
    } else if schema.contains_key("items") {
        json!("array")
    } else {
        types_of(schema.get("enum")?.as_array()?)
    };
    schema.insert("type".to_owned(), kind);
    Some(())
}

fn types_of(values: &[Value]) -> Value {
    let mut types: Vec<&str> = values.iter().map(type_of).collect();
    types.sort_unstable();
    types.dedup();
    match types.as_slice() {
        [only] => json!(only),
        several => json!(several),
    }
}

fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// A length cannot be enforced in strict mode, but it can be said.
fn add_hint(schema: &mut Map<String, Value>, object: &Map<String, Value>) {
    let limit = |key: &str| object.get(key).and_then(Value::as_u64);
    let hint = match (
        limit("minLength").filter(|least| *least > 1),
        limit("maxLength"),
    ) {
        (Some(least), Some(most)) => format!("{least} to {most} characters."),
        (Some(least), None) => format!("At least {least} characters."),
        (None, Some(most)) => format!("At most {most} characters."),
        (None, None) => return,
    };
    let said = schema.get("description").and_then(Value::as_str);
    let text = said.map_or_else(|| hint.clone(), |said| format!("{said} {hint}"));
    schema.insert("description".to_owned(), json!(text));
}

fn allow_null(schema: &mut Value) {
    let Some(object) = schema.as_object_mut() else {
        return;
    };
    if object.contains_key("$ref") {
        let reference = schema.take();
        *schema = json!({ "anyOf": [reference, { "type": "null" }] });
        return;
    }
    if let Some(Value::Array(values)) = object.get_mut("enum")
        && !values.contains(&Value::Null)
    {
        values.push(Value::Null);
    }
    if let Some(Value::Array(branches)) = object.get_mut("anyOf") {
        branches.push(json!({ "type": "null" }));
    }
    match object.get_mut("type") {
        Some(Value::Array(kinds)) if !kinds.iter().any(|kind| kind == "null") => {
            kinds.push(json!("null"));
        }
        Some(kind @ Value::String(_)) if kind != "null" => *kind = json!([kind.take(), "null"]),
        _ => {}
    }
}

/// Look-around and references back are not to be had.
fn is_plain_pattern(pattern: &Value) -> bool {
    let Some(pattern) = pattern.as_str() else {
        return false;
    };
    let back = |digit: char| pattern.contains(&format!("\\{digit}"));
    !["(?=", "(?!", "(?<", "\\k"]
        .iter()
        .any(|part| pattern.contains(part))
        && !('1'..='9').any(back)
}
