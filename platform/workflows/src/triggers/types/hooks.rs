use super::config_schema;
use crate::hooks::LONGEST_WAIT_SECONDS;
use crate::triggers::{ADF_LEAD, MANUAL, WEBHOOK};
use platform_engine::step::TriggerTypeInfo;
use platform_records::intake::adf_output_schema;
use serde_json::{Value, json};

pub(super) fn manual() -> TriggerTypeInfo {
    TriggerTypeInfo {
        type_: MANUAL,
        name: "Started by hand",
        description: "Someone presses Run, or a program calls the API.",
        icon: "hand",
        config_schema: config_schema(&[], &[input_schema()]),
        output_schema: json!({"type": "object"}),
        check: None,
    }
}

pub(super) fn webhook() -> TriggerTypeInfo {
    TriggerTypeInfo {
        type_: WEBHOOK,
        name: "Webhook",
        description: "Another system posts a JSON object to this trigger's own address.",
        icon: "webhook",
        config_schema: config_schema(
            &[],
            &[delivery_id(), signature(), respond(), input_schema()],
        ),
        output_schema: json!({"type": "object"}),
        check: None,
    }
}

pub(super) fn adf_lead() -> TriggerTypeInfo {
    TriggerTypeInfo {
        type_: ADF_LEAD,
        name: "Internet lead (ADF)",
        description: "A lead provider posts an ADF/XML lead to this trigger's own address. \
                      Each new lead starts a run; a lead that was sent before does not.",
        icon: "car-front",
        config_schema: config_schema(&[], &[]),
        output_schema: adf_output_schema(),
        check: None,
    }
}

fn input_schema() -> (&'static str, Value) {
    let schema = json!({
        "type": "object",
        "title": "What the input must look like",
        "description": "A JSON Schema. An input that does not satisfy it starts no run.",
        "x-ui": {"widget": "json"}
    });
    ("input_schema", schema)
}

fn delivery_id() -> (&'static str, Value) {
    let schema = json!({
        "type": "string",
        "title": "Delivery id",
        "description": "A path in the body, for example `event.id`: the same value starts one run.",
        "minLength": 1,
        "maxLength": 200
    });
    ("deduplicate_by", schema)
}

fn signature() -> (&'static str, Value) {
    let header = |title: &str, description: &str| {
        json!({
            "type": ["string", "null"], "title": title, "description": description,
            "pattern": "^[A-Za-z0-9-]{1,64}$"
        })
    };
    let schema = json!({
        "type": ["object", "null"], "title": "Signature",
        "description": "Refuses what is not signed with a secret that only the sender and this trigger know.",
        "additionalProperties": false,
        "required": ["scheme", "secret"],
        "properties": {
            "scheme": {
                "title": "Who signs", "default": "hmac_sha256",
                "oneOf": [
                    {"const": "hmac_sha256", "title": "HMAC-SHA256 of the body"},
                    {"const": "github", "title": "GitHub"},
                    {"const": "stripe", "title": "Stripe"}
                ]
            },
            "secret": {
                "type": "string", "title": "Secret", "minLength": 1, "maxLength": 500,
                "description": "Kept encrypted and never shown again.",
                "writeOnly": true, "x-ui": {"widget": "secret"}
            },
            "header": header("Header", "Holds the signature; `X-Signature` unless given. Not for GitHub and Stripe."),
            "prefix": {
                "type": ["string", "null"], "title": "Prefix", "maxLength": 40,
                "description": "What stands before the signature, for example `sha256=`."
            },
            "encoding": {"title": "Written as", "enum": ["hex", "base64"], "default": "hex"},
            "timestamp_header": header(
                "Header of the time",
                "Holds seconds since 1970. Then `<time>.<body>` is what is signed."
            ),
            "tolerance_seconds": {
                "type": ["integer", "null"], "title": "Oldest signature (seconds)",
                "minimum": 1, "maximum": 86_400, "default": 300
            }
        }
    });
    ("signature", schema)
}

fn respond() -> (&'static str, Value) {
    let schema = json!({
        "type": ["object", "null"], "title": "Answer",
        "additionalProperties": false,
        "required": ["mode"],
        "properties": {
            "mode": {
                "title": "Answer", "default": "accepted",
                "oneOf": [
                    {"const": "accepted", "title": "At once"},
                    {"const": "result", "title": "With the result of the run"}
                ]
            },
            "timeout_seconds": {
                "type": ["integer", "null"], "title": "Wait at most (seconds)",
                "minimum": 1, "maximum": LONGEST_WAIT_SECONDS, "default": 10,
                "description": "A run that takes longer goes on; the sender is told its id."
            }
        }
    });
    ("respond", schema)
}
