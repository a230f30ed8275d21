use crate::step::{Ports, StepError, StepTypeInfo};
use serde_json::{Value, json};

pub(crate) const TYPE: &str = "for_each";
/// The port to what is repeated.
pub(crate) const ITEM: &str = "item";
/// Most items of one loop.
pub(crate) const MAX_ITEMS: usize = 10_000;
/// Most iterations at once.
pub(crate) const MAX_CONCURRENCY: u32 = 50;

pub(super) fn info() -> StepTypeInfo {
    StepTypeInfo {
        type_: TYPE,
        name: "For each",
        category: "logic",
        description: "Repeats the steps after “item” for each item of a list, then goes on through “out”.",
        icon: "repeat",
        config_schema: json!({
            "type": "object",
            "additionalProperties": false,
            "required": ["items"],
            "properties": {
                "items": {
                    "type": "array", "maxItems": MAX_ITEMS, "title": "List",
                    "description": "What to repeat for, for example {\"$ref\": \"steps.find.output.records\"}. The repeated steps read item and index."
                },
                "concurrency": {
                    "type": "integer", "minimum": 1, "maximum": MAX_CONCURRENCY, "default": 1,
                    "title": "Items at once",
                    "description": "With 1 they are done one after the other."
                }
            },
            "x-ui": {"order": ["items", "concurrency"]}
        }),
        output_schema: json!({
            "type": "object",
            "required": ["count", "results"],
            "properties": {
                "count": {"type": "integer"},
                "results": {
                    "type": ["array", "null"],
                    "description": "For each item what its last steps gave, by step; null when that is too large together.",
                    "items": {"type": "object"}
                }
            }
        }),
        ports: Ports::Fixed(&[ITEM, crate::definition::OUT]),
        ..StepTypeInfo::default()
    }
}

/// What a resolved configuration asks for.
pub(crate) fn read(mut config: Value) -> Result<(Vec<Value>, u32), StepError> {
    let concurrency = config
        .get("concurrency")
        .and_then(Value::as_u64)
        .unwrap_or(1);
    let concurrency = u32::try_from(concurrency).unwrap_or(MAX_CONCURRENCY);
    match config.get_mut("items").map(Value::take) {
        Some(Value::Array(items)) if items.len() <= MAX_ITEMS => {
            Ok((items, concurrency.clamp(1, MAX_CONCURRENCY)))
        }
        _ => {
            let message = format!("/items: must be a list of at most {MAX_ITEMS} items");
            Err(StepError::fatal("config_invalid", message))
        }
    }
}
