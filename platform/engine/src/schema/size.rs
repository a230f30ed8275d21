//! How large a schema is once its references are followed. References that fan out double the
//! work at each step, and a schema that refers to itself doubles it at each level of the value, so
//! a few lines could keep a processor busy for ever.

use crate::expression::{pattern_states, pattern_width};
use serde_json::{Map, Value};

/// Subschemas, each as often as it is applied.
const MAX_APPLIED: usize = 1_000;
/// References that lead to each other.
const MAX_CHAIN: usize = 20;
/// Patterns of a schema.
const MAX_PATTERNS: usize = 50;
/// States that all patterns together may have, by a coarse estimate.
const MAX_STATES: u64 = 100_000;

/// What checking a value takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Size {
    /// Subschemas that are applied.
    pub(super) applied: usize,
    /// States that all its patterns may be in at once; 0 where there is none.
    pub(super) width: u64,
}

/// How large a schema is; refuses one where that is not to be told or too much.
pub(super) fn of(schema: &Value) -> Result<Size, String> {
    let mut walk = Walk {
        root: schema,
        open: vec!["#"],
        applied: 0,
        patterns: 0,
        states: 0,
        width: 0,
    };
    walk.visit(schema)?;
    Ok(Size {
        applied: walk.applied,
        width: walk.width,
    })
}

/// How many parts a value has.
pub(super) fn parts(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(parts).sum::<usize>(),
        Value::Object(fields) => 1 + fields.values().map(parts).sum::<usize>(),
        _ => 1,
    }
}

/// Bytes of all texts in a value.
pub(super) fn text_bytes(value: &Value) -> u64 {
    match value {
        Value::String(text) => text.len() as u64,
        Value::Array(items) => items.iter().map(text_bytes).sum(),
        Value::Object(fields) => fields
            .iter()
            .map(|(name, field)| name.len() as u64 + text_bytes(field))
            .sum(),
        _ => 0,
    }
}

struct Walk<'a> {
    root: &'a Value,
    /// The references that are being followed.
    open: Vec<&'a str>,
    applied: usize,
    patterns: usize,
    states: u64,
    width: u64,
}

impl<'a> Walk<'a> {
    fn visit(&mut self, schema: &'a Value) -> Result<(), String> {
        let Some(fields) = schema.as_object() else {
            return Ok(());
        };
        self.applied += 1;
        if self.applied > MAX_APPLIED {
            let message = "the schema applies more than {} subschemas";
            return Err(message.replace("{}", &MAX_APPLIED.to_string()));
        }
        fields
            .iter()
            .try_for_each(|(keyword, value)| self.keyword(keyword, value))
    }

    fn keyword(&mut self, keyword: &str, value: &'a Value) -> Result<(), String> {
        match keyword {
            "$ref" => self.follow(value),
            "$dynamicRef" | "$recursiveRef" | "$id" | "id" | "$anchor" | "$dynamicAnchor" => {
                Err(format!("{keyword} is not available; refer by JSON pointer"))
            }
            "enum" | "const" | "default" | "examples" | "$defs" | "definitions" => Ok(()),
            "pattern" => self.pattern(value.as_str().unwrap_or_default()),
            "properties" | "dependentSchemas" => self.named(value),
            "patternProperties" => {
                for pattern in value.as_object().into_iter().flat_map(Map::keys) {
                    self.pattern(pattern)?;
                }
                self.named(value)
            }
            _ => match value {
                Value::Array(items) => items.iter().try_for_each(|item| self.visit(item)),
                other => self.visit(other),
            },
        }
    }

    fn named(&mut self, value: &'a Value) -> Result<(), String> {
        let mut schemas = value.as_object().into_iter().flatten();
        schemas.try_for_each(|(_name, schema)| self.visit(schema))
    }

    /// Compiling a pattern takes time for each state that it may have.
    fn pattern(&mut self, pattern: &str) -> Result<(), String> {
        self.patterns += 1;
        if self.patterns > MAX_PATTERNS {
            return Err(format!("a schema has at most {MAX_PATTERNS} patterns"));
        }
        self.states = self.states.saturating_add(pattern_states(pattern));
        self.width = self.width.saturating_add(pattern_width(pattern));
        if self.states > MAX_STATES {
            return Err("the patterns of the schema repeat too much".to_owned());
        }
        Ok(())
    }

    fn follow(&mut self, reference: &'a Value) -> Result<(), String> {
        let reference = reference.as_str().unwrap_or_default();
        let pointer = reference
            .strip_prefix('#')
            .filter(|pointer| !pointer.contains('%'));
        let Some(target) = pointer.and_then(|pointer| self.root.pointer(pointer)) else {
            return Err(format!("{reference:.100} leads to nothing in the schema"));
        };
        if self.open.contains(&reference) || self.open.len() > MAX_CHAIN {
            return Err("a schema must not refer to itself".to_owned());
        }
        self.open.push(reference);
        let visited = self.visit(target);
        self.open.pop();
        visited
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn references_that_multiply_or_return_are_refused() {
        let fan = |keyword: &str| {
            let mut schema = json!({"$ref": "#/$defs/d0", "$defs": {"d12": {"type": "object"}}});
            for n in 0..12 {
                let next = json!({"$ref": format!("#/$defs/d{}", n + 1)});
                schema["$defs"][format!("d{n}")] = json!({ keyword: vec![next; 8] });
            }
            schema
        };
        let twice = json!({"properties": {"a": {"$ref": "#"}}});
        for schema in [
            fan("allOf"),
            fan("oneOf"),
            json!({"allOf": [twice.clone(), twice]}),
            json!({"$ref": "#"}),
            json!({"$ref": "#/properties/a", "properties": {"a": {"not": {"$ref": "#/properties/a"}}}}),
            json!({"$ref": "https://example.com/x.json"}),
            json!({"$id": "https://example.com/", "type": "object"}),
            json!({"$dynamicRef": "#"}),
            json!({"patternProperties": (0..60).map(|n| (n.to_string(), json!({}))).collect::<serde_json::Map<_, _>>()}),
        ] {
            assert!(of(&schema).is_err(), "{schema:.200}");
        }
    }

    #[test]
    fn an_ordinary_schema_with_shared_parts_passes() {
        let schema = json!({
            "type": "object",
            "required": ["home"],
            "properties": {
                "id": {"type": "string", "pattern": "^[a-z]+$"},
                "$id": {"type": "string"},
                "home": {"$ref": "#/$defs/address"},
                "others": {"type": "array", "items": {"$ref": "#/$defs/address"}},
                "kind": {"enum": [{"$ref": "#"}]}
            },
            "$defs": {"address": {"type": "object", "properties": {"city": {"type": "string"}}}}
        });
        assert_eq!(of(&schema).map(|size| size.applied), Ok(11));
    }

    #[test]
    fn patterns_are_as_wide_as_their_counts_repeat_them() {
        let schema = json!({"properties": {"a": {"pattern": "a(?:a|b){800}[^ab]"}}});
        assert_eq!(of(&schema).unwrap().width, 18 * 800);
        assert_eq!(of(&json!({"type": "object"})).unwrap().width, 0);
        assert_eq!(text_bytes(&json!({"ab": ["cde", 1, null]})), 5);
    }
}
