use super::queries::{self, Noted};
use crate::Identity;
use crate::bounds::Sender;
use crate::mail::{self, Envelope, Letter};
use chrono::TimeDelta;
use platform_kernel::ports::Mailer;
use platform_kernel::secret::token_hash;
use platform_kernel::text::Email;
use platform_kernel::{ErrorCode, Result, clock};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The kind of the job that sends the mail; its key is a hash of dealership and address.
pub(crate) const SEND_PASSWORD_RESET_MAIL: &str = "send_password_reset_mail";

const LIFETIME: TimeDelta = TimeDelta::minutes(60);
/// Links that one user is sent in an hour.
const MOST_MAILS: i64 = 3;

/// Payload of the job.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct ResetRequest {
    pub(crate) id: Uuid,
    pub(crate) tenant: String,
    pub(crate) email: String,
}

impl Identity {
    /// Sends the link if there is such an account and it may sign in. As with sign-ups the token
    /// is derived, so that a repeated attempt sends the very same mail.
    pub(crate) async fn send_password_reset_mail(
        &self,
        mailer: &dyn Mailer,
        request: &ResetRequest,
    ) -> Result<()> {
        let Some(email) = Email::parse(&request.email) else {
            return Ok(());
        };
        let (tenant, account) = self.candidate(&request.tenant, &email).await?;
        let tenant_id = tenant.as_ref().map(|t| t.id);
        let Some(account) = account.filter(|a| a.role(tenant_id).is_some()) else {
            tracing::debug!("a password was forgotten that nobody has");
            return Ok(());
        };
        let mut tx = self.db.control().await?;
        let hour_ago = clock::now() - TimeDelta::hours(1);
        if queries::count(&mut tx, account.id, hour_ago).await? >= MOST_MAILS {
            tracing::info!(user.id = %account.id, "no more password mails this hour");
            return Ok(());
        }
        let token = self
            .master
            .derive(&format!("password-reset-token/{}", request.id));
        let expires_at = clock::now() + LIFETIME;
        match queries::note(&mut tx, &token_hash(&token), account.id, expires_at).await? {
            Noted::Used => return Ok(()),
            Noted::Again => {}
            Noted::New => {
                let counted = self.count_letter(&mut tx, &email, Sender::Owner).await;
                match counted {
                    Err(refused) if refused.code() == ErrorCode::RateLimited => {
                        tracing::info!(user.id = %account.id, "no more letters to this address this hour");
                        return Ok(());
                    }
                    counted => counted?,
                }
            }
        }
        tx.commit().await?;
        let place = tenant.map_or_else(|| "Auterity".to_owned(), |t| t.name);
        let letter = Letter {
            subject: "Choose a new password".to_owned(),
            greeting: format!("Hello {},", account.name),
            paragraphs: vec![format!(
                "Somebody, probably you, asked for a new password for your account at {place}. \
                 Choosing one signs you out everywhere."
            )],
            action: Some((
                "Choose a new password".to_owned(),
                self.config.link("reset-password", &token)?,
            )),
            footnote: "The link works once, for one hour. If it was not you, ignore this mail: your password stays as it is.".to_owned(),
        };
        let envelope = Envelope {
            message_id: self.message_id(&format!("password-reset-{}", request.id)),
            to: &account.email,
            to_name: Some(&account.name),
        };
        mail::send(mailer, envelope, &letter).await
    }
}
