//! Text messages that workflows send.

mod draft;
mod step;

use crate::Messaging;
use draft::LONGEST_BODY;
use platform_engine::registry::StepRegistry;
use platform_engine::schema::Fault;
use platform_engine::step::{Ports, StepKind, StepTypeInfo};
use platform_kernel::Result;
use platform_kernel::text::{PhoneNumber, Region};
use serde_json::{Value, json};
use std::sync::Arc;
use step::SendText;

pub(crate) fn register(registry: &mut StepRegistry, messaging: &Messaging) -> Result<()> {
    let simulated_note = match messaging.texts.as_ref().map(|texts| texts.describe()) {
        None => Some("No phone number is connected yet: texts cannot be sent.".to_owned()),
        Some(line) if line.simulated => Some(format!(
            "Texts from {} go to a simulator and reach no phone.",
            line.name
        )),
        Some(_) => None,
    };
    let info = StepTypeInfo {
        type_: "sms.send",
        name: "Send text message",
        category: "message",
        description: "Sends one text message. A text to a lead's customer counts as the answer to the lead.",
        icon: "message-square-text",
        config_schema: config_schema(),
        output_schema: output_schema(),
        ports: Ports::OUT,
        simulated_note,
        check: Some(check),
    };
    let step = SendText {
        texts: messaging.texts.clone(),
        bus: messaging.bus.clone(),
    };
    registry.add_step(info, StepKind::Effect(Arc::new(step)))
}

/// What the schema cannot say: a literal number is one, and a literal text is short enough.
fn check(config: &Value) -> Vec<Fault> {
    let literal = |name: &str| config.get(name).and_then(Value::as_str);
    let fault = |pointer: &str, message: String| Fault {
        pointer: pointer.to_owned(),
        message,
    };
    let mut faults = Vec::new();
    if literal("to").is_some_and(is_no_number) {
        faults.push(fault("/to", "is no phone number".to_owned()));
    }
    if literal("body").is_some_and(|body| body.chars().count() > LONGEST_BODY) {
        let message = format!("has more than {LONGEST_BODY} characters");
        faults.push(fault("/body", message));
    }
    faults
}

/// Whether a text is no number in any country; in which one it is dialled, only a run knows.
fn is_no_number(to: &str) -> bool {
    const FEWEST_DIGITS: usize = 7;
    let read = PhoneNumber::read(to, Region::default());
    let digits = to.bytes().filter(u8::is_ascii_digit).count();
    read.value.is_none() && (read.is_placeholder() || digits < FEWEST_DIGITS)
}

fn config_schema() -> Value {
    json!({
        "type": "object",
        "additionalProperties": false,
        "required": ["to", "body"],
        "x-ui": { "order": ["to", "body", "lead_id"] },
        "properties": {
            "to": { "type": "string", "title": "To", "description": "One phone number; without a country code it is one of the dealership's country", "minLength": 1 },
            "body": { "type": "string", "title": "Text", "description": "At most 1,600 characters; beyond 160, or 70 with letters outside the GSM alphabet, it goes and is billed in parts", "format": "multiline", "minLength": 1 },
            "lead_id": { "type": ["string", "null"], "title": "Answers lead", "description": "The lead that this text answers; known by itself when it goes to the customer of the run's lead" }
        }
    })
}

fn output_schema() -> Value {
    json!({
        "type": "object",
        "required": ["message_id", "to", "segments"],
        "properties": {
            "message_id": { "type": "string", "description": "The message's id in Auterity" },
            "to": { "type": "string", "description": "E.164" },
            "segments": { "type": "integer", "description": "In how many parts it goes over the air" },
            "provider_reference": { "type": ["string", "null"], "description": "The provider's id of the message" }
        }
    })
}
