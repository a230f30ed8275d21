//! One-time links: whoever has one decides as the person it was sent to, without signing in.
//!
//! Opening one shows a page and changes nothing, so programs that open the links of mails harm
//! nothing; the page's button decides. The token stands behind `#`, which browsers send to nobody,
//! and comes in bodies, so that it is in no log. It names its tenant, as hook keys do, and of the
//! rest only a hash is kept.

use super::dto::{ApprovalLinkView, Decide, DecideByLink, ShowApprovalLink};
use super::model::{Approval, Who};
use super::service::{self, Via};
use super::{Approvals, queries};
use actix_web::http::header::CACHE_CONTROL;
use actix_web::{HttpResponse, post, web};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use platform_db::audit::Actor;
use platform_db::schema::tenant::approval_links;
use platform_db::{QueryResult, TenantTx};
use platform_http::authorize::require_active;
use platform_http::{ApiResult, Problem, RequestId, ValidJson};
use platform_kernel::id::{ApprovalId, TenantId, UserId};
use platform_kernel::secret::token_hash;
use platform_kernel::tenant::{TenantContext, decode_id, encode_id};
use platform_kernel::{ErrorCode, Result, clock};
use platform_records::members;
use policies::Role;

/// A token: `a_<tenant in base32>_<the secret part>`.
pub(super) fn token(tenant: TenantId, secret: &str) -> String {
    format!("a_{}_{secret}", encode_id(tenant.0))
}

/// The tenant that a token belongs to; `None` for what was never a token.
fn tenant_of(token: &str) -> Option<TenantId> {
    let (tenant, secret) = token.strip_prefix("a_")?.split_once('_')?;
    let plain = tenant.len() == 26 && !secret.is_empty() && token.len() <= 200;
    plain.then(|| decode_id(tenant).map(TenantId)).flatten()
}

/// A row of `approval_links`.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = approval_links, check_for_backend(diesel::pg::Pg))]
struct Link {
    token_hash: Vec<u8>,
    approval_id: ApprovalId,
    user_id: UserId,
    expires_at: DateTime<Utc>,
    used_at: Option<DateTime<Utc>>,
}

/// Keeps the hash of a link; the same link again changes nothing.
pub(super) async fn insert(
    tx: &mut TenantTx,
    token: &str,
    approval: ApprovalId,
    user: UserId,
    expires_at: DateTime<Utc>,
) -> QueryResult<usize> {
    diesel::insert_into(approval_links::table)
        .values((
            approval_links::token_hash.eq(token_hash(token)),
            approval_links::approval_id.eq(approval),
            approval_links::user_id.eq(user),
            approval_links::expires_at.eq(expires_at),
        ))
        .on_conflict_do_nothing()
        .execute(tx.conn())
        .await
}

fn stale() -> platform_kernel::Error {
    ErrorCode::InvalidToken.into()
}

/// A link that works, and the person it was sent to, if they still work here.
struct Opened {
    link: Link,
    who: Who,
}

async fn open(tx: &mut TenantTx, token: &str) -> Result<Opened> {
    let link: Option<Link> = approval_links::table
        .find(token_hash(token))
        .select(Link::as_select())
        .first(tx.conn())
        .await
        .optional()?;
    let link = link
        .filter(|link| link.expires_at > clock::now())
        .ok_or_else(stale)?;
    let member = members::find(tx, link.user_id).await?.ok_or_else(stale)?;
    let role = Role::parse(&member.role).ok_or_else(stale)?;
    let who = Who {
        id: member.user_id,
        name: member.name,
        role,
    };
    Ok(Opened { link, who })
}

async fn view(tx: &mut TenantTx, opened: &Opened) -> Result<ApprovalLinkView> {
    let approval: Approval = service::find(tx, opened.link.approval_id).await?.approval;
    let (link, who) = (&opened.link, &opened.who);
    let unclaimed = approval.claimed_by.is_none_or(|by| by == who.id);
    Ok(ApprovalLinkView {
        tenant_name: tx.tenant().name.clone(),
        name: who.name.clone(),
        facts: approval.facts(),
        state: approval.state,
        used: link.used_at.is_some(),
        expires_at: link.expires_at,
        due_at: approval.due_at,
        decided_at: approval.decided_at,
        can_decide: approval.is_pending() && unclaimed && who.may_decide(&approval),
        title: approval.title,
        body: approval.body,
        form: approval.form,
        decided_by: approval.decided_by_name,
        comment: approval.comment,
    })
}

impl Approvals {
    /// The tenant that a link names, if it may be used now.
    async fn tenant_behind(&self, token: &str) -> Result<TenantContext> {
        let id = tenant_of(token).ok_or_else(stale)?;
        let tenant = self.tenants.by_id(id).await?.ok_or_else(stale)?;
        require_active(&tenant)?;
        tracing::Span::current().record("tenant.id", tracing::field::display(tenant.id));
        Ok(tenant)
    }

    async fn show(&self, token: &str) -> Result<ApprovalLinkView> {
        let tenant = self.tenant_behind(token).await?;
        let mut tx = self.db.tenant(&tenant).await?;
        let opened = open(&mut tx, token).await?;
        view(&mut tx, &opened).await
    }

    async fn decide_by_link(
        &self,
        token: &str,
        request_id: RequestId,
        decide: &Decide,
    ) -> Result<ApprovalLinkView> {
        let tenant = self.tenant_behind(token).await?;
        let mut tx = self.db.tenant(&tenant).await?;
        let mut opened = open(&mut tx, token).await?;
        let (id, now) = (opened.link.approval_id, clock::now());
        let actor = Actor {
            id: Some(opened.who.id.0),
            name: Some(opened.who.name.clone()),
            role: Some(opened.who.role.as_str().to_owned()),
            request_id: Some(request_id.0),
        };
        let by = (&opened.who, Via::Link, &actor);
        service::decide(&mut tx, &self.live, id, by, decide).await?;
        diesel::update(approval_links::table.find(&opened.link.token_hash))
            .set(approval_links::used_at.eq(now))
            .execute(tx.conn())
            .await?;
        opened.link.used_at = Some(now);
        let view = view(&mut tx, &opened).await?;
        tx.commit().await?;
        Ok(view)
    }
}

/// Never kept by a cache.
fn private(view: &ApprovalLinkView) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "no-store"))
        .json(view)
}

/// Shows what a link asks. It changes nothing, however often it is opened.
#[utoipa::path(
    tag = "approvals", operation_id = "show_approval_link", request_body = ShowApprovalLink,
    responses(
        (status = 200, description = "What is asked", body = ApprovalLinkView),
        (status = "4XX", description = "Refused", body = Problem, content_type = "application/problem+json"),
    )
)]
#[post("/api/v1/approval-links/show")]
pub async fn show_approval_link(
    body: ValidJson<ShowApprovalLink>,
    approvals: web::Data<Approvals>,
) -> ApiResult<HttpResponse> {
    Ok(private(&approvals.show(&body.into_inner().token).await?))
}

/// Decides as the person whom the link was sent to. Works once.
#[utoipa::path(
    tag = "approvals", operation_id = "decide_approval_link", request_body = DecideByLink,
    responses(
        (status = 200, description = "Decided", body = ApprovalLinkView),
        (status = "4XX", description = "Refused", body = Problem, content_type = "application/problem+json"),
    )
)]
#[post("/api/v1/approval-links/decide")]
pub async fn decide_approval_link(
    request_id: RequestId,
    body: ValidJson<DecideByLink>,
    approvals: web::Data<Approvals>,
) -> ApiResult<HttpResponse> {
    let (token, decide) = body.into_inner().split();
    let view = approvals
        .decide_by_link(&token, request_id, &decide)
        .await?;
    Ok(private(&view))
}

/// What the mail with a link is written from; nothing where it is not wanted any more.
pub(super) async fn wanted(
    tx: &mut TenantTx,
    id: ApprovalId,
    user: UserId,
) -> Result<Option<(Approval, Who)>> {
    let approval = queries::find(tx, id).await?.map(|row| row.approval);
    let Some(approval) = approval.filter(Approval::is_pending) else {
        return Ok(None);
    };
    let Some(member) = members::find(tx, user).await? else {
        return Ok(None);
    };
    let who = Role::parse(&member.role).map(|role| Who {
        id: user,
        name: member.name,
        role,
    });
    let who = who.filter(|who| who.may_decide(&approval));
    Ok(who.map(|who| (approval, who)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_leads_to_its_tenant_and_nothing_else_does() {
        let tenant = TenantId::new();
        assert_eq!(tenant_of(&token(tenant, "secret")), Some(tenant));
        for bad in [
            "",
            "a_",
            "a__",
            "h_aaaaaaaaaaaaaaaaaaaaaaaaaa_x",
            "a_short_x",
        ] {
            assert_eq!(tenant_of(bad), None, "{bad}");
        }
        assert_eq!(tenant_of(&token(tenant, "")), None);
        assert_eq!(tenant_of(&token(tenant, &"x".repeat(200))), None);
    }
}
