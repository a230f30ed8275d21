use crate::step::TriggerTypeInfo;
use serde_json::{Value, json};

pub(super) fn all() -> [TriggerTypeInfo; 3] {
    [manual(), webhook(), adf_lead()]
}

fn no_config() -> Value {
    json!({"type": "object", "additionalProperties": false, "properties": {}})
}

fn manual() -> TriggerTypeInfo {
    TriggerTypeInfo {
        check: None,
        type_: "manual",
        name: "Started by hand",
        description: "Somebody starts the workflow, or a program does through the API.",
        icon: "play",
        config_schema: no_config(),
        output_schema: json!({"description": "The input that was given."}),
    }
}

fn webhook() -> TriggerTypeInfo {
    TriggerTypeInfo {
        check: None,
        type_: "webhook",
        name: "Webhook",
        description: "Another system posts JSON to the workflow's own address.",
        icon: "webhook",
        config_schema: json!({
            "type": "object",
            "additionalProperties": false,
            "properties": {
                "deduplicate_by": {
                    "type": "string", "title": "Delivery id",
                    "description": "A path in the body, for example `event.id`; the same value starts one run.",
                    "maxLength": 200
                }
            }
        }),
        output_schema: json!({"description": "The body that was posted."}),
    }
}

fn adf_lead() -> TriggerTypeInfo {
    TriggerTypeInfo {
        check: None,
        type_: "adf_lead",
        name: "Internet lead (ADF)",
        description: "A lead provider posts an ADF document to the workflow's own address.",
        icon: "inbox",
        config_schema: no_config(),
        output_schema: json!({
            "type": "object",
            "properties": {
                "lead_id": {"type": "string", "format": "uuid"},
                "source": {"type": ["string", "null"]},
                "comments": {"type": ["string", "null"]},
                "customer": {"type": ["object", "null"]},
                "vehicles": {"type": "array", "items": {"type": "object"}},
                "received_at": {"type": "string", "format": "date-time"}
            }
        }),
    }
}
