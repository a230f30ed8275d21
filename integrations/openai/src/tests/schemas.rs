use crate::schema::response_format;
use serde_json::{Value, json};

fn sent(schema: &Value) -> Value {
    serde_json::to_value(response_format(schema)).unwrap()["json_schema"].clone()
}

#[test]
fn an_open_schema_is_closed_so_that_strict_mode_takes_it() {
    let schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "required": ["a"],
        "properties": {
            "a": { "type": "string" },
            "properties": { "type": "array", "items": { "type": "object", "properties": { "x": { "type": "number" } } } },
        },
    });
    let sent = sent(&schema);
    assert_eq!(sent["strict"], true);
    assert_eq!(sent["name"], "answer");
    assert_eq!(
        sent["schema"],
        json!({
            "type": "object",
            "required": ["a", "properties"],
            "additionalProperties": false,
            "properties": {
                "a": { "type": "string" },
                "properties": { "type": "array", "items": {
                    "type": "object", "required": ["x"], "additionalProperties": false,
                    "properties": { "x": { "type": "number" } },
                } },
            },
        })
    );
}

#[test]
fn a_schema_that_must_stay_open_is_sent_as_it_is() {
    for schema in [
        json!({ "type": "object" }),
        json!({ "type": "object", "properties": {}, "additionalProperties": { "type": "string" } }),
        json!({ "type": "object", "properties": { "a": { "oneOf": [{ "type": "string" }] } } }),
        json!({ "type": "array", "items": { "type": "object" } }),
    ] {
        let sent = sent(&schema);
        assert_eq!((&sent["strict"], &sent["schema"]), (&json!(false), &schema));
    }
}
