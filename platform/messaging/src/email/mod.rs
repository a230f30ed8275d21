//! Mails that workflows send.

mod body;
mod draft;
mod plain;
mod sanitize;
mod step;

pub use body::html_of;

use crate::Messaging;
use platform_engine::registry::StepRegistry;
use platform_engine::schema::Fault;
use platform_engine::step::{Ports, StepKind, StepTypeInfo};
use platform_kernel::Result;
use platform_kernel::text::{Email, is_blank};
use serde_json::{Value, json};
use std::sync::Arc;
use step::SendEmail;

pub(crate) fn register(registry: &mut StepRegistry, messaging: &Messaging) -> Result<()> {
    let mailer = messaging.mailer.describe();
    let simulated_note = mailer.simulated.then(|| {
        format!(
            "Mails go to {}, which delivers to nobody outside.",
            mailer.name
        )
    });
    let info = StepTypeInfo {
        type_: "email.send",
        name: "Send e-mail",
        category: "message",
        description: "Sends one e-mail. An e-mail to a lead's customer counts as the answer to the lead.",
        icon: "mail",
        config_schema: config_schema(),
        output_schema: output_schema(),
        ports: Ports::OUT,
        simulated_note,
        check: Some(check),
    };
    let step = SendEmail {
        mailer: Arc::clone(&messaging.mailer),
        message_id_domain: messaging.message_id_domain.clone(),
        bus: messaging.bus.clone(),
    };
    registry.add_step(info, StepKind::Effect(Arc::new(step)))
}

/// What the schema cannot say: the literal address is one, and there is something to send.
fn check(config: &Value) -> Vec<Fault> {
    let mut faults = Vec::new();
    for name in ["to", "reply_to"] {
        let literal = config.get(name).and_then(Value::as_str);
        let read = literal.map(Email::read);
        if read.is_some_and(|read| read.note.is_some()) {
            faults.push(Fault {
                pointer: format!("/{name}"),
                message: "is no e-mail address".to_owned(),
            });
        }
    }
    let shows = |value: &Value| !value.is_null() && !value.as_str().is_some_and(is_blank);
    let given = |name: &str| config.get(name).is_some_and(shows);
    if config.get("subject").is_some_and(|subject| !shows(subject)) {
        faults.push(Fault {
            pointer: "/subject".to_owned(),
            message: "shows nothing".to_owned(),
        });
    }
    if !given("text") && !given("html") {
        faults.push(Fault {
            pointer: String::new(),
            message: "needs a text or HTML to send".to_owned(),
        });
    }
    faults
}

fn config_schema() -> Value {
    let titled = |title: &str, description: &str| json!({ "type": ["string", "null"], "title": title, "description": description });
    json!({
        "type": "object",
        "additionalProperties": false,
        "required": ["to", "subject"],
        "x-ui": { "order": ["to", "to_name", "subject", "text", "html", "reply_to", "lead_id"] },
        "properties": {
            "to": { "type": "string", "title": "To", "description": "One e-mail address", "minLength": 1 },
            "to_name": titled("Recipient's name", "Shown beside the address"),
            "subject": { "type": "string", "title": "Subject", "minLength": 1 },
            "text": { "type": ["string", "null"], "title": "Text", "description": "Plain text; blank lines separate paragraphs", "format": "multiline" },
            "html": { "type": ["string", "null"], "title": "HTML", "description": "Made from the text unless given. Scripts, forms, style sheets and remote content but https images are taken out. Values that a template writes into it are escaped", "format": "html" },
            "reply_to": titled("Reply to", "Where answers go, if not to the sender"),
            "lead_id": titled("Answers lead", "The lead that this e-mail answers; known by itself when it goes to the customer of the run's lead")
        }
    })
}

fn output_schema() -> Value {
    json!({
        "type": "object",
        "required": ["message_id", "to", "subject"],
        "properties": {
            "message_id": { "type": "string", "description": "The message's id in Auterity" },
            "to": { "type": "string" },
            "subject": { "type": "string" },
            "provider_reference": { "type": ["string", "null"], "description": "What the mail server answered" }
        }
    })
}
