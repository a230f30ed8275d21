use super::dto::{AcceptInvitation, CreateInvitation, InvitationPreview, InvitationView};
use crate::Identity;
use crate::fields::LinkToken;
use crate::sessions::{self, Client, SessionView};
use actix_web::http::StatusCode;
use actix_web::http::header::CACHE_CONTROL;
use actix_web::{HttpResponse, delete, get, post, web};
use platform_http::middleware::IdempotencyKey;
use platform_http::{ApiResult, Authorized, Problem, Query, ValidJson};
use platform_kernel::id::InvitationId;
use platform_kernel::page::{Page, PageQuery};
use policies::markers::{MembersManage, MembersRead};
use utoipa_actix_web::service_config::ServiceConfig;

/// Invitations of the dealership, newest first.
#[utoipa::path(tag = "identity", operation_id = "list_invitations", params(PageQuery),
    responses((status = 200, body = Page<InvitationView>), (status = "4XX", body = Problem, content_type = "application/problem+json")),
    security(("bearer" = [])))]
#[get("/api/v1/invitations")]
pub async fn list_invitations(
    auth: Authorized<MembersRead>,
    query: Query<PageQuery>,
    identity: web::Data<Identity>,
) -> ApiResult<HttpResponse> {
    let page = identity.list_invitations(auth.tenant.id, &query).await?;
    Ok(HttpResponse::Ok().json(page))
}

/// Invites a person by mail.
#[utoipa::path(tag = "identity", operation_id = "create_invitation", params(IdempotencyKey), request_body = CreateInvitation,
    responses((status = 201, body = InvitationView), (status = "4XX", body = Problem, content_type = "application/problem+json")),
    security(("bearer" = [])))]
#[post("/api/v1/invitations")]
pub async fn create_invitation(
    auth: Authorized<MembersManage>,
    body: ValidJson<CreateInvitation>,
    identity: web::Data<Identity>,
) -> ApiResult<HttpResponse> {
    let person = body.into_inner();
    let view = identity
        .invite(&auth.tenant, &auth.principal, &auth.actor(), person)
        .await?;
    Ok(HttpResponse::Created().json(view))
}

/// Takes an open invitation back; its link stops working.
#[utoipa::path(tag = "identity", operation_id = "delete_invitation", params(("id" = InvitationId, Path)),
    responses((status = 204), (status = "4XX", body = Problem, content_type = "application/problem+json")),
    security(("bearer" = [])))]
#[delete("/api/v1/invitations/{id}")]
pub async fn delete_invitation(
    auth: Authorized<MembersManage>,
    id: web::Path<InvitationId>,
    identity: web::Data<Identity>,
) -> ApiResult<HttpResponse> {
    identity
        .revoke_invitation(&auth.tenant, &auth.actor(), *id)
        .await?;
    Ok(HttpResponse::NoContent().finish())
}

/// What an invitation is about, for the invited person. It decides nothing.
#[utoipa::path(tag = "identity", operation_id = "show_invitation", request_body = LinkToken,
    responses((status = 200, body = InvitationPreview), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
#[post("/api/v1/invitations/show")]
pub async fn show_invitation(
    body: ValidJson<LinkToken>,
    identity: web::Data<Identity>,
) -> ApiResult<HttpResponse> {
    let preview = identity.preview_invitation(&body.0.token).await?;
    Ok(HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "no-store"))
        .json(preview))
}

/// Accepts an invitation and signs in.
#[utoipa::path(tag = "identity", operation_id = "accept_invitation", request_body = AcceptInvitation,
    responses((status = 201, body = SessionView), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
#[post("/api/v1/invitations/accept")]
pub async fn accept_invitation(
    client: Client,
    body: ValidJson<AcceptInvitation>,
    identity: web::Data<Identity>,
) -> ApiResult<HttpResponse> {
    let body = body.into_inner();
    let delivery = body.token_delivery;
    let session = identity.accept_invitation(body, &client).await?;
    Ok(sessions::answer(StatusCode::CREATED, session, delivery))
}

pub(crate) fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(list_invitations)
        .service(create_invitation)
        .service(show_invitation)
        .service(accept_invitation)
        .service(delete_invitation);
}
