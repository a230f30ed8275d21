//! From a step's configuration to a text that may be sent.

use crate::text::{line, paragraphs};
use platform_engine::step::StepError;
use platform_kernel::id::{LeadId, MessageId};
use platform_kernel::ports::OutgoingText;
use platform_kernel::text::{PhoneNumber, Region, is_blank, sms_segments};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Characters that providers take as one message.
pub(super) const LONGEST_BODY: usize = 1_600;

/// A text as it is written down before it is sent; everything that sending needs.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Draft {
    /// The row of `messages`.
    pub(super) id: MessageId,
    /// E.164.
    pub(super) to: String,
    pub(super) body: String,
    pub(super) segments: usize,
    pub(super) lead_id: Option<LeadId>,
    /// Whether it answers the lead.
    pub(super) is_answer: bool,
}

impl Draft {
    /// Refuses what could not be sent, with a word for each reason. A number without a country
    /// code is one of `region`. A text that is too long is refused rather than cut: what is missing
    /// at its end may be what it was about.
    pub(super) fn of(config: &Value, region: Region) -> Result<Self, StepError> {
        let get = |name: &str| config.get(name).and_then(Value::as_str).unwrap_or_default();
        let to = get("to");
        let number = PhoneNumber::read(to, region).value.ok_or_else(|| {
            let shown = line(to, 40);
            let words = format!("to: \"{shown}\" is no phone number");
            StepError::fatal("invalid_number", words)
        })?;
        let body = paragraphs(get("body"), usize::MAX);
        let length = body.chars().count();
        if is_blank(&body) {
            return Err(StepError::fatal("body_missing", "The text is empty"));
        }
        if length > LONGEST_BODY {
            let words =
                format!("The text has {length} characters; at most {LONGEST_BODY} can be sent");
            return Err(StepError::fatal("body_too_long", words));
        }
        Ok(Self {
            id: MessageId::new(),
            to: number.as_str().to_owned(),
            segments: sms_segments(&body),
            body,
            lead_id: None,
            is_answer: false,
        })
    }

    pub(super) fn text(&self) -> OutgoingText {
        OutgoingText {
            to: self.to.clone(),
            body: self.body.clone(),
        }
    }

    /// The beginning, for lists and timelines.
    pub(super) fn beginning(&self) -> String {
        line(&self.body, 200)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn numbers_are_normalised_and_nonsense_is_refused() {
        let draft = Draft::of(
            &json!({ "to": "(512) 555-0123", "body": " Hi\r\nAnn\0 " }),
            Region::default(),
        )
        .unwrap();
        assert_eq!(
            (draft.to.as_str(), draft.body.as_str()),
            ("+15125550123", "Hi\nAnn")
        );
        let berlin = Region::of_time_zone("Europe/Berlin");
        let abroad = Draft::of(&json!({ "to": "030 901820", "body": "Hi" }), berlin).unwrap();
        assert_eq!(abroad.to, "+4930901820");
        for (to, body, code) in [
            ("Ann", "Hi", "invalid_number"),
            ("", "Hi", "invalid_number"),
            ("512-555-0123", " \n ", "body_missing"),
            ("512-555-0123", "\u{200b}\u{fe0f}\u{2800}", "body_missing"),
            ("512-555-0123", &"a".repeat(1_601), "body_too_long"),
        ] {
            let error =
                Draft::of(&json!({ "to": to, "body": body }), Region::default()).unwrap_err();
            assert_eq!(
                (error.code.as_str(), error.retryable),
                (code, false),
                "{to}"
            );
        }
    }
}
