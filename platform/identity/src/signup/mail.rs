use super::queries;
use super::service::LIFETIME;
use crate::Identity;
use crate::mail::{self, Envelope, Letter};
use platform_kernel::id::SignupId;
use platform_kernel::ports::Mailer;
use platform_kernel::secret::token_hash;
use platform_kernel::{Result, clock};

/// The kind of the job that sends the mail; its key is the sign-up's id.
pub(crate) const SEND_SIGNUP_MAIL: &str = "send_signup_mail";

impl Identity {
    /// Sends the mail that was asked for last. Its token is derived from the master key and the
    /// mail's number, so that a repeated attempt sends the very same mail, and the database
    /// holds a hash only.
    pub(crate) async fn send_signup_mail(&self, mailer: &dyn Mailer, id: SignupId) -> Result<()> {
        let mut tx = self.db.control().await?;
        let Some(signup) = queries::lock(&mut tx, id).await? else {
            return Ok(());
        };
        if signup.verified_at.is_some() {
            return Ok(());
        }
        let number = signup.mails_sent;
        let token = self.master.derive(&format!("signup-token/{id}/{number}"));
        let expires_at = clock::now() + LIFETIME;
        queries::set_token(&mut tx, id, &token_hash(&token), expires_at).await?;
        tx.commit().await?;
        let letter = Letter {
            subject: "Confirm your e-mail address".to_owned(),
            // Nothing that was typed at sign-up: whoever typed it may be a stranger to the reader.
            greeting: "Hello,".to_owned(),
            paragraphs: vec![
                "A dealership was signed up on Auterity with this e-mail address. Confirm the address and choose your password, and we set the dealership up."
                    .to_owned(),
            ],
            action: Some(("Confirm and start".to_owned(), self.config.link("verify", &token)?)),
            footnote: "The link works once, for 24 hours. If you did not sign up, ignore this mail: there is no account without you.".to_owned(),
        };
        let envelope = Envelope {
            message_id: self.message_id(&format!("signup-{id}-{number}")),
            to: &signup.email,
            to_name: None,
        };
        mail::send(mailer, envelope, &letter).await
    }

    /// The same for every attempt at the same mail.
    pub(crate) fn message_id(&self, mail: &str) -> String {
        let host = self.config.public_url.host_str().unwrap_or("auterity");
        format!("{mail}@{}", host.trim_matches(['[', ']']))
    }
}
