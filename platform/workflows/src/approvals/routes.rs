use super::dto::{ApprovalView, ApprovalsQuery, AssignApproval, Decide, Names};
use super::model::Who;
use super::service::{self, Via};
use super::{Approvals, queries};
use actix_web::{get, post, web};
use platform_db::TenantTx;
use platform_http::{ApiResult, Authorized, HttpState, Principal, Problem, Query, ValidJson};
use platform_kernel::Result;
use platform_kernel::id::ApprovalId;
use platform_kernel::page::{Page, PageQuery};
use policies::Permission;
use policies::markers::{ApprovalsAssign, ApprovalsDecide, ApprovalsRead};
use serde_json::json;

fn who(principal: &Principal) -> Who {
    Who {
        id: principal.user_id,
        name: principal.name.clone(),
        role: principal.role,
    }
}

async fn view(tx: &mut TenantTx, id: ApprovalId, who: &Who) -> Result<ApprovalView> {
    let names = Names::read(tx).await?;
    Ok(ApprovalView::of(service::find(tx, id).await?, &names, who))
}

/// Decisions that runs wait for or waited for, newest first.
#[utoipa::path(
    tag = "approvals", operation_id = "list_approvals", params(ApprovalsQuery),
    responses(
        (status = 200, description = "A page of approvals", body = Page<ApprovalView>),
        (status = "4XX", description = "Refused", body = Problem, content_type = "application/problem+json"),
    ),
    security(("bearer" = []))
)]
#[get("/api/v1/approvals")]
pub async fn list_approvals(
    auth: Authorized<ApprovalsRead>,
    query: Query<ApprovalsQuery>,
) -> ApiResult<web::Json<Page<ApprovalView>>> {
    let query = query.into_inner();
    let page = PageQuery {
        cursor: query.cursor,
        limit: query.limit,
    };
    let (limit, after, who) = (page.limit()?, page.after()?, who(&auth.principal));
    let mine = (query.mine == Some(true)).then_some(&who);
    let mut tx = auth.tx().await?;
    let rows = queries::list(&mut tx, query.state, mine, after, limit + 1).await?;
    let names = Names::read(&mut tx).await?;
    let page = Page::from_rows(rows, limit, |row| {
        (row.approval.created_at, row.approval.id)
    });
    Ok(web::Json(
        page.map(|row| ApprovalView::of(row, &names, &who)),
    ))
}

/// One decision with what it is decided on.
#[utoipa::path(
    tag = "approvals", operation_id = "get_approval", params(("id" = ApprovalId, Path)),
    responses(
        (status = 200, description = "The approval", body = ApprovalView),
        (status = "4XX", description = "Refused", body = Problem, content_type = "application/problem+json"),
    ),
    security(("bearer" = []))
)]
#[get("/api/v1/approvals/{id}")]
pub async fn get_approval(
    auth: Authorized<ApprovalsRead>,
    id: web::Path<ApprovalId>,
) -> ApiResult<web::Json<ApprovalView>> {
    let mut tx = auth.tx().await?;
    Ok(web::Json(view(&mut tx, *id, &who(&auth.principal)).await?))
}

/// Takes a decision on: until it is released the others leave it to the caller.
#[utoipa::path(
    tag = "approvals", operation_id = "claim_approval", params(("id" = ApprovalId, Path)),
    responses(
        (status = 200, description = "Claimed", body = ApprovalView),
        (status = "4XX", description = "Refused", body = Problem, content_type = "application/problem+json"),
    ),
    security(("bearer" = []))
)]
#[post("/api/v1/approvals/{id}/claim")]
pub async fn claim_approval(
    auth: Authorized<ApprovalsDecide>,
    id: web::Path<ApprovalId>,
    approvals: web::Data<Approvals>,
) -> ApiResult<web::Json<ApprovalView>> {
    let who = who(&auth.principal);
    let mut tx = auth.tx().await?;
    service::claim(&mut tx, &approvals.live, *id, &who).await?;
    tx.audit(
        &auth.actor(),
        "approval.claimed",
        "approval",
        Some(*id),
        json!({}),
    )
    .await?;
    let view = view(&mut tx, *id, &who).await?;
    tx.commit().await?;
    Ok(web::Json(view))
}

/// Leaves a decision to the others again; whoever may assign decisions may do so for somebody else.
#[utoipa::path(
    tag = "approvals", operation_id = "release_approval", params(("id" = ApprovalId, Path)),
    responses(
        (status = 200, description = "Released", body = ApprovalView),
        (status = "4XX", description = "Refused", body = Problem, content_type = "application/problem+json"),
    ),
    security(("bearer" = []))
)]
#[post("/api/v1/approvals/{id}/release")]
pub async fn release_approval(
    auth: Authorized<ApprovalsDecide>,
    id: web::Path<ApprovalId>,
    state: web::Data<HttpState>,
    approvals: web::Data<Approvals>,
) -> ApiResult<web::Json<ApprovalView>> {
    let who = who(&auth.principal);
    let any = state.policy.allows(who.role, Permission::ApprovalsAssign);
    let mut tx = auth.tx().await?;
    service::release(&mut tx, &approvals.live, *id, &who, any).await?;
    tx.audit(
        &auth.actor(),
        "approval.released",
        "approval",
        Some(*id),
        json!({}),
    )
    .await?;
    let view = view(&mut tx, *id, &who).await?;
    tx.commit().await?;
    Ok(web::Json(view))
}

/// Gives a decision to another role or person, who are told; links sent before stop working.
#[utoipa::path(
    tag = "approvals", operation_id = "assign_approval", params(("id" = ApprovalId, Path)),
    request_body = AssignApproval,
    responses(
        (status = 200, description = "Assigned", body = ApprovalView),
        (status = "4XX", description = "Refused", body = Problem, content_type = "application/problem+json"),
    ),
    security(("bearer" = []))
)]
#[post("/api/v1/approvals/{id}/assign")]
pub async fn assign_approval(
    auth: Authorized<ApprovalsAssign>,
    id: web::Path<ApprovalId>,
    body: ValidJson<AssignApproval>,
    approvals: web::Data<Approvals>,
) -> ApiResult<web::Json<ApprovalView>> {
    let to = body.into_inner().assignee();
    let mut tx = auth.tx().await?;
    service::assign(&mut tx, &approvals.live, *id, &to).await?;
    let data = json!({ "to": to });
    tx.audit(
        &auth.actor(),
        "approval.assigned",
        "approval",
        Some(*id),
        data,
    )
    .await?;
    let view = view(&mut tx, *id, &who(&auth.principal)).await?;
    tx.commit().await?;
    Ok(web::Json(view))
}

/// Decides. The run goes on once this is answered; of several who decide at once one does, and
/// the others are told who it was (409 `approval_decided`).
#[utoipa::path(
    tag = "approvals", operation_id = "decide_approval", params(("id" = ApprovalId, Path)),
    request_body = Decide,
    responses(
        (status = 200, description = "Decided", body = ApprovalView),
        (status = "4XX", description = "Refused", body = Problem, content_type = "application/problem+json"),
    ),
    security(("bearer" = []))
)]
#[post("/api/v1/approvals/{id}/decide")]
pub async fn decide_approval(
    auth: Authorized<ApprovalsDecide>,
    id: web::Path<ApprovalId>,
    body: ValidJson<Decide>,
    approvals: web::Data<Approvals>,
) -> ApiResult<web::Json<ApprovalView>> {
    let (who, actor) = (who(&auth.principal), auth.actor());
    let mut tx = auth.tx().await?;
    let by = (&who, Via::App, &actor);
    service::decide(&mut tx, &approvals.live, *id, by, &body.into_inner()).await?;
    let view = view(&mut tx, *id, &who).await?;
    tx.commit().await?;
    Ok(web::Json(view))
}
