use platform_engine::schema::Fault;
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
                "description": "What to find the record by: id, email, phone, vin or stock_number. The values are then written over it, also where they have the same field.",
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

const CUSTOMER: [&str; 9] = [
    "id",
    "first_name",
    "last_name",
    "full_name",
    "name",
    "email",
    "phone",
    "address",
    "is_business",
];
const VEHICLE: [&str; 15] = [
    "id",
    "vin",
    "stock_number",
    "year",
    "make",
    "model",
    "trim",
    "condition",
    "body_style",
    "transmission",
    "exterior_color",
    "interior_color",
    "odometer",
    "price",
    "price_currency",
];
const LEAD: [&str; 10] = [
    "id",
    "status",
    "source",
    "interest",
    "comments",
    "customer_id",
    "vehicle_id",
    "assigned_to",
    "review_reason",
    "ai",
];

/// Which values a record has depends on the record, which the schema cannot say.
pub(super) fn check(config: &Value) -> Vec<Fault> {
    let known: &[&str] = match config.get("record").and_then(Value::as_str) {
        Some("customer") => &CUSTOMER,
        Some("vehicle") => &VEHICLE,
        Some("lead") => &LEAD,
        _ => return Vec::new(),
    };
    let values = config.get("values").and_then(Value::as_object);
    let names = values.into_iter().flatten().map(|(name, _)| name);
    // An expression in the place of all values is judged when it is resolved.
    let unknown = names.filter(|name| !name.starts_with('$') && !known.contains(&name.as_str()));
    unknown
        .map(|name| Fault {
            pointer: format!("/values/{}", name.replace('~', "~0").replace('/', "~1")),
            message: format!("is no field of this record; it has {}", known.join(", ")),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_field_is_found_before_it_is_lost() {
        let config = json!({ "record": "lead", "values": { "status": "lost", "asigned_to": "x" } });
        let faults = check(&config);
        assert_eq!(faults.len(), 1);
        assert_eq!(faults[0].pointer, "/values/asigned_to");
        assert!(check(&json!({ "record": "lead", "values": { "$ref": "trigger" } })).is_empty());
    }
}
