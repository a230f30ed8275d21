use super::dto::{CreateInvitation, InvitationPreview, InvitationView};
use super::mail::SEND_INVITATION_MAIL;
use super::queries::{self, Invitation, NewInvitation};
use crate::Identity;
use crate::accounts;
use crate::audit;
use crate::authenticator::require_open;
use crate::bounds::Sender;
use crate::members::lock_tenant;
use chrono::TimeDelta;
use platform_db::audit::Actor;
use platform_db::jobs::{Lane, NewJob};
use platform_http::Principal;
use platform_kernel::id::{InvitationId, TenantId};
use platform_kernel::page::{Page, PageQuery};
use platform_kernel::secret::token_hash;
use platform_kernel::tenant::TenantContext;
use platform_kernel::text::Email;
use platform_kernel::{Error, ErrorCode, Result, clock};
use serde_json::json;

const LIFETIME: TimeDelta = TimeDelta::days(7);
/// Open invitations of one dealership: enough for the largest, too few to send spam with.
const MOST_PENDING: i64 = 200;

impl Identity {
    /// Invites somebody who is not yet a member, and has the mail sent.
    pub(crate) async fn invite(
        &self,
        tenant: &TenantContext,
        inviter: &Principal,
        actor: &Actor,
        person: CreateInvitation,
    ) -> Result<InvitationView> {
        let invalid = || Error::invalid("/email", "invalid_email", "is not an e-mail address");
        let email = Email::parse(&person.email).ok_or_else(invalid)?;
        let mut tx = self.db.batch().await?;
        lock_tenant(&mut tx, tenant.id).await?;
        queries::revoke_expired(&mut tx, tenant.id, email.as_str()).await?;
        let account =
            accounts::find_by_email(&mut tx, tenant.group_id, email.as_str(), Some(tenant.id))
                .await?;
        if account.is_some_and(|a| a.role(Some(tenant.id)).is_some()) {
            return Err(taken("is a member already"));
        }
        if queries::count_pending(&mut tx, tenant.id).await? >= MOST_PENDING {
            return Err(ErrorCode::RateLimited.detail("too many invitations are open"));
        }
        let sender = Sender::Dealership(tenant.id);
        self.count_letter(&mut tx, &email, sender).await?;
        let id = InvitationId::new();
        let row = NewInvitation {
            id,
            tenant_id: tenant.id,
            email: email.as_str(),
            name: person.name.as_deref().map(str::trim),
            role: person.role.as_str(),
            invited_by: inviter.user_id,
            expires_at: clock::now() + LIFETIME,
        };
        use platform_db::OnConstraint;
        queries::insert(&mut tx, &row)
            .await
            .on_constraint("uq_invitations__tenant_id_email", || {
                taken("has an open invitation")
            })?;
        let made = queries::find(&mut tx, id)
            .await?
            .ok_or(ErrorCode::NotFound)?;
        let data = json!({ "email": email, "role": person.role });
        let deed = audit::deed("invitation.created", "invitation", id, data);
        audit::record(&mut tx, tenant, actor, deed).await?;
        let job = NewJob::new(SEND_INVITATION_MAIL, id, Lane::Interactive, &json!({}))?;
        tx.enqueue(&job).await?;
        tx.commit().await?;
        Ok(made.into())
    }

    pub(crate) async fn list_invitations(
        &self,
        tenant: TenantId,
        query: &PageQuery,
    ) -> Result<Page<InvitationView>> {
        let limit = query.limit()?;
        let after = query.after()?;
        let mut tx = self.db.control().await?;
        let rows = queries::list(&mut tx, tenant, after, limit).await?;
        tx.commit().await?;
        let page = Page::from_rows(rows, limit, |i| (i.created_at, i.id));
        Ok(page.map(InvitationView::from))
    }

    /// Takes an invitation back. Doing so twice changes nothing.
    pub(crate) async fn revoke_invitation(
        &self,
        tenant: &TenantContext,
        actor: &Actor,
        id: InvitationId,
    ) -> Result<()> {
        let mut tx = self.db.batch().await?;
        let found = queries::find(&mut tx, id).await?;
        let found = found
            .filter(|i| i.tenant_id == tenant.id)
            .ok_or(ErrorCode::NotFound)?;
        if !queries::revoke(&mut tx, id).await? {
            let now = queries::find(&mut tx, id).await?;
            return match now {
                Some(i) if i.accepted_at.is_some() => {
                    Err(ErrorCode::Conflict.detail("the invitation was accepted already"))
                }
                _ => Ok(()),
            };
        }
        let data = json!({ "email": found.email });
        let deed = audit::deed("invitation.revoked", "invitation", id, data);
        audit::record(&mut tx, tenant, actor, deed).await?;
        tx.commit().await
    }

    /// What the invited person is shown before they accept.
    pub(crate) async fn preview_invitation(&self, token: &str) -> Result<InvitationPreview> {
        let mut tx = self.db.control().await?;
        let found = queries::find_by_token(&mut tx, &token_hash(token)).await?;
        let found = require_pending(found)?;
        let tenant = accounts::tenant(&mut tx, found.tenant_id).await?;
        let tenant = tenant.ok_or_else(stale)?;
        require_open(tenant.status)?;
        let account = accounts::find_by_email(&mut tx, tenant.group_id, &found.email, None).await?;
        tx.commit().await?;
        Ok(InvitationPreview {
            role: found.role(),
            has_account: account.is_some_and(|a| a.password_hash.is_some()),
            tenant_name: tenant.name,
            tenant_slug: tenant.slug,
            email: found.email,
            invited_by: found.invited_by,
            name: found.name,
        })
    }
}

pub(super) fn require_pending(found: Option<Invitation>) -> Result<Invitation> {
    found.filter(Invitation::is_pending).ok_or_else(stale)
}

pub(super) fn stale() -> Error {
    ErrorCode::InvalidToken.detail(
        "this invitation is unknown, was accepted already, was taken back or has expired; ask for a new one",
    )
}

fn taken(detail: &str) -> Error {
    Error::from(ErrorCode::AlreadyExists).field("/email", "already_exists", detail)
}
