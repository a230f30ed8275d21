//! What an answer that is no success means.

use platform_kernel::ports::CallError;
use platform_kernel::{clock, retry_after};
use reqwest::header::{HeaderMap, RETRY_AFTER};
use serde::Deserialize;

/// `{"code": 21211, "message": "…", "more_info": "…", "status": 400}`.
#[derive(Debug, Default, Deserialize)]
struct Refusal {
    code: Option<u32>,
    message: Option<String>,
}

/// The meaning of a status and of Twilio's own code (twilio.com/docs/api/errors).
pub(crate) fn of_answer(status: u16, headers: &HeaderMap, body: &[u8]) -> CallError {
    let refusal: Refusal = serde_json::from_slice(body).unwrap_or_default();
    let code = refusal.code.unwrap_or_default();
    let said = refusal.message.unwrap_or_default();
    let said: String = said.chars().filter(|c| !c.is_control()).take(300).collect();
    let words = match (code, said.as_str()) {
        (0, "") => format!("Twilio answered {status}"),
        (0, _) => format!("Twilio answered {status}: {said}"),
        (_, "") => format!("Twilio answered {status} (error {code})"),
        _ => format!("{} (Twilio error {code})", said.trim_end_matches('.')),
    };
    let mut error = match (status, code) {
        (429, _) | (_, 20429) => CallError::retry("sms_rate_limited", words),
        (_, 20003) | (401 | 403, _) => CallError::fatal("sms_sign_in_refused", words),
        // The service says so itself before it takes anything.
        (503, _) => CallError::retry("sms_unavailable", words),
        (500.., _) => {
            let text = format!("the text may have been sent: {words}");
            CallError::unknown("sms_outcome_unknown", text)
        }
        _ => CallError::fatal(refused(code), words),
    };
    let wait = headers
        .get(RETRY_AFTER)
        .and_then(|value| value.to_str().ok());
    error.retry_after = wait.and_then(|value| retry_after::parse(value, clock::now()));
    error
}

/// Why a text was refused for good, in a word that workflows can branch on.
fn refused(code: u32) -> &'static str {
    match code {
        // The person answered STOP: nothing may be sent to them until they answer START.
        21610 => "sms_unsubscribed",
        21211 | 21217 | 21604 => "sms_invalid_number",
        21612 | 21614 | 21635 => "sms_not_reachable",
        21408 => "sms_country_not_allowed",
        21602 | 21617 | 21619 => "sms_invalid_text",
        21212 | 21603 | 21606 | 21659 | 21660 | 21701 | 21703 => "sms_sender_refused",
        20404 | 20005 => "sms_account_refused",
        _ => "sms_rejected",
    }
}

/// What a connection's own failure means. Before there is a connection nothing was sent; after it
/// Twilio may have taken the text.
pub(crate) fn of_connection(error: &reqwest::Error) -> CallError {
    let mut text = String::new();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    let text: String = text.chars().take(300).collect();
    if error.is_builder() {
        return CallError::fatal("sms_rejected", format!("the text cannot be sent{text}"));
    }
    if error.is_connect() {
        return CallError::retry("sms_unreachable", format!("Twilio cannot be reached{text}"));
    }
    lost(error.is_timeout())
}

/// Nothing more is heard of a request that was sent, or may have been.
pub(crate) fn lost(timeout: bool) -> CallError {
    let why = if timeout {
        "Twilio did not answer in time"
    } else {
        "the connection to Twilio broke"
    };
    CallError::unknown(
        "sms_outcome_unknown",
        format!("the text may have been sent: {why}"),
    )
}

/// The same failure of a mere question, which may be asked again.
pub(crate) fn of_question(mut error: CallError) -> CallError {
    use platform_kernel::ports::Fate;
    if error.fate == Fate::Unknown {
        error.fate = Fate::Retry;
        error.code = "sms_unavailable";
    }
    error
}
