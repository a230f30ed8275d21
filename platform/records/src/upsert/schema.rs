use serde_json::{Value, json};

/// JSON Schema of the step's configuration.
pub(super) fn config() -> Value {
    let text = json!({ "type": ["string", "number", "null"] });
    json!({
        "type": "object",
        "additionalProperties": false,
        "required": ["record", "values"],
        "properties": {
            "record": { "title": "Record", "enum": ["customer", "vehicle", "lead"] },
            "values": {
                "title": "Values",
                "description": "Customer: first_name, last_name, full_name, email, phone, address. Vehicle: vin, stock_number, year, make, model, trim, condition, price. Lead: status, source, interest, comments, customer_id, vehicle_id, assigned_to, ai.",
                "type": "object"
            },
            "match": {
                "title": "Find by",
                "description": "What to find the record by, where that differs from the values: id, email, phone, vin or stock_number.",
                "type": "object",
                "additionalProperties": false,
                "properties": { "id": text, "email": text, "phone": text, "vin": text, "stock_number": text }
            }
        }
    })
}

/// JSON Schema of the step's output.
pub(super) fn output() -> Value {
    json!({
        "type": "object",
        "required": ["id", "record"],
        "properties": {
            "id": { "type": "string" },
            "record": { "type": "object", "description": "The record as it is now" }
        }
    })
}
