use std::time::Duration;

/// What is known of a call that did not succeed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Nothing happened outside, and trying again may help.
    Retry,
    /// Nothing happened outside, and trying again will not help.
    Final,
    /// It may have happened; only the provider or a person can tell.
    Unknown,
}

/// Why a call to an outside system failed.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{code}: {message}")]
pub struct CallError {
    pub fate: Fate,
    /// A stable word, for example `smtp_rejected`, `ai_unavailable`, `address_refused`.
    pub code: &'static str,
    /// For people; holds no secret.
    pub message: String,
    /// The wait that the provider asked for.
    pub retry_after: Option<Duration>,
}

impl CallError {
    pub fn retry(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(Fate::Retry, code, message)
    }

    pub fn fatal(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(Fate::Final, code, message)
    }

    pub fn unknown(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(Fate::Unknown, code, message)
    }

    fn new(fate: Fate, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            fate,
            code,
            message: message.into(),
            retry_after: None,
        }
    }
}

/// How an adapter introduces itself on screen.
#[derive(Clone, Debug)]
pub struct Description {
    /// `email`, `sms`, `ai`, …
    pub kind: &'static str,
    /// `smtp`, `twilio`, `openai`, …
    pub adapter: &'static str,
    /// What to call this connection, for example `mail.example.com:587`.
    pub name: String,
    /// Whether a simulator stands at the other end.
    pub simulated: bool,
}
