//! Mails of this slice: short, one thing to do each, readable as plain text.

mod letter;

pub(crate) use letter::Letter;

use async_trait::async_trait;
use platform_kernel::ports::{CallError, Fate, Handover, Mailer, OutgoingMail};
use platform_kernel::{Error, ErrorCode, Result};

/// A one-time link that is sent twice harms nobody, so no mark is kept.
struct Unmarked;

#[async_trait]
impl Handover for Unmarked {
    async fn mark(&self) -> Result<(), CallError> {
        Ok(())
    }
}

/// To whom, and under which id every attempt at the same mail goes.
pub(crate) struct Envelope<'a> {
    pub(crate) message_id: String,
    pub(crate) to: &'a str,
    pub(crate) to_name: Option<&'a str>,
}

/// Sends, or says that another attempt is worth it. An address that is refused for good is
/// logged and given up.
pub(crate) async fn send(
    mailer: &dyn Mailer,
    envelope: Envelope<'_>,
    letter: &Letter,
) -> Result<()> {
    let mail = OutgoingMail {
        message_id: envelope.message_id,
        from_name: Some("Auterity".to_owned()),
        reply_to: None,
        to: envelope.to.to_owned(),
        to_name: envelope.to_name.map(str::to_owned),
        subject: letter.subject.clone(),
        text: letter.text(),
        html: Some(letter.html()),
    };
    match mailer.send(&mail, &Unmarked).await {
        Ok(_) => Ok(()),
        Err(error) if error.fate == Fate::Final => {
            tracing::warn!(
                code = error.code,
                message_id = mail.message_id,
                "a mail was refused for good"
            );
            Ok(())
        }
        Err(error) => Err(again(error)),
    }
}

fn again(error: CallError) -> Error {
    let wait = error.retry_after;
    let error = ErrorCode::Unavailable.because(error);
    match wait {
        Some(wait) => error.retry_after(wait),
        None => error,
    }
}
