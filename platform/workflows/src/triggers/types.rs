//! The trigger types that this slice serves.

use super::{ADF_LEAD, MANUAL, WEBHOOK};
use platform_engine::registry::StepRegistry;
use platform_engine::step::TriggerTypeInfo;
use platform_kernel::Result;
use platform_records::intake::adf_output_schema;
use serde_json::{Map, Value, json};

/// Adds the trigger types `manual`, `webhook` and `adf_lead`, in place of what the engine says
/// about them.
pub fn register_triggers(registry: &mut StepRegistry) -> Result<()> {
    registry.describe_trigger(TriggerTypeInfo {
        check: None,
        type_: MANUAL,
        name: "Started by hand",
        description: "Someone presses Run, or a program calls the API.",
        icon: "hand",
        config_schema: config_schema(&[]),
        output_schema: json!({"type": "object"}),
    })?;
    registry.describe_trigger(TriggerTypeInfo {
        check: None,
        type_: WEBHOOK,
        name: "Webhook",
        description: "Another system posts a JSON object to this trigger's own address.",
        icon: "webhook",
        config_schema: config_schema(&[("deduplicate_by", delivery_id())]),
        output_schema: json!({"type": "object"}),
    })?;
    registry.describe_trigger(TriggerTypeInfo {
        check: None,
        type_: ADF_LEAD,
        name: "Internet lead (ADF)",
        description: "A lead provider posts an ADF/XML lead to this trigger's own address. \
                      Each new lead starts a run; a lead that was sent before does not.",
        icon: "car-front",
        config_schema: json!({"type": "object", "properties": {}, "additionalProperties": false}),
        output_schema: adf_output_schema(),
    })
}

fn delivery_id() -> Value {
    json!({
        "type": "string",
        "title": "Delivery id",
        "description": "A path in the body, for example `event.id`: the same value starts one run.",
        "minLength": 1,
        "maxLength": 200
    })
}

/// The configuration of a trigger whose input comes as JSON, with further `properties`.
fn config_schema(properties: &[(&str, Value)]) -> Value {
    let input_schema = json!({
        "type": "object",
        "title": "What the input must look like",
        "description": "A JSON Schema. An input that does not satisfy it starts no run.",
        "x-ui": {"widget": "json"}
    });
    let mut all: Map<String, Value> = properties
        .iter()
        .map(|(name, schema)| ((*name).to_owned(), schema.clone()))
        .collect();
    all.insert("input_schema".to_owned(), input_schema);
    json!({"type": "object", "additionalProperties": false, "properties": all})
}
