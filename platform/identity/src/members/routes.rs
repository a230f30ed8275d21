use super::dto::{MemberView, UpdateMember};
use crate::Identity;
use crate::invitations::dto::{CreateMember, InvitationView};
use actix_web::{HttpResponse, get, patch, post, web};
use platform_http::middleware::IdempotencyKey;
use platform_http::{ApiResult, Authorized, Problem, Query, ValidJson};
use platform_kernel::id::UserId;
use platform_kernel::page::{Page, PageQuery};
use policies::markers::{MembersManage, MembersRead};
use utoipa_actix_web::service_config::ServiceConfig;

/// Who works at the dealership, in the order in which they joined.
#[utoipa::path(tag = "identity", operation_id = "list_members", params(PageQuery),
    responses((status = 200, body = Page<MemberView>), (status = "4XX", body = Problem, content_type = "application/problem+json")),
    security(("bearer" = [])))]
#[get("/api/v1/members")]
pub async fn list_members(
    auth: Authorized<MembersRead>,
    query: Query<PageQuery>,
    identity: web::Data<Identity>,
) -> ApiResult<HttpResponse> {
    let page = identity.list_members(auth.tenant.id, &query).await?;
    Ok(HttpResponse::Ok().json(page))
}

/// Adds a person, which is to invite them.
#[utoipa::path(tag = "identity", operation_id = "create_member", params(IdempotencyKey), request_body = CreateMember,
    responses((status = 201, body = InvitationView), (status = "4XX", body = Problem, content_type = "application/problem+json")),
    security(("bearer" = [])))]
#[post("/api/v1/members")]
pub async fn create_member(
    auth: Authorized<MembersManage>,
    body: ValidJson<CreateMember>,
    identity: web::Data<Identity>,
) -> ApiResult<HttpResponse> {
    let person = body.into_inner().into();
    let view = identity
        .invite(&auth.tenant, &auth.principal, &auth.actor(), person)
        .await?;
    Ok(HttpResponse::Created().json(view))
}

/// Changes a member's role, or disables them. The last dealership admin must stay.
#[utoipa::path(tag = "identity", operation_id = "update_member", params(("user_id" = UserId, Path)), request_body = UpdateMember,
    responses((status = 200, body = MemberView), (status = "4XX", body = Problem, content_type = "application/problem+json")),
    security(("bearer" = [])))]
#[patch("/api/v1/members/{user_id}")]
pub async fn update_member(
    auth: Authorized<MembersManage>,
    user_id: web::Path<UserId>,
    body: ValidJson<UpdateMember>,
    identity: web::Data<Identity>,
) -> ApiResult<HttpResponse> {
    let view = identity
        .update_member(&auth.tenant, &auth.actor(), *user_id, &body.into_inner())
        .await?;
    Ok(HttpResponse::Ok().json(view))
}

pub(crate) fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(list_members)
        .service(create_member)
        .service(update_member);
}
