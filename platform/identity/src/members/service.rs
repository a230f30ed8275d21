use super::dto::{MemberStatus, MemberView, UpdateMember};
use super::queries::{self, Member};
use crate::Identity;
use crate::accounts;
use crate::audit;
use crate::invitations;
use crate::sessions;
use platform_db::audit::Actor;
use platform_kernel::id::{TenantId, UserId};
use platform_kernel::page::{Page, PageQuery};
use platform_kernel::tenant::TenantContext;
use platform_kernel::{ErrorCode, Result};
use policies::Role;
use serde_json::json;

impl Identity {
    pub(crate) async fn list_members(
        &self,
        tenant: TenantId,
        query: &PageQuery,
    ) -> Result<Page<MemberView>> {
        let limit = query.limit()?;
        let after = query.after()?;
        let mut tx = self.db.control().await?;
        let rows = queries::list(&mut tx, tenant, after, limit).await?;
        tx.commit().await?;
        let page = Page::from_rows(rows, limit, |m| (m.created_at, m.user_id));
        Ok(page.map(MemberView::from))
    }

    /// Changes a member's role or status. Their access tokens die at once, and so do invitations
    /// to more than they are now: neither may carry a role that was taken away.
    pub(crate) async fn update_member(
        &self,
        tenant: &TenantContext,
        actor: &Actor,
        user: UserId,
        changes: &UpdateMember,
    ) -> Result<MemberView> {
        let mut tx = self.db.batch().await?;
        queries::lock_tenant(&mut tx, tenant.id).await?;
        let member = queries::find(&mut tx, tenant.id, user).await?;
        let member = member.ok_or(ErrorCode::NotFound)?;
        let role = changes.role.unwrap_or(member.role());
        let status = changes.status.unwrap_or(member.status());
        if (role, status) == (member.role(), member.status()) {
            return Ok(member.into());
        }
        let stays = is_admin(role, status) || !is_admin(member.role(), member.status());
        if !stays && queries::count_other_admins(&mut tx, tenant.id, user).await? == 0 {
            return Err(ErrorCode::LastAdmin.into());
        }
        queries::update(&mut tx, tenant.id, user, role, status).await?;
        accounts::raise_epoch(&mut tx, user).await?;
        let left = (status == MemberStatus::Active).then_some(role);
        let revoked = invitations::revoke_above(&mut tx, tenant.id, user, left).await?;
        if status == MemberStatus::Disabled {
            sessions::revoke_all(&mut tx, user, Some(tenant.id), "member_disabled").await?;
        }
        let changed = queries::find(&mut tx, tenant.id, user).await?;
        let changed = changed.ok_or(ErrorCode::NotFound)?;
        let data = json!({ "email": member.email, "from": state(&member), "to": state(&changed) });
        let deed = audit::deed("member.changed", "user", user, data);
        audit::record(&mut tx, tenant, actor, deed).await?;
        for (id, email) in revoked {
            let data = json!({ "email": email, "inviter": user });
            let deed = audit::deed("invitation.revoked", "invitation", id, data);
            audit::record(&mut tx, tenant, actor, deed).await?;
        }
        tx.commit().await?;
        self.standings.forget_user(user);
        Ok(changed.into())
    }
}

fn is_admin(role: Role, status: MemberStatus) -> bool {
    role == Role::DealershipAdmin && status == MemberStatus::Active
}

fn state(member: &Member) -> serde_json::Value {
    json!({ "role": member.role(), "status": member.status() })
}
