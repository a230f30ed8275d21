use crate::capabilities::SchemaMode;
use crate::schema::{Format, restore};
use serde_json::{Value, json};

fn sent(schema: &Value) -> Value {
    let format = Format::of(schema, SchemaMode::Strict);
    format.response_format.unwrap()["json_schema"].clone()
}

fn property(schema: Value) -> Value {
    let whole = json!({ "type": "object", "properties": { "a": schema }, "required": ["a"] });
    let sent = sent(&whole);
    assert_eq!(sent["strict"], true, "{sent}");
    sent["schema"]["properties"]["a"].clone()
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
                "properties": { "type": ["array", "null"], "items": {
                    "type": "object", "required": ["x"], "additionalProperties": false,
                    "properties": { "x": { "type": ["number", "null"] } },
                } },
            },
        })
    );
}

#[test]
fn a_schema_that_must_stay_open_is_sent_as_it_is() {
    let two =
        json!({ "type": "object", "properties": { "a": { "allOf": [{}, { "type": "string" }] } } });
    for schema in [
        json!({ "type": "object" }),
        json!({ "type": "object", "properties": {} }),
        json!({ "type": "object", "properties": {}, "additionalProperties": { "type": "string" } }),
        json!({ "type": "object", "properties": { "a": { "prefixItems": [{ "type": "string" }] } } }),
        json!({ "type": "object", "properties": { "a": true } }),
        json!({ "type": "object", "properties": { "a": { "type": "array" } } }),
        json!({ "type": "object", "properties": { "a": { "$ref": "https://example.com/s" } } }),
        two,
    ] {
        let sent = sent(&schema);
        assert_eq!((&sent["strict"], &sent["schema"]), (&json!(false), &schema));
    }
}

#[test]
fn what_is_no_object_is_asked_for_in_words() {
    let list = json!({ "type": "array", "items": { "type": "string" } });
    let format = Format::of(&list, SchemaMode::Strict);
    assert!(format.response_format.is_none());
    assert!(format.instructions.unwrap().contains("\"items\""));
    let object = json!({ "type": "object", "properties": { "a": { "type": "string" } } });
    let format = Format::of(&object, SchemaMode::Json);
    assert_eq!(
        format.response_format,
        Some(json!({ "type": "json_object" }))
    );
    assert!(format.instructions.unwrap().contains("JSON"));
    assert!(
        Format::of(&object, SchemaMode::Prompt)
            .response_format
            .is_none()
    );
}

#[test]
fn keywords_that_strict_mode_does_not_know_are_left_out_or_said_in_another_way() {
    for (given, expected) in [
        (
            json!({ "type": "string", "minLength": 1, "maxLength": 80, "default": "", "description": "Subject." }),
            json!({ "type": "string", "description": "Subject. At most 80 characters." }),
        ),
        (
            json!({ "type": "array", "items": { "type": "string" }, "uniqueItems": true, "maxItems": 3 }),
            json!({ "type": "array", "items": { "type": "string" }, "maxItems": 3 }),
        ),
        (
            json!({ "const": "x" }),
            json!({ "type": "string", "enum": ["x"] }),
        ),
        (
            json!({ "enum": [1, 2, null] }),
            json!({ "type": ["integer", "null"], "enum": [1, 2, null] }),
        ),
        (
            json!({ "oneOf": [{ "type": "string" }, { "type": "number" }] }),
            json!({ "anyOf": [{ "type": "string" }, { "type": "number" }] }),
        ),
        (
            json!({ "allOf": [{ "type": "string", "format": "uri" }], "title": "Page" }),
            json!({ "type": "string", "title": "Page" }),
        ),
        (
            json!({ "type": "string", "nullable": true, "pattern": "^(?!x)", "not": { "const": "y" } }),
            json!({ "type": ["string", "null"] }),
        ),
        (
            json!({ "type": "string", "format": "date", "pattern": "^2", "examples": ["2026"] }),
            json!({ "type": "string", "format": "date", "pattern": "^2" }),
        ),
        (
            json!({ "$ref": "#", "description": "again" }),
            json!({ "$ref": "#" }),
        ),
    ] {
        assert_eq!(property(given.clone()), expected, "{given}");
    }
}

#[test]
fn what_need_not_be_given_may_be_null_and_is_taken_out_again() {
    let schema = json!({
        "type": "object", "required": ["name"],
        "$defs": { "phone": { "type": "string" } },
        "properties": {
            "name": { "type": "string" },
            "kind": { "enum": ["a", "b"] },
            "phone": { "$ref": "#/$defs/phone" },
            "note": { "type": ["string", "null"] },
            "cars": { "type": "array", "items": { "type": "object", "properties": { "vin": { "type": "string" } } } },
        },
    });
    let sent = sent(&schema)["schema"].clone();
    assert_eq!(
        sent["properties"]["kind"],
        json!({ "type": ["string", "null"], "enum": ["a", "b", null] })
    );
    assert_eq!(
        sent["properties"]["phone"],
        json!({ "anyOf": [{ "$ref": "#/$defs/phone" }, { "type": "null" }] })
    );
    let said = json!({ "name": "Ann", "kind": null, "phone": null, "note": null, "cars": [{ "vin": null }] });
    assert!(jsonschema::is_valid(&sent, &said), "{sent}");
    let restored: Value = serde_json::from_str(&restore(said.to_string(), &schema)).unwrap();
    assert_eq!(
        restored,
        json!({ "name": "Ann", "note": null, "cars": [{}] })
    );
    assert!(jsonschema::is_valid(&schema, &restored));
    assert_eq!(restore("no json".to_owned(), &schema), "no json");
}

#[test]
fn a_schema_beyond_the_limits_is_not_strict() {
    let mut deep = json!({ "type": "string" });
    for _ in 0..11 {
        deep = json!({ "type": "object", "properties": { "a": deep } });
    }
    let many: Vec<String> = (0..1_001).map(|n| n.to_string()).collect();
    let many = json!({ "type": "object", "properties": { "a": { "enum": many } } });
    for schema in [deep, many] {
        assert_eq!(sent(&schema)["strict"], false);
    }
}
