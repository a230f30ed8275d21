use crate::failure::one_line;
use lettre::address::Envelope;
use lettre::message::header::{Header, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart, SinglePart};
use lettre::{Address, Message};
use platform_kernel::ports::{CallError, OutgoingMail};

/// Line ends as RFC 5322 §2.3 wants them: a CR alone, which servers read in different ways, ends
/// a line too.
fn whole_lines(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n")
}

/// A mail as it goes over the wire.
pub(crate) struct Wire {
    pub(crate) envelope: Envelope,
    pub(crate) content: Vec<u8>,
}

/// Tells other robots not to answer (RFC 3834 §5).
#[derive(Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_text: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

/// Builds the mail (RFC 5322, with both texts as RFC 2046 alternatives). Nothing that a person
/// typed can add a header: addresses are parsed, the id is checked, the rest is put on one line.
pub(crate) fn build(from: &Mailbox, mail: &OutgoingMail) -> Result<Wire, CallError> {
    let sender = Mailbox::new(
        mail.from_name
            .as_deref()
            .map(name)
            .or_else(|| from.name.as_deref().map(name)),
        from.email.clone(),
    );
    let recipient = Mailbox::new(mail.to_name.as_deref().map(name), address(&mail.to)?);
    let mut builder = Message::builder()
        .message_id(Some(message_id(&mail.message_id)?))
        .from(sender)
        .to(recipient)
        .subject(one_line(&mail.subject, 500))
        .header(AutoSubmitted);
    if let Some(reply_to) = &mail.reply_to {
        builder = builder.reply_to(Mailbox::new(None, address(reply_to)?));
    }
    let text = whole_lines(&mail.text);
    let message = match &mail.html {
        Some(html) => builder.multipart(MultiPart::alternative_plain_html(text, whole_lines(html))),
        None => builder.singlepart(SinglePart::plain(text)),
    };
    let message =
        message.map_err(|error| bad(format!("the mail could not be put together: {error}")))?;
    Ok(Wire {
        envelope: message.envelope().clone(),
        content: message.formatted(),
    })
}

fn name(text: &str) -> String {
    one_line(text, 200)
}

fn address(text: &str) -> Result<Address, CallError> {
    let text = text.trim();
    if text.chars().any(char::is_control) {
        return Err(bad("an address holds a control character"));
    }
    text.parse().map_err(|error| {
        bad(format!(
            "{:?} is no mail address: {error}",
            one_line(text, 100)
        ))
    })
}

/// `left@right` of RFC 5322 §3.6.4, in its dot-atom form.
fn message_id(id: &str) -> Result<String, CallError> {
    let atom = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c);
    match id.split_once('@') {
        Some((left, right))
            if id.len() <= 250
                && [left, right]
                    .iter()
                    .all(|part| !part.is_empty() && part.chars().all(atom)) =>
        {
            Ok(format!("<{id}>"))
        }
        _ => Err(bad("the message id must look like id@example.com")),
    }
}

fn bad(message: impl Into<String>) -> CallError {
    CallError::fatal("smtp_bad_mail", message)
}
