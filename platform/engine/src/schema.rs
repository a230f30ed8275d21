//! JSON Schema, for configurations that may still hold expressions and for values that don't.

mod size;

use size::Size;

use crate::expression::is_expression;
use jsonschema::{PatternOptions, ValidationError, Validator};
use moka::sync::Cache;
use serde_json::Value;
use std::sync::{Arc, LazyLock};

/// Patterns come from people, so they run in linear time and bounded space.
const PATTERN_BYTES: usize = 512 * 1024;
/// Bytes of schemas whose compiled form is kept; that takes some tens of times as much.
const KEPT: u64 = 1 << 20;
/// Bytes of a schema, and effort of a check with it, that take about a millisecond at most.
const LIGHT_SCHEMA: usize = 4 * 1024;
const LIGHT_EFFORT: usize = 50_000;
const MAX_FAULTS: usize = 50;
/// Subschemas times parts of the value.
const MAX_EFFORT: usize = 20_000_000;
/// Up to here every fault is told; each keeps what its alternatives said.
const MAX_EFFORT_FOR_ALL: usize = 500_000;

/// States of patterns times bytes of texts: two or three seconds where no automaton can be kept.
const MAX_MATCHING: u64 = 200_000_000;

/// A compiled schema.
pub struct Schema {
    validator: Validator,
    size: Size,
}

/// One way in which a value does not satisfy a schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// JSON pointer into the value.
    pub pointer: String,
    pub message: String,
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.pointer.is_empty() {
            return f.write_str(&self.message);
        }
        write!(f, "{}: {}", self.pointer, self.message)
    }
}

static COMPILED: LazyLock<Cache<String, Result<Arc<Schema>, String>>> = LazyLock::new(|| {
    let weight = |schema: &String, _: &_| u32::try_from(schema.len()).unwrap_or(u32::MAX);
    Cache::builder().max_capacity(KEPT).weigher(weight).build()
});

impl Schema {
    /// The same as [`Self::compile`], kept for the next time.
    pub fn compiled(schema: &Value) -> Result<Arc<Self>, String> {
        COMPILED.get_with(schema.to_string(), || Self::compile(schema).map(Arc::new))
    }

    /// Whether compiling the schema and checking the value take so little that it can be done at
    /// once. What is not light belongs on an evaluation thread.
    pub fn is_light(schema: &Value, value: &Value) -> bool {
        let text = schema.to_string();
        // What a pattern takes is states times bytes, however often it was compiled.
        if text.contains("attern\"") {
            return false;
        }
        if text.len() > LIGHT_SCHEMA && !COMPILED.contains_key(&text) {
            return false;
        }
        let bytes = crate::expression::size_up_to(value, LIGHT_EFFORT);
        Self::compiled(schema)
            .is_ok_and(|schema| schema.size.applied.saturating_mul(bytes) <= LIGHT_EFFORT)
    }

    /// Compiles `schema`; the error says what is wrong with it. References to other documents
    /// are refused, and so is a schema that would take long.
    pub fn compile(schema: &Value) -> Result<Self, String> {
        let size = size::of(schema)?;
        let validator = jsonschema::options()
            .offline()
            .with_pattern_options(PatternOptions::regex().size_limit(PATTERN_BYTES))
            .should_validate_formats(true)
            .build(schema)
            .map_err(|error| error.to_string())?;
        Ok(Self { validator, size })
    }

    /// What is wrong with a value that holds no expressions.
    pub fn check(&self, value: &Value) -> Vec<Fault> {
        match self.errors(value) {
            Ok(errors) => errors.iter().map(fault).collect(),
            Err(message) => vec![Fault {
                pointer: String::new(),
                message,
            }],
        }
    }

    /// The same with all that is known of each fault: only the first where many alternatives meet
    /// many values, and an error where that alone would take long.
    pub fn errors<'a>(&'a self, value: &'a Value) -> Result<Vec<ValidationError<'a>>, String> {
        let effort = self.size.applied.saturating_mul(size::parts(value));
        let matching = self.size.width.saturating_mul(size::text_bytes(value));
        if effort > MAX_EFFORT || matching > MAX_MATCHING {
            return Err("has too many parts for so large a schema".to_owned());
        }
        if self.validator.is_valid(value) {
            return Ok(Vec::new());
        }
        if effort > MAX_EFFORT_FOR_ALL || matching > MAX_MATCHING / 10 {
            return Ok(self.validator.validate(value).err().into_iter().collect());
        }
        let errors = self.validator.iter_errors(value);
        Ok(errors.take(MAX_FAULTS).collect())
    }

    /// What is wrong with the literal parts of a value; where an expression stands, anything may
    /// come, so nothing is said about it.
    pub fn check_literals(&self, value: &Value) -> Vec<Fault> {
        self.validator
            .iter_errors(value)
            .filter(|error| {
                let pointer = error.instance_path().as_str();
                let alternatives =
                    matches!(error.kind().keyword(), "anyOf" | "oneOf" | "not" | "if");
                let holds = || value.pointer(pointer).is_some_and(holds_expression);
                !(touches_expression(value, pointer) || alternatives && holds())
            })
            .take(MAX_FAULTS)
            .map(|error| fault(&error))
            .collect()
    }
}

/// The places that a schema marks with `"format": "html"`, as JSON pointers with `*` for any index.
pub(crate) fn html_places(schema: &Value) -> Vec<String> {
    fn visit(schema: &Value, place: &str, found: &mut Vec<String>) {
        if schema.get("format").is_some_and(|format| format == "html") {
            found.push(place.to_owned());
        }
        let fields = schema.get("properties").and_then(Value::as_object);
        for (name, field) in fields.into_iter().flatten() {
            let name = crate::expression::escape(name);
            visit(field, &format!("{place}/{name}"), found);
        }
        if let Some(items) = schema.get("items") {
            visit(items, &format!("{place}/*"), found);
        }
        for keyword in ["anyOf", "oneOf", "allOf"] {
            let branches = schema.get(keyword).and_then(Value::as_array);
            for branch in branches.into_iter().flatten() {
                visit(branch, place, found);
            }
        }
    }
    let mut found = Vec::new();
    visit(schema, "", &mut found);
    found
}

fn fault(error: &ValidationError<'_>) -> Fault {
    let message = error.to_string();
    Fault {
        pointer: error.instance_path().as_str().to_owned(),
        message: if message.chars().count() > 300 {
            error.masked().to_string().chars().take(300).collect()
        } else {
            message
        },
    }
}

/// Whether the place is an expression or lies inside one.
fn touches_expression(value: &Value, pointer: &str) -> bool {
    let ends = pointer.match_indices('/').map(|(at, _)| at);
    ends.chain([pointer.len()])
        .any(|end| matches!(pointer.get(..end).and_then(|p| value.pointer(p)), Some(v) if is_expression(v)))
}

fn holds_expression(value: &Value) -> bool {
    if is_expression(value) {
        return true;
    }
    match value {
        Value::Array(items) => items.iter().any(holds_expression),
        Value::Object(fields) => fields.values().any(holds_expression),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn schema() -> Schema {
        Schema::compile(&json!({
            "type": "object",
            "required": ["to", "count"],
            "additionalProperties": false,
            "properties": {
                "to": {"type": "string"},
                "count": {"type": "integer", "maximum": 3},
                "when": {"oneOf": [{"type": "string"}, {"type": "object", "required": ["at"]}]}
            }
        }))
        .unwrap()
    }

    #[test]
    fn an_expression_may_stand_anywhere_but_literals_are_checked() {
        let config =
            json!({"to": {"$ref": "trigger.email"}, "count": 9, "when": {"at": {"$cel": "1"}}});
        let faults = schema().check_literals(&config);
        assert_eq!(faults.len(), 1);
        assert_eq!(faults[0].pointer, "/count");
        assert_eq!(schema().check_literals(&json!({"count": 1}))[0].pointer, "");
        assert!(schema().check_literals(&json!({"to": 1, "count": 1}))[0].pointer == "/to");
    }

    #[test]
    fn a_schema_that_reaches_outside_is_refused() {
        assert!(Schema::compile(&json!({"$ref": "https://example.com/x.json"})).is_err());
        assert!(Schema::compile(&json!({"type": 7})).is_err());
    }

    #[test]
    fn many_alternatives_for_many_values_are_told_by_one_fault() {
        let alternatives = |most: usize| -> Vec<Value> {
            let one = |n: usize| json!({"properties": {"k": {"const": n}}});
            (0..most).map(one).collect()
        };
        let items: Vec<Value> = (0..70_000).map(|n| json!({"k": n})).collect();
        let items = json!(items);
        for most in [50, 400] {
            let schema = json!({"items": {"oneOf": alternatives(most)}});
            let faults = Schema::compile(&schema).unwrap().check(&items);
            assert_eq!(faults.len(), 1);
        }
    }

    #[test]
    fn patterns_that_take_long_to_compile_are_refused() {
        let patterns: Vec<Value> = (0..50)
            .map(|n| json!({"pattern": format!("x{n}((a{{0,40}}){{0,40}}){{0,4}}")}))
            .collect();
        let began = std::time::Instant::now();
        assert!(Schema::compile(&json!({ "allOf": patterns })).is_err());
        let one = json!({"pattern": "((a{0,40}){0,40}){0,4}"});
        assert!(Schema::compile(&one).is_err());
        assert!(began.elapsed().as_secs() < 5);
        let ordinary = json!({"pattern": "^[A-HJ-NPR-Z0-9]{17}$"});
        assert!(Schema::compile(&ordinary).is_ok());
    }

    #[test]
    fn html_is_marked_wherever_it_stands() {
        let schema = json!({"properties": {
            "html": {"anyOf": [{"format": "html"}, {"type": "null"}]},
            "parts": {"items": {"properties": {"body": {"format": "html"}}}},
            "text": {"type": "string"},
        }});
        assert_eq!(html_places(&schema), ["/html", "/parts/*/body"]);
    }

    #[test]
    fn a_hostile_pattern_does_not_hang() {
        let schema = Schema::compile(&json!({"type": "string", "pattern": "^(a+)+$"})).unwrap();
        assert!(
            !schema
                .check(&json!(format!("{}!", "a".repeat(5_000))))
                .is_empty()
        );
    }
}
