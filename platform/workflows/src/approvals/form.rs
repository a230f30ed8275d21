//! The form of a decision: a part of JSON Schema that a page can show and a person can fill in.

use crate::json_schema;
use crate::stored::escape;
use platform_engine::schema::{Fault, Schema};
use platform_kernel::id::TenantId;
use platform_kernel::{Error, Result};
use serde_json::{Map, Value, json};

const MOST_FIELDS: usize = 30;
/// Bytes of everything that is filled in.
const LARGEST: usize = 64 * 1024;
const OF_FORM: [&str; 8] = [
    "$schema",
    "type",
    "title",
    "description",
    "properties",
    "required",
    "additionalProperties",
    "x-ui",
];
const OF_FIELD: [&str; 12] = [
    "type",
    "title",
    "description",
    "default",
    "enum",
    "format",
    "minimum",
    "maximum",
    "minLength",
    "maxLength",
    "examples",
    "x-ui",
];

/// What a form may not have, or what is wrong with it; pointers into the form.
pub(crate) fn faults(form: &Value) -> Vec<Fault> {
    let Some(object) = form.as_object() else {
        return vec![fault("", "must be a JSON Schema of an object")];
    };
    let mut faults = unknown("", object, &OF_FORM);
    match object.get("properties").and_then(Value::as_object) {
        None => faults.push(fault("/properties", "must list the fields")),
        Some(fields) if fields.len() > MOST_FIELDS => {
            faults.push(fault("/properties", "has too many fields"));
        }
        Some(fields) => faults.extend(
            fields
                .iter()
                .flat_map(|(name, field)| of_field(name, field)),
        ),
    }
    if faults.is_empty()
        && let Err(message) = Schema::compile(&closed(object))
    {
        faults.push(fault("", &message));
    }
    faults
}

/// Refuses values that do not fill in the form, with a pointer under `/values` for each fault.
pub(crate) async fn check(tenant: TenantId, form: Option<&Value>, values: &Value) -> Result<()> {
    let empty = Map::new();
    let Some(form) = form.map(|form| form.as_object().unwrap_or(&empty)) else {
        return match values.as_object().is_some_and(Map::is_empty) {
            true => Ok(()),
            false => Err(Error::invalid(
                "/values",
                "unknown_field",
                "nothing is to be filled in",
            )),
        };
    };
    if values.to_string().len() > LARGEST {
        return Err(Error::invalid("/values", "too_long", "is too large"));
    }
    json_schema::check(tenant, &closed(form), values, "/values").await
}

/// The form as a schema that takes its fields and no others.
fn closed(form: &Map<String, Value>) -> Value {
    let mut schema = form.clone();
    schema.insert("type".to_owned(), json!("object"));
    schema.insert("additionalProperties".to_owned(), json!(false));
    Value::Object(schema)
}

fn of_field(name: &str, field: &Value) -> Vec<Fault> {
    let place = format!("/properties/{}", escape(name));
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if name.is_empty() || name.len() > 64 || !name.chars().all(plain) {
        return vec![fault(
            &place,
            "must be named with letters, digits and underscores",
        )];
    }
    let Some(object) = field.as_object() else {
        return vec![fault(&place, "must be a JSON Schema")];
    };
    let mut faults = unknown(&place, object, &OF_FIELD);
    let type_ = object.get("type").and_then(Value::as_str);
    let typed = match type_ {
        Some(word) => ["string", "number", "integer", "boolean"].contains(&word),
        None => object.contains_key("enum"),
    };
    if !typed {
        let words = "must be of type string, number, integer or boolean";
        faults.push(fault(&format!("{place}/type"), words));
    }
    faults
}

fn unknown(place: &str, object: &Map<String, Value>, known: &[&str]) -> Vec<Fault> {
    let others = object.keys().filter(|key| !known.contains(&key.as_str()));
    others
        .map(|key| {
            fault(
                &format!("{place}/{}", escape(key)),
                "cannot be used in a form",
            )
        })
        .collect()
}

fn fault(pointer: &str, message: &str) -> Fault {
    Fault {
        pointer: pointer.to_owned(),
        message: message.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn price() -> Value {
        json!({
            "type": "object",
            "required": ["price", "reason"],
            "properties": {
                "price": { "type": "number", "title": "New price", "minimum": 1_000 },
                "reason": { "type": "string", "minLength": 3, "format": "multiline" },
                "on": { "type": "string", "format": "date" },
                "loud": { "type": "boolean" },
                "level": { "enum": ["low", "high"] }
            }
        })
    }

    #[tokio::test]
    async fn each_field_is_told_by_its_pointer() {
        assert_eq!(faults(&price()), []);
        let form = price();
        let pointers = async |values: Value| -> Vec<String> {
            let error = check(TenantId::new(), Some(&form), &values)
                .await
                .unwrap_err();
            let mut all: Vec<_> = error.errors().iter().map(|e| e.pointer.clone()).collect();
            all.sort_unstable();
            all
        };
        let good = json!({ "price": 21_500, "reason": "aged", "on": "2026-12-01" });
        assert!(check(TenantId::new(), Some(&form), &good).await.is_ok());
        let bad = json!({ "price": "low", "on": "soon", "level": "mid", "extra": 1 });
        let expected = [
            "/values/extra",
            "/values/level",
            "/values/on",
            "/values/price",
            "/values/reason",
        ];
        assert_eq!(pointers(bad).await, expected);
        assert_eq!(pointers(json!([])).await, ["/values"]);
        let long = json!({ "price": 5_000, "reason": "x".repeat(LARGEST) });
        assert_eq!(pointers(long).await, ["/values"]);
        assert!(check(TenantId::new(), None, &json!({})).await.is_ok());
        assert!(
            check(TenantId::new(), None, &json!({ "a": 1 }))
                .await
                .is_err()
        );
    }

    #[test]
    fn a_form_is_a_part_of_json_schema() {
        let pointers =
            |form: Value| -> Vec<String> { faults(&form).into_iter().map(|f| f.pointer).collect() };
        let field = |field: Value| json!({ "type": "object", "properties": { "a": field } });
        assert_eq!(pointers(json!([])), [""]);
        assert_eq!(pointers(json!({ "type": "object" })), ["/properties"]);
        assert_eq!(
            pointers(field(json!({ "type": "object" }))),
            ["/properties/a/type"]
        );
        assert_eq!(
            pointers(field(json!({ "type": "string", "pattern": "(a+)+" }))),
            ["/properties/a/pattern"]
        );
        assert_eq!(pointers(field(json!({ "$ref": "#" }))).len(), 2);
        assert_eq!(
            pointers(json!({ "properties": { "a/b": { "type": "string" } } })),
            ["/properties/a~1b"]
        );
        assert_eq!(
            pointers(field(json!({ "type": "string", "minLength": "x" }))),
            [""]
        );
    }
}
