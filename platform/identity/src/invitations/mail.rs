use super::queries;
use crate::Identity;
use crate::accounts;
use crate::mail::{self, Envelope, Letter};
use platform_kernel::Result;
use platform_kernel::id::{InvitationId, TenantId};
use platform_kernel::ports::Mailer;
use platform_kernel::secret::token_hash;

/// The kind of the job that sends the mail; its key is the invitation's id.
pub(crate) const SEND_INVITATION_MAIL: &str = "send_invitation_mail";

impl Identity {
    /// Sends an open invitation of the dealership. Its token is derived from the master key, so that a repeated
    /// attempt sends the very same mail.
    pub(crate) async fn send_invitation_mail(
        &self,
        mailer: &dyn Mailer,
        tenant: TenantId,
        id: InvitationId,
    ) -> Result<()> {
        let mut tx = self.db.control().await?;
        let found = queries::find(&mut tx, id).await?;
        let Some(invitation) = found.filter(|i| i.is_pending() && i.tenant_id == tenant) else {
            return Ok(());
        };
        let Some(tenant) = accounts::tenant(&mut tx, invitation.tenant_id).await? else {
            return Ok(());
        };
        let token = self.master.derive(&format!("invitation-token/{id}"));
        queries::set_token(&mut tx, id, &token_hash(&token)).await?;
        tx.commit().await?;
        let letter = Letter {
            // The reader may never have heard of the sender, so what the sender typed stands in
            // one sentence and in quotation marks: it cannot pass for our own words.
            subject: "You are invited to a dealership on Auterity".to_owned(),
            greeting: "Hello,".to_owned(),
            paragraphs: vec![format!(
                "\u{201c}{}\u{201d} invites you to the dealership \u{201c}{}\u{201d} on Auterity, to work there as {}.",
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
            to_name: None,
        };
        mail::send(mailer, envelope, &letter).await
    }
}
