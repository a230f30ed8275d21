use super::call::{CallError, Description};
use async_trait::async_trait;

/// A mail to one recipient, complete.
#[derive(Clone, Debug)]
pub struct OutgoingMail {
    /// Without angle brackets; the same for every attempt at the same mail.
    pub message_id: String,
    /// Name shown as the sender; the address is the mailer's own.
    pub from_name: Option<String>,
    pub reply_to: Option<String>,
    pub to: String,
    pub to_name: Option<String>,
    pub subject: String,
    pub text: String,
    pub html: Option<String>,
}

/// The provider took the mail.
#[derive(Clone, Debug)]
pub struct SentMail {
    /// What the provider answered, for example `250 Queued as 4Xyz`.
    pub provider_reference: String,
}

/// Told right before the first byte after which the mail may be on its way, so that a crash
/// from then on is known to have an unknown outcome, and a crash before it to have none.
#[async_trait]
pub trait Handover: Send + Sync {
    /// Returns once the mark is durable; an error stops the sending.
    async fn mark(&self) -> Result<(), CallError>;
}

/// Sends mail.
#[async_trait]
pub trait Mailer: Send + Sync {
    async fn send(
        &self,
        mail: &OutgoingMail,
        handover: &dyn Handover,
    ) -> Result<SentMail, CallError>;

    fn describe(&self) -> Description;
}
