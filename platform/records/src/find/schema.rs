use super::criteria::MOST;
use crate::leads::LeadStatus;
use platform_engine::schema::Fault;
use serde_json::{Value, json};

/// JSON Schema of the step's configuration.
pub(super) fn config() -> Value {
    let text = |title: &str| json!({"type": ["string", "number", "null"], "title": title, "maxLength": 320, "x-ui": {"widget": "text"}});
    let statuses = LeadStatus::ALL.map(LeadStatus::as_str);
    let mut status =
        json!({"title": "Status", "enum": statuses.to_vec(), "description": "Leads only."});
    if let Some(Value::Array(words)) = status.get_mut("enum") {
        words.push(Value::Null);
    }
    json!({
        "type": "object",
        "additionalProperties": false,
        "required": ["record"],
        "properties": {
            "record": { "title": "Record", "enum": ["customer", "vehicle", "lead"] },
            "id": text("Id"),
            "email": text("E-mail address"),
            "phone": text("Phone number"),
            "vin": text("VIN"),
            "stock_number": text("Stock number"),
            "status": status,
            "limit": {
                "type": "integer", "title": "At most", "minimum": 1, "maximum": MOST, "default": 10
            }
        }
    })
}

/// JSON Schema of the step's output.
pub(super) fn output() -> Value {
    json!({
        "type": "object",
        "required": ["found", "count", "record", "records"],
        "properties": {
            "found": { "type": "boolean" },
            "count": { "type": "integer", "description": "How many are in records." },
            "record": { "type": ["object", "null"], "description": "The newest one." },
            "records": { "type": "array", "items": { "type": "object" }, "description": "Newest first." }
        }
    })
}

/// What records of a kind can be found by, which the schema cannot say.
pub(super) fn check(config: &Value) -> Vec<Fault> {
    let known: &[&str] = match config.get("record").and_then(Value::as_str) {
        Some("customer") => &["id", "email", "phone"],
        Some("vehicle") => &["id", "vin", "stock_number"],
        Some("lead") => &["id", "email", "phone", "vin", "stock_number", "status"],
        _ => return Vec::new(),
    };
    let all = ["id", "email", "phone", "vin", "stock_number", "status"];
    let given = |name: &&str| config.get(name).is_some_and(|value| !value.is_null());
    let given: Vec<&str> = all.into_iter().filter(given).collect();
    if given.is_empty() {
        return vec![Fault {
            pointer: String::new(),
            message: format!("needs something to find by: {}", known.join(", ")),
        }];
    }
    given
        .into_iter()
        .filter(|name| !known.contains(name))
        .map(|name| Fault {
            pointer: format!("/{name}"),
            message: format!(
                "is not what this record is found by; use {}",
                known.join(", ")
            ),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_found_by_what_it_has() {
        let places = |config: Value| -> Vec<String> {
            check(&config)
                .into_iter()
                .map(|fault| fault.pointer)
                .collect()
        };
        assert_eq!(
            places(json!({"record": "customer", "vin": "x", "email": "a@b.example"})),
            ["/vin"]
        );
        assert_eq!(places(json!({"record": "vehicle", "vin": null})), [""]);
        assert!(
            places(json!({"record": "lead", "status": "new", "phone": {"$ref": "trigger.phone"}}))
                .is_empty()
        );
    }
}
