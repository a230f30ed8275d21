use serde_json::{Value, json};

/// JSON Schema of `trigger` in a workflow that a lead starts.
pub fn adf_output_schema() -> Value {
    let text = json!({ "type": ["string", "null"] });
    let number = json!({ "type": ["number", "null"] });
    let stated = json!({
        "type": "object",
        "description": "The vehicle in the words of the lead, whatever the record says",
        "properties": {
            "label": { "type": "string" },
            "year": { "type": ["integer", "null"] },
            "make": text, "model": text, "trim": text, "vin": text, "stock_number": text,
            "condition": text, "body_style": text, "transmission": text,
            "exterior_color": text, "interior_color": text, "odometer": text,
            "price": number, "offer": number, "price_currency": text
        }
    });
    let vehicle = json!({
        "type": "object",
        "properties": {
            "id": { "type": "string" },
            "label": { "type": "string", "title": "Vehicle", "description": "For example 2025 Toyota RAV4 XLE" },
            "year": { "type": ["integer", "null"] },
            "make": text, "model": text, "trim": text, "vin": text, "stock_number": text,
            "condition": { "enum": ["new", "used", "unknown"] },
            "interest": text,
            "price": { "type": ["number", "null"], "description": "What the dealership asks, in whole units of the currency" },
            "price_currency": text,
            "offer": { "type": ["number", "null"], "description": "What the customer offers" },
            "exterior_color": text, "interior_color": text,
            "stated": stated
        },
        "required": ["id", "label", "year", "make", "model", "trim", "vin", "stock_number", "condition", "interest", "price", "price_currency", "offer", "exterior_color", "interior_color", "stated"]
    });
    let customer = json!({
        "type": "object",
        "properties": {
            "id": { "type": "string" },
            "first_name": text, "last_name": text,
            "full_name": { "type": "string" },
            "email": text,
            "phone": { "type": ["string", "null"], "description": "E.164" },
            "phone_display": text
        },
        "required": ["id", "first_name", "last_name", "full_name", "email", "phone", "phone_display"]
    });
    let lead = json!({
        "type": "object",
        "properties": {
            "id": { "type": "string" },
            "source": text, "interest": text, "comments": text,
            "requested_at": { "type": ["string", "null"], "format": "date-time" },
            "received_at": { "type": "string", "format": "date-time" },
            "status": { "enum": ["new", "contacted", "working", "sold", "lost", "needs_review"] },
            "is_duplicate": { "type": "boolean", "description": "Whether it repeats a lead that was there already" },
            "is_follow_up": { "type": "boolean", "description": "Whether the customer of an open lead wrote again; comments has the new words" }
        },
        "required": ["id", "source", "interest", "comments", "requested_at", "received_at", "status", "is_duplicate", "is_follow_up"]
    });
    json!({
        "type": "object",
        "properties": {
            "lead": lead,
            "customer": nullable(&customer),
            "vehicle": nullable(&vehicle),
            "vehicles": { "type": "array", "items": vehicle },
            "trade_in": nullable(&vehicle)
        },
        "required": ["lead", "customer", "vehicle", "vehicles", "trade_in"]
    })
}

/// The same object or null, in the form whose properties a builder can still list.
fn nullable(schema: &Value) -> Value {
    let mut schema = schema.clone();
    if let Some(object) = schema.as_object_mut() {
        object.insert("type".to_owned(), json!(["object", "null"]));
    }
    schema
}
