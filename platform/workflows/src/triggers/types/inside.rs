use super::{check_filter, config_schema, filter};
use crate::events::NAME_PATTERN;
use crate::triggers::{EVENT, RECORD};
use platform_engine::step::TriggerTypeInfo;
use platform_records::changes::trigger_output_schema;
use serde_json::json;

pub(super) fn event() -> TriggerTypeInfo {
    let name = json!({
        "type": "string", "title": "Event", "pattern": NAME_PATTERN,
        "description": "The name under which a workflow or a program tells it, for example `deal.funded`."
    });
    TriggerTypeInfo {
        type_: EVENT,
        name: "Event",
        description: "Another workflow, or a program through the API, tells that something happened.",
        icon: "radio",
        config_schema: config_schema(
            &["name"],
            &[
                ("name", name),
                filter(
                    "For example `trigger.event.data.amount > 1000`; without it every event starts a run.",
                ),
            ],
        ),
        output_schema: json!({
            "type": "object",
            "required": ["event"],
            "properties": {"event": {
                "type": "object",
                "required": ["id", "name", "key", "data", "at"],
                "properties": {
                    "id": {"type": "string", "format": "uuid"},
                    "name": {"type": "string"},
                    "key": {"type": "string"},
                    "data": {"type": "object", "description": "What was told with it."},
                    "at": {"type": "string", "format": "date-time"}
                }
            }}
        }),
        check: Some(check_filter),
    }
}

pub(super) fn record() -> TriggerTypeInfo {
    let record = json!({"title": "Record", "enum": ["customer", "vehicle", "lead"]});
    let on = json!({
        "type": "array", "title": "When it is", "minItems": 1, "uniqueItems": true,
        "items": {"enum": ["created", "updated"]}, "default": ["created"]
    });
    let include_own = json!({
        "type": "boolean", "title": "Also what this workflow changes itself", "default": false,
        "description": "A workflow that changes the records it listens to starts itself; after ten runs in a chain it stops."
    });
    TriggerTypeInfo {
        type_: RECORD,
        name: "Record",
        description: "A customer, a vehicle or a lead is made or changed.",
        icon: "database-zap",
        config_schema: config_schema(
            &["record", "on"],
            &[
                ("record", record),
                ("on", on),
                filter(
                    "For example `'status' in trigger.changed_fields && trigger.record.status == 'sold'`; without it every change starts a run.",
                ),
                ("include_own", include_own),
            ],
        ),
        output_schema: trigger_output_schema(),
        check: Some(check_filter),
    }
}
