use super::call::{CallError, Description};
use super::mail::Handover;
use async_trait::async_trait;
use chrono::{DateTime, Utc};

/// A text message to one phone. The sender's number is the connection's own.
#[derive(Clone, Debug)]
pub struct OutgoingText {
    /// E.164.
    pub to: String,
    /// At most 1,600 characters, which is what providers take as one message.
    pub body: String,
}

/// The provider took the text.
#[derive(Clone, Debug)]
pub struct SentText {
    /// The provider's id of the message.
    pub provider_reference: String,
    /// In how many parts it goes over the air, if the provider said so.
    pub segments: Option<u32>,
}

/// Sends text messages.
#[async_trait]
pub trait SmsSender: Send + Sync {
    async fn send(
        &self,
        text: &OutgoingText,
        handover: &dyn Handover,
    ) -> Result<SentText, CallError>;

    /// Looks whether the provider took this text at or after `since`: for a sending whose outcome
    /// is not known. `None` says that there is none so far, which is no promise for the next second.
    async fn find(
        &self,
        text: &OutgoingText,
        since: DateTime<Utc>,
    ) -> Result<Option<SentText>, CallError>;

    fn describe(&self) -> Description;
}
