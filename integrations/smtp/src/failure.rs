use lettre::transport::smtp::Error as SmtpError;
use platform_kernel::ports::CallError;
use std::fmt;
use std::time::Duration;

/// The part of the conversation in which something failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    Connect,
    Encrypt,
    SignIn,
    Sender,
    Recipient,
    Data,
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Connect => "connecting",
            Self::Encrypt => "encrypting the connection",
            Self::SignIn => "signing in",
            Self::Sender => "naming the sender",
            Self::Recipient => "naming the recipient",
            Self::Data => "offering the mail",
        })
    }
}

/// What went wrong in one exchange with the server.
#[derive(Debug)]
pub(crate) enum Trouble {
    Smtp(SmtpError),
    Timeout(Duration),
}

/// Before the content has begun, nothing was sent, whatever went wrong.
pub(crate) fn before_content(stage: Stage, trouble: &Trouble) -> CallError {
    let error = match trouble {
        Trouble::Timeout(limit) => {
            let seconds = limit.as_secs_f32();
            let text = format!("no answer from the mail server within {seconds} s while {stage}");
            return CallError::retry("smtp_unreachable", text);
        }
        Trouble::Smtp(error) => error,
    };
    let said = readable(error);
    if error.is_permanent() {
        let code = match stage {
            Stage::SignIn => "smtp_sign_in_refused",
            _ => "smtp_rejected",
        };
        CallError::fatal(
            code,
            format!("the mail server refused while {stage}: {said}"),
        )
    } else if error.is_transient() {
        let text = format!("the mail server asked to try later while {stage}: {said}");
        CallError::retry("smtp_deferred", text)
    } else if error.is_client() {
        let text = format!("this mail server cannot be used; failed {stage}: {said}");
        CallError::fatal("smtp_unusable", text)
    } else if error.is_tls() {
        CallError::retry("smtp_tls_failed", format!("failed {stage}: {said}"))
    } else {
        CallError::retry("smtp_unreachable", format!("failed {stage}: {said}"))
    }
}

/// Once the content has begun, only a clear reply says that the mail was not taken
/// (RFC 5321 §4.2.5: a client that gets no reply must assume that it may have been).
pub(crate) fn after_content(trouble: &Trouble) -> CallError {
    let lost = "the mail may have been sent: the mail server gave no clear answer to it";
    match trouble {
        Trouble::Timeout(limit) => {
            let text = format!("{lost} within {} s", limit.as_secs_f32());
            CallError::unknown("smtp_outcome_unknown", text)
        }
        Trouble::Smtp(error) if error.is_permanent() => {
            let text = format!("the mail server refused the mail: {}", readable(error));
            CallError::fatal("smtp_rejected", text)
        }
        Trouble::Smtp(error) if error.is_transient() => {
            let text = format!("the mail server asked to try later: {}", readable(error));
            CallError::retry("smtp_deferred", text)
        }
        Trouble::Smtp(error) => {
            let text = format!("{lost} ({})", readable(error));
            CallError::unknown("smtp_outcome_unknown", text)
        }
    }
}

/// The server's own words on one line, with its code, cut to what a screen can show.
fn readable(error: &SmtpError) -> String {
    let words = std::error::Error::source(error).map(ToString::to_string);
    let words = words.unwrap_or_else(|| error.to_string());
    let text = match error.status() {
        Some(code) => format!("{code} {words}"),
        None => words,
    };
    one_line(&text, 300)
}

pub(crate) fn one_line(text: &str, limit: usize) -> String {
    let cleaned: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(limit)
        .collect();
    cleaned.trim().to_owned()
}
