use super::queries;
use crate::Identity;
use crate::accounts;
use crate::mail::{self, Envelope, Letter};
use platform_kernel::Result;
use platform_kernel::id::InvitationId;
use platform_kernel::ports::Mailer;
use platform_kernel::secret::token_hash;

/// The kind of the job that sends the mail; its key is the invitation's id.
pub(crate) const SEND_INVITATION_MAIL: &str = "send_invitation_mail";

impl Identity {
    /// Sends an open invitation. Its token is derived from the master key, so that a repeated
    /// attempt sends the very same mail.
    pub(crate) async fn send_invitation_mail(
        &self,
        mailer: &dyn Mailer,
        id: InvitationId,
    ) -> Result<()> {
        let mut tx = self.db.control().await?;
        let found = queries::find(&mut tx, id).await?;
        let Some(invitation) = found.filter(|i| i.is_pending()) else {
            return Ok(());
        };
        let Some(tenant) = accounts::tenant(&mut tx, invitation.tenant_id).await? else {
            return Ok(());
        };
        let token = self.master.derive(&format!("invitation-token/{id}"));
        queries::set_token(&mut tx, id, &token_hash(&token)).await?;
        tx.commit().await?;
        let name = invitation.name.as_deref();
        let letter = Letter {
            subject: format!("{} invites you to {}", invitation.invited_by, tenant.name),
            greeting: name.map_or_else(|| "Hello,".to_owned(), |name| format!("Hello {name},")),
            paragraphs: vec![format!(
                "{} invites you to work with {} on Auterity as {}.",
                invitation.invited_by,
                tenant.name,
                invitation.role().label(),
            )],
            action: Some((
                "Accept the invitation".to_owned(),
                self.config.link("invitation", &token)?,
            )),
            footnote: "The link works once, for seven days. If you do not know who invites you, ignore this mail.".to_owned(),
        };
        let envelope = Envelope {
            message_id: self.message_id(&format!("invitation-{id}")),
            to: &invitation.email,
            to_name: name,
        };
        mail::send(mailer, envelope, &letter).await
    }
}
