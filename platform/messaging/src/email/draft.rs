//! From a step's configuration to a mail that may be sent.

use super::html_of;
use super::plain::text_of;
use super::sanitize::sanitize;
use crate::text::{line, paragraphs};
use data_encoding::BASE32_NOPAD;
use platform_engine::step::StepError;
use platform_kernel::id::{LeadId, MessageId, TenantId};
use platform_kernel::ports::OutgoingMail;
use platform_kernel::text::{Email, is_blank, is_filler};
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
                .filter(|text| !is_blank(text))
        };
        let subject = line(get("subject").unwrap_or_default(), LONGEST_SUBJECT);
        if is_blank(&subject) {
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
            to_name: get("to_name")
                .filter(|name| !is_filler(name))
                .map(|name| line(name, LONGEST_NAME)),
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

/// Both bodies, each made from the other where only one is given. HTML may be made of what
/// strangers wrote, so none goes out as it came.
fn body(text: Option<&str>, html: Option<&str>) -> Result<(String, String), StepError> {
    let text = text.map(|text| paragraphs(text, LONGEST_BODY));
    let html = html.map(|html| sanitize(&paragraphs(html, LONGEST_BODY)));
    let html = html.transpose();
    let html = html.map_err(|why| StepError::fatal("html_refused", format!("html: {why}")))?;
    let html = html.filter(|html| html.contains("<img ") || !is_blank(&text_of(html)));
    match (text, html) {
        (Some(text), Some(html)) => Ok((text, html)),
        (Some(text), None) => {
            let html = html_of(&text);
            Ok((text, html))
        }
        (None, Some(html)) => Ok((text_of(&html), html)),
        (None, None) => Err(StepError::fatal(
            "body_missing",
            "The e-mail has neither text nor HTML with anything to read in it",
        )),
    }
}

fn address(field: &str, text: &str) -> Result<String, StepError> {
    let read = Email::read(text);
    match (read.value, read.note) {
        (Some(email), None) => Ok(email.to_string()),
        // Of several addresses none is chosen: the others would never know.
        (_, note) => {
            let shown = line(text, LONGEST_NAME);
            let note = note.unwrap_or("is no e-mail address");
            let words = format!("{field}: \"{shown}\" {note}");
            Err(StepError::fatal("invalid_address", words))
        }
    }
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
        for subject in ["\r\n", "\u{200b}\u{feff}", "\u{a0}"] {
            let config = json!({ "to": "ann@example.com", "subject": subject, "text": "Hello" });
            let error = Draft::of(&config, "Acme").unwrap_err();
            assert_eq!(error.code, "subject_missing", "{subject:?}");
        }
    }

    #[test]
    fn a_body_that_shows_nothing_is_not_sent() {
        for (text, html) in [
            (" \n\t", ""),
            ("\u{200b}\u{200d}\u{2060}", " "),
            ("", "<p>&nbsp;</p><br>"),
            ("", "<p>\u{feff}</p>"),
            ("", "<script>alert(1)</script><!-- x -->"),
            ("", "<style>p{}</style><form><input value=x></form>"),
            ("\0", ""),
        ] {
            let config =
                json!({ "to": "ann@example.com", "subject": "Hi", "text": text, "html": html });
            let error = Draft::of(&config, "Acme").unwrap_err();
            assert_eq!(error.code, "body_missing", "{text:?} {html:?}");
        }
        let picture = "<img src=\"https://acme.example/a.png\">";
        for (text, html) in [("Hi", "<p> </p>"), ("\u{200b}", "<p>Hi</p>"), ("", picture)] {
            let config =
                json!({ "to": "ann@example.com", "subject": "Hi", "text": text, "html": html });
            assert!(Draft::of(&config, "Acme").is_ok(), "{text:?} {html:?}");
        }
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
