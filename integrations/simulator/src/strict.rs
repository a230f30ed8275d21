//! Refuses schemas as strict mode does ("Structured model outputs", supported schemas).

use crate::rules::Refusal;
use serde_json::{Map, Value};

const PERMITTED: [&str; 22] = [
    "$defs",
    "$ref",
    "additionalProperties",
    "anyOf",
    "const",
    "definitions",
    "description",
    "enum",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "format",
    "items",
    "maxItems",
    "maximum",
    "minItems",
    "minimum",
    "multipleOf",
    "pattern",
    "properties",
    "required",
    "title",
    "type",
];
const FORMATS: [&str; 9] = [
    "date",
    "date-time",
    "duration",
    "email",
    "hostname",
    "ipv4",
    "ipv6",
    "time",
    "uuid",
];
const DEEPEST: usize = 10;
const MOST_PROPERTIES: usize = 5_000;
const MOST_ENUM_VALUES: usize = 1_000;

/// Checks a `response_format`; `messages` is all that was said.
pub(crate) fn check(format: &Value, messages: &str) -> Result<(), Refusal> {
    match format.get("type").and_then(Value::as_str) {
        Some("json_schema") => schema_of(format),
        Some("json_object") if !messages.to_lowercase().contains("json") => {
            let message = "'messages' must contain the word 'json' in some form, to use \
                           'response_format' of type 'json_object'.";
            Err(refusal(message.to_owned()))
        }
        Some("json_object" | "text") => Ok(()),
        None if format.is_null() => Ok(()),
        _ => Err(refusal(
            "Invalid value for 'response_format.type'.".to_owned(),
        )),
    }
}

fn schema_of(format: &Value) -> Result<(), Refusal> {
    let given = format.get("json_schema").and_then(Value::as_object);
    let given =
        given.ok_or_else(|| refusal("Missing 'response_format.json_schema'.".to_owned()))?;
    let name = given
        .get("name")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if name.is_empty() || name.len() > 64 || !name.chars().all(fits) {
        let message = "Invalid 'response_format.json_schema.name': string does not match pattern.";
        return Err(refusal(message.to_owned()));
    }
    let schema = given.get("schema").unwrap_or(&Value::Null);
    let invalid = |place: &[String], what: &str| {
        let place = place.join("', '");
        let message =
            format!("Invalid schema for response_format '{name}': In context=('{place}'), {what}");
        refusal(message)
    };
    if schema.get("type") != Some(&Value::from("object")) || schema.get("anyOf").is_some() {
        return Err(invalid(
            &[],
            "schema must be a JSON Schema of 'type: \"object\"'.",
        ));
    }
    if given.get("strict") != Some(&Value::Bool(true)) {
        return Ok(());
    }
    let mut walk = Walk::default();
    walk.schema(schema, 0)
        .map_err(|what| invalid(&walk.place, &what))
}

fn refusal(message: String) -> Refusal {
    Refusal {
        status: 400,
        code: None,
        param: Some("response_format"),
        message,
    }
}

#[derive(Default)]
struct Walk {
    /// Where the walk is, and where it stopped.
    place: Vec<String>,
    properties: usize,
    enum_values: usize,
}

impl Walk {
    fn schema(&mut self, schema: &Value, depth: usize) -> Result<(), String> {
        let Some(object) = schema.as_object() else {
            return Err("schema must be an object.".to_owned());
        };
        if depth > DEEPEST {
            return Err(format!("schema exceeds {DEEPEST} levels of nesting."));
        }
        if let Some(key) = object.keys().find(|key| !PERMITTED.contains(&key.as_str())) {
            return Err(format!("'{key}' is not permitted."));
        }
        if object.contains_key("$ref") && object.len() > 1 {
            return Err("$ref cannot have keywords beside it.".to_owned());
        }
        let told = ["type", "anyOf", "$ref"]
            .iter()
            .any(|key| object.contains_key(*key));
        if !told {
            return Err("schema must have a 'type' key.".to_owned());
        }
        self.values(object)?;
        shape(object)?;
        self.inner(object, depth)
    }

    fn values(&mut self, object: &Map<String, Value>) -> Result<(), String> {
        let listed = object.get("enum").and_then(Value::as_array);
        self.enum_values += listed.map_or(0, Vec::len);
        if self.enum_values > MOST_ENUM_VALUES {
            return Err(format!(
                "schema has more than {MOST_ENUM_VALUES} enum values."
            ));
        }
        let format = object.get("format").and_then(Value::as_str);
        if let Some(format) = format.filter(|format| !FORMATS.contains(format)) {
            return Err(format!("'{format}' is not a valid format."));
        }
        let pattern = object
            .get("pattern")
            .and_then(Value::as_str)
            .unwrap_or_default();
        if ["(?=", "(?!", "(?<"]
            .iter()
            .any(|part| pattern.contains(part))
        {
            return Err("lookaround is not supported in 'pattern'.".to_owned());
        }
        Ok(())
    }

    fn inner(&mut self, object: &Map<String, Value>, depth: usize) -> Result<(), String> {
        for key in ["properties", "$defs", "definitions"] {
            let named = object.get(key).and_then(Value::as_object);
            for (name, schema) in named.into_iter().flatten() {
                self.properties += usize::from(key == "properties");
                if self.properties > MOST_PROPERTIES {
                    return Err(format!(
                        "schema has more than {MOST_PROPERTIES} properties."
                    ));
                }
                self.at(&[key, name], schema, depth)?;
            }
        }
        if let Some(items) = object.get("items") {
            self.at(&["items"], items, depth)?;
        }
        let branches = object.get("anyOf").and_then(Value::as_array);
        for (index, branch) in branches.into_iter().flatten().enumerate() {
            self.at(&["anyOf", &index.to_string()], branch, depth)?;
        }
        Ok(())
    }

    fn at(&mut self, place: &[&str], schema: &Value, depth: usize) -> Result<(), String> {
        self.place.extend(place.iter().map(ToString::to_string));
        self.schema(schema, depth + 1)?;
        self.place.truncate(self.place.len() - place.len());
        Ok(())
    }
}

/// Objects are closed and require all they have; lists say what they hold.
fn shape(object: &Map<String, Value>) -> Result<(), String> {
    let is = |name: &str| match object.get("type") {
        Some(Value::String(kind)) => kind == name,
        Some(Value::Array(kinds)) => kinds.iter().any(|kind| kind == name),
        _ => false,
    };
    if is("array") && !object.contains_key("items") {
        return Err("array schema missing items.".to_owned());
    }
    if !is("object") {
        return Ok(());
    }
    if object.get("additionalProperties") != Some(&Value::Bool(false)) {
        let what = "'additionalProperties' is required to be supplied and to be false.";
        return Err(what.to_owned());
    }
    let required = object.get("required").and_then(Value::as_array);
    let listed = |name: &String| required.is_some_and(|all| all.iter().any(|r| r == name));
    let properties = object.get("properties").and_then(Value::as_object);
    let missing = properties.and_then(|named| named.keys().find(|name| !listed(name)));
    match missing {
        Some(name) => Err(format!(
            "'required' is required to be supplied and to be an array including every key in \
             properties. Missing '{name}'."
        )),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn refused(schema: Value) -> Option<String> {
        let format = json!({"type": "json_schema",
            "json_schema": {"name": "answer", "strict": true, "schema": schema}});
        check(&format, "").err().map(|refusal| refusal.message)
    }

    fn with(property: Value) -> Value {
        json!({"type": "object", "additionalProperties": false, "required": ["a"],
            "properties": {"a": property}})
    }

    #[test]
    fn a_schema_of_strict_mode_is_taken() {
        for property in [
            json!({"type": "string", "title": "A", "description": "…", "pattern": "^a$"}),
            json!({"type": ["string", "null"], "enum": ["a", null]}),
            json!({"anyOf": [{"type": "number", "minimum": 0}, {"type": "null"}]}),
            json!({"type": "array", "maxItems": 3, "items": {"type": "string", "format": "date"}}),
            json!({"$ref": "#"}),
        ] {
            assert_eq!(refused(with(property.clone())), None, "{property}");
        }
    }

    #[test]
    fn what_strict_mode_does_not_know_is_refused_with_its_place() {
        for (property, what) in [
            (
                json!({"type": "string", "minLength": 1}),
                "'minLength' is not permitted",
            ),
            (
                json!({"oneOf": [{"type": "string"}]}),
                "'oneOf' is not permitted",
            ),
            (
                json!({"type": "array", "items": {"type": "string"}, "uniqueItems": true}),
                "uniqueItems",
            ),
            (
                json!({"type": "string", "format": "uri"}),
                "not a valid format",
            ),
            (json!({"enum": ["a"]}), "must have a 'type'"),
            (
                json!({"type": "object", "properties": {}}),
                "additionalProperties",
            ),
            (json!({"type": "array"}), "missing items"),
            (json!(true), "must be an object"),
            (json!({"$ref": "#", "description": "…"}), "$ref cannot"),
        ] {
            let message = refused(with(property.clone())).unwrap();
            assert!(message.contains(what), "{property}: {message}");
            assert!(message.contains("('properties', 'a')"), "{message}");
        }
        assert!(refused(json!({"type": "array", "items": {"type": "string"}})).is_some());
        let open = json!({"type": "object", "additionalProperties": false, "properties": {"a": {"type": "string"}}});
        assert!(refused(open).unwrap().contains("Missing 'a'"));
    }

    #[test]
    fn json_has_to_be_asked_for() {
        let format = json!({"type": "json_object"});
        assert!(check(&format, "hello").is_err());
        assert!(check(&format, "Answer in JSON").is_ok());
    }
}
