use super::Findings;
use crate::definition::Definition;
use crate::schema::Schema;
use serde_json::{Value, json};
use std::sync::LazyLock;

/// The shape of a definition, so that a misplaced or misspelt field is named by its place.
static SHAPE: LazyLock<Option<Schema>> = LazyLock::new(|| {
    Schema::compile(&shape())
        .inspect_err(|error| tracing::error!(error, "the shape of definitions does not compile"))
        .ok()
});

fn shape() -> Value {
    let id = json!({"type": "string", "pattern": "^[A-Za-z_][A-Za-z0-9_]{0,63}$"});
    let seconds = json!({"type": "number", "minimum": 0, "maximum": 31_536_000});
    let whole = |least: u32, most: u32| json!({"type": ["integer", "null"], "minimum": least, "maximum": most});
    let comment = json!({"type": ["string", "null"], "maxLength": 10_000});
    json!({
        "type": "object",
        "additionalProperties": false,
        "properties": {
            "triggers": {"type": "array", "maxItems": 20, "items": {
                "type": "object", "additionalProperties": false, "required": ["id", "type"],
                "properties": {
                    "id": id, "type": {"type": "string"}, "config": {"type": "object"},
                    "limits": limits(), "comment": comment
                }
            }},
            "steps": {"type": "array", "maxItems": 300, "items": {
                "type": "object", "additionalProperties": false, "required": ["id", "type"],
                "properties": {
                    "id": id,
                    "type": {"type": "string"},
                    "name": {"type": "string", "maxLength": 200},
                    "config": {"type": "object"},
                    "input": {},
                    "retry": {"anyOf": [{"type": "null"}, {
                        "type": "object", "additionalProperties": false,
                        "properties": {
                            "max_attempts": {"type": "integer", "minimum": 1, "maximum": 50},
                            "initial_delay_seconds": seconds,
                            "backoff": {"anyOf": [
                                {"type": "number", "minimum": 1, "maximum": 10},
                                {"enum": ["fixed", "exponential"]}
                            ]},
                            "max_delay_seconds": seconds,
                            "jitter": {"type": "number", "minimum": 0, "maximum": 1},
                            "on": {"type": ["array", "null"], "maxItems": 50,
                                "items": {"type": "string", "minLength": 1, "maxLength": 100}}
                        }
                    }]},
                    "timeout_seconds": {"type": ["integer", "null"], "minimum": 1, "maximum": 3600},
                    "on_error": {"enum": ["fail", "continue", "branch"]},
                    "comment": comment
                }
            }},
            "edges": {"type": "array", "maxItems": 2000, "items": {
                "type": "object", "additionalProperties": false, "required": ["from", "to"],
                "properties": {
                    "from": {"type": "string"}, "port": {"type": "string"}, "to": {"type": "string"}
                }
            }},
            "settings": {"type": "object", "additionalProperties": false, "properties": {
                "timeout_seconds": whole(1, 31_536_000),
                "max_concurrency": whole(1, 10_000),
                "concurrency_key": key(),
                "business_key": key(),
                "error_workflow": {"type": ["string", "null"], "format": "uuid"},
                "max_executions": whole(1, 10_000_000)
            }},
            "notes": {"type": "array", "maxItems": 200, "items": {
                "type": "object", "additionalProperties": false,
                "required": ["id", "text", "x", "y", "width", "height"],
                "properties": {
                    "id": {"type": "string", "minLength": 1, "maxLength": 64},
                    "text": {"type": "string", "maxLength": 10_000},
                    "x": {"type": "number"}, "y": {"type": "number"},
                    "width": {"type": "number", "minimum": 0}, "height": {"type": "number", "minimum": 0},
                    "color": {"enum": ["yellow", "blue", "green", "pink", "gray", null]}
                }
            }},
            "pinned": {"type": "object", "maxProperties": 300},
            "layout": {"type": "object", "additionalProperties": {
                "type": "object",
                "required": ["x", "y"],
                "properties": {"x": {"type": "number"}, "y": {"type": "number"}}
            }}
        }
    })
}

/// CEL over `trigger`.
fn key() -> Value {
    json!({"type": ["string", "null"], "minLength": 1, "maxLength": 2_000})
}

fn limits() -> Value {
    let seconds = |least: u32| json!({"type": "integer", "minimum": least, "maximum": 2_592_000});
    json!({"anyOf": [{"type": "null"}, {
        "type": "object", "additionalProperties": false,
        "properties": {
            "deduplication_key": key(),
            "debounce": {"anyOf": [{"type": "null"}, {
                "type": "object", "additionalProperties": false, "required": ["seconds"],
                "properties": {
                    "key": key(),
                    "seconds": seconds(1),
                    "max_seconds": {"anyOf": [{"type": "null"}, seconds(1)]}
                }
            }]},
            "throttle": {"anyOf": [{"type": "null"}, {
                "type": "object", "additionalProperties": false,
                "required": ["limit", "period_seconds"],
                "properties": {
                    "key": key(),
                    "limit": {"type": "integer", "minimum": 1, "maximum": 1_000_000},
                    "period_seconds": seconds(1)
                }
            }]}
        }
    }]})
}

/// Reads the definition; `None` when its shape is wrong, with a finding for each fault.
pub(super) fn read(value: &Value, findings: &mut Findings) -> Option<Definition> {
    if let Some(shape) = SHAPE.as_ref() {
        for fault in shape.check(value) {
            findings.error(fault.pointer, "malformed", fault.message);
        }
    }
    if !findings.0.is_empty() {
        return None;
    }
    match serde_json::from_value(value.clone()) {
        Ok(definition) => Some(definition),
        Err(error) => {
            findings.error("", "malformed", error.to_string());
            None
        }
    }
}
