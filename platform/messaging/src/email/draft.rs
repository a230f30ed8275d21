//! From a step's configuration to a mail that may be sent.

use super::body;
use crate::text::{line, paragraphs};
use data_encoding::BASE32_NOPAD;
use platform_engine::step::StepError;
use platform_kernel::id::{LeadId, MessageId, TenantId};
use platform_kernel::ports::OutgoingMail;
use platform_kernel::text::Email;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

/// RFC 5322 lets a line have 998 characters; people read far fewer of a subject.
const LONGEST_SUBJECT: usize = 250;
const LONGEST_BODY: usize = 200_000;
const LONGEST_NAME: usize = 100;

/// A mail as it is written down before it is sent; everything that sending needs.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Draft {
    /// The row of `messages`.
    pub(super) id: MessageId,
    /// Of the mail itself, the same for every attempt.
    pub(super) message_id: String,
    pub(super) from_name: String,
    pub(super) to: String,
    pub(super) to_name: Option<String>,
    pub(super) reply_to: Option<String>,
    pub(super) subject: String,
    pub(super) text: String,
    pub(super) html: String,
    pub(super) lead_id: Option<LeadId>,
    /// Whether it answers the lead.
    pub(super) is_answer: bool,
}

impl Draft {
    /// Refuses what could not be sent, with a word for each reason.
    pub(super) fn of(config: &Value, from_name: &str) -> Result<Self, StepError> {
        let get = |name: &str| {
            config
                .get(name)
                .and_then(Value::as_str)
                .filter(|t| !t.trim().is_empty())
        };
        let subject = line(get("subject").unwrap_or_default(), LONGEST_SUBJECT);
        if subject.is_empty() {
            return Err(StepError::fatal(
                "subject_missing",
                "The e-mail has no subject",
            ));
        }
        let (text, html) = body(get("text"), get("html"))?;
        Ok(Self {
            id: MessageId::new(),
            message_id: String::new(),
            from_name: line(from_name, LONGEST_NAME),
            to: address("to", get("to").unwrap_or_default())?,
            to_name: get("to_name").map(|name| line(name, LONGEST_NAME)),
            reply_to: get("reply_to")
                .map(|to| address("reply_to", to))
                .transpose()?,
            subject,
            text,
            html,
            lead_id: None,
            is_answer: false,
        })
    }

    pub(super) fn mail(&self) -> OutgoingMail {
        OutgoingMail {
            message_id: self.message_id.clone(),
            from_name: Some(self.from_name.clone()),
            reply_to: self.reply_to.clone(),
            to: self.to.clone(),
            to_name: self.to_name.clone(),
            subject: self.subject.clone(),
            text: self.text.clone(),
            html: Some(self.html.clone()),
        }
    }
}

/// Both bodies; at least one of them must be given.
fn body(text: Option<&str>, html: Option<&str>) -> Result<(String, String), StepError> {
    let text = text.map(|text| paragraphs(text, LONGEST_BODY));
    let html = html.map(|html| paragraphs(html, LONGEST_BODY));
    let (text, html) = match (text, html) {
        (Some(text), Some(html)) => (text, html),
        (Some(text), None) => {
            let html = body::html_of(&text);
            (text, html)
        }
        (None, Some(html)) => (body::text_of(&html), html),
        (None, None) => (String::new(), String::new()),
    };
    if html.is_empty() || (text.is_empty() && !html.contains("<img")) {
        return Err(StepError::fatal(
            "body_missing",
            "The e-mail has neither text nor HTML",
        ));
    }
    Ok((text, html))
}

fn address(field: &str, text: &str) -> Result<String, StepError> {
    let email = Email::parse(text).ok_or_else(|| {
        let shown = line(text, LONGEST_NAME);
        StepError::fatal(
            "invalid_address",
            format!("{field}: \"{shown}\" is no e-mail address"),
        )
    })?;
    Ok(email.to_string())
}

/// The id of the mail that belongs to an effect: whoever repeats the effect sends the same mail.
pub(super) fn message_id(tenant: TenantId, effect_key: &str, domain: &str) -> String {
    let hash = Sha256::digest(format!("{tenant} {effect_key}").as_bytes());
    let name = BASE32_NOPAD.encode(&hash).to_ascii_lowercase();
    format!("{}@{domain}", name.get(..32).unwrap_or(&name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_no_address_is_refused_with_its_reason() {
        for to in [
            "",
            "Ann",
            "ann@example.com, bob@example.com",
            "a@b.c\r\nBcc: x@y.z",
        ] {
            let config = json!({ "to": to, "subject": "Hi", "text": "Hello" });
            assert_eq!(
                Draft::of(&config, "Acme").unwrap_err().code,
                "invalid_address",
                "{to}"
            );
        }
        let config = json!({ "to": "ann@example.com", "subject": "Hi", "text": " ", "html": null });
        assert_eq!(Draft::of(&config, "Acme").unwrap_err().code, "body_missing");
        let config = json!({ "to": "ann@example.com", "subject": "\r\n", "text": "Hello" });
        assert_eq!(
            Draft::of(&config, "Acme").unwrap_err().code,
            "subject_missing"
        );
    }

    #[test]
    fn a_subject_cannot_add_a_header() {
        let config = json!({ "to": " Ann@Example.com ", "subject": "Hi\r\nBcc: x@y.z", "html": "<p>Hello</p>" });
        let draft = Draft::of(&config, "Acme\nMotors").unwrap();
        assert_eq!(draft.subject, "Hi Bcc: x@y.z");
        assert_eq!(
            (draft.to.as_str(), draft.from_name.as_str()),
            ("ann@example.com", "Acme Motors")
        );
        assert_eq!(
            (draft.text.as_str(), draft.html.as_str()),
            ("Hello", "<p>Hello</p>")
        );
    }

    #[test]
    fn an_effect_has_one_message_id() {
        let tenant = TenantId::new();
        let id = message_id(tenant, "key", "mail.example.com");
        assert_eq!(id, message_id(tenant, "key", "mail.example.com"));
        assert_ne!(id, message_id(TenantId::new(), "key", "mail.example.com"));
        assert_eq!(id.len(), 32 + "@mail.example.com".len());
    }
}
