//! The trigger types that this slice serves.

mod clock;
mod hooks;
mod inside;

use platform_engine::registry::StepRegistry;
use platform_engine::schema::Fault;
use platform_kernel::Result;
use serde_json::{Map, Value, json};

/// Adds the trigger types `manual`, `webhook`, `adf_lead`, `schedule`, `event` and `record`, in
/// place of what the engine says about them.
pub fn register_triggers(registry: &mut StepRegistry) -> Result<()> {
    [
        hooks::manual(),
        hooks::webhook(),
        hooks::adf_lead(),
        clock::schedule(),
        inside::event(),
        inside::record(),
    ]
    .into_iter()
    .try_for_each(|info| registry.describe_trigger(info))
}

/// The configuration of a trigger with these properties and no others.
fn config_schema(required: &[&str], properties: &[(&str, Value)]) -> Value {
    let all: Map<String, Value> = properties
        .iter()
        .map(|(name, schema)| ((*name).to_owned(), schema.clone()))
        .collect();
    json!({
        "type": "object", "additionalProperties": false,
        "required": required, "properties": all
    })
}

fn filter(description: &str) -> (&'static str, Value) {
    let schema = json!({
        "type": ["string", "null"], "title": "Only if", "maxLength": 2000,
        "description": description, "x-ui": {"widget": "cel"}
    });
    ("filter", schema)
}

/// What is wrong with the filter of a configuration.
fn check_filter(config: &Value) -> Vec<Fault> {
    let filter = config.get("filter").and_then(Value::as_str);
    let filter = filter.filter(|source| !source.trim().is_empty());
    let fault = filter.and_then(super::expression::fault);
    let at = |message| Fault {
        pointer: "/filter".to_owned(),
        message,
    };
    fault.map(at).into_iter().collect()
}
