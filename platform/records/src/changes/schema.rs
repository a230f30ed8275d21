use serde_json::{Value, json};

/// JSON Schema of `trigger` in workflows that a change of a record starts.
pub fn trigger_output_schema() -> Value {
    let text = json!({"type": ["string", "null"]});
    let id = json!({"type": "string", "format": "uuid"});
    json!({
        "type": "object",
        "required": ["record_type", "id", "on", "record", "before", "changed_fields", "change", "at"],
        "properties": {
            "record_type": {"enum": ["customer", "vehicle", "lead"]},
            "id": id,
            "on": {"enum": ["created", "updated"]},
            "record": {
                "type": "object",
                "description": "The record as it is now. Leads have a status and a customer, vehicles a VIN and a price.",
                "properties": {
                    "id": id,
                    "status": text, "source": text, "interest": text, "comments": text,
                    "assigned_to": text, "review_reason": text,
                    "customer": {"type": ["object", "null"]}, "vehicle": {"type": ["object", "null"]},
                    "name": text, "first_name": text, "last_name": text, "email": text, "phone": text,
                    "label": text, "vin": text, "stock_number": text, "condition": text,
                    "year": {"type": ["integer", "null"]}, "make": text, "model": text, "trim": text,
                    "price_minor": {"type": ["integer", "null"], "description": "In cents."},
                    "price_currency": text, "odometer": text
                }
            },
            "before": {"type": ["object", "null"], "description": "The record as it was; null of one that was made."},
            "changed_fields": {"type": "array", "items": {"type": "string"}},
            "change": {
                "type": "object", "description": "The changed fields, each as it was and as it is.",
                "additionalProperties": {"type": "object", "properties": {"before": {}, "after": {}}}
            },
            "at": {"type": "string", "format": "date-time"}
        }
    })
}
