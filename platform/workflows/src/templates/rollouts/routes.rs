use super::dto::{CreateRollout, RolloutView};
use super::model::RolloutState;
use super::queries::ListPosition;
use super::service::Rollouts;
use crate::workflows::dto::NoFields;
use actix_web::{HttpResponse, get, post, web};
use platform_http::middleware::IdempotencyKey;
use platform_http::{ApiResult, Authorized, Problem, Query, ValidJson};
use platform_kernel::id::RolloutId;
use platform_kernel::page::{Page, PageQuery};
use policies::markers::TemplatesManage;

/// Upgrades the workflows of the group's dealerships that the caller administers, in stages.
/// Workflows with unpublished or conflicting changes are left to a person.
#[utoipa::path(
    tag = "templates", operation_id = "create_template_rollout", params(IdempotencyKey),
    request_body = CreateRollout,
    responses(
        (status = 202, description = "Begun", body = RolloutView),
        (status = "4XX", description = "Refused", body = Problem, content_type = "application/problem+json"),
    ),
    security(("bearer" = []))
)]
#[post("/api/v1/template-rollouts")]
pub async fn create_template_rollout(
    auth: Authorized<TemplatesManage>,
    body: ValidJson<CreateRollout>,
    rollouts: web::Data<Rollouts>,
) -> ApiResult<HttpResponse> {
    let actor = auth.actor();
    let view = rollouts
        .create(&auth.principal, &actor, body.into_inner())
        .await?;
    Ok(HttpResponse::Accepted().json(view))
}

/// Rollouts that reach the caller's dealerships, newest first.
#[utoipa::path(
    tag = "templates", operation_id = "list_template_rollouts",
    params(PageQuery),
    responses(
        (status = 200, description = "A page of rollouts", body = Page<RolloutView>),
        (status = "4XX", description = "Refused", body = Problem, content_type = "application/problem+json"),
    ),
    security(("bearer" = []))
)]
#[get("/api/v1/template-rollouts")]
pub async fn list_template_rollouts(
    auth: Authorized<TemplatesManage>,
    query: Query<PageQuery>,
    rollouts: web::Data<Rollouts>,
) -> ApiResult<web::Json<Page<RolloutView>>> {
    let (limit, after) = (query.limit()?, query.after::<ListPosition>()?);
    let views = rollouts.list(&auth.principal, after, limit + 1).await?;
    let page = Page::from_rows(views, limit, |view| (view.created_at, view.id));
    Ok(web::Json(page))
}

/// A rollout with its workflows.
#[utoipa::path(
    tag = "templates", operation_id = "get_template_rollout",
    params(("id" = RolloutId, Path)),
    responses(
        (status = 200, description = "The rollout", body = RolloutView),
        (status = "4XX", description = "Refused", body = Problem, content_type = "application/problem+json"),
    ),
    security(("bearer" = []))
)]
#[get("/api/v1/template-rollouts/{id}")]
pub async fn get_template_rollout(
    auth: Authorized<TemplatesManage>,
    id: web::Path<RolloutId>,
    rollouts: web::Data<Rollouts>,
) -> ApiResult<web::Json<RolloutView>> {
    Ok(web::Json(rollouts.find(&auth.principal, *id).await?))
}

/// Stops a rollout for a while; what was upgraded stays.
#[utoipa::path(
    tag = "templates", operation_id = "pause_template_rollout",
    params(("id" = RolloutId, Path)),
    request_body = NoFields,
    responses(
        (status = 200, description = "The rollout", body = RolloutView),
        (status = "4XX", description = "Refused", body = Problem, content_type = "application/problem+json"),
    ),
    security(("bearer" = []))
)]
#[post("/api/v1/template-rollouts/{id}/pause")]
pub async fn pause_template_rollout(
    auth: Authorized<TemplatesManage>,
    id: web::Path<RolloutId>,
    _body: ValidJson<NoFields>,
    rollouts: web::Data<Rollouts>,
) -> ApiResult<web::Json<RolloutView>> {
    change(&auth, *id, &rollouts, RolloutState::Paused).await
}

/// Lets a rollout go on that was paused, or begin again that has stopped by itself; it acts for the
/// caller from here on. Runs that stopped it are not counted again.
#[utoipa::path(
    tag = "templates", operation_id = "resume_template_rollout",
    params(("id" = RolloutId, Path)),
    request_body = NoFields,
    responses(
        (status = 200, description = "The rollout", body = RolloutView),
        (status = "4XX", description = "Refused", body = Problem, content_type = "application/problem+json"),
    ),
    security(("bearer" = []))
)]
#[post("/api/v1/template-rollouts/{id}/resume")]
pub async fn resume_template_rollout(
    auth: Authorized<TemplatesManage>,
    id: web::Path<RolloutId>,
    _body: ValidJson<NoFields>,
    rollouts: web::Data<Rollouts>,
) -> ApiResult<web::Json<RolloutView>> {
    change(&auth, *id, &rollouts, RolloutState::Running).await
}

/// Ends a rollout; what was upgraded stays.
#[utoipa::path(
    tag = "templates", operation_id = "cancel_template_rollout",
    params(("id" = RolloutId, Path)),
    request_body = NoFields,
    responses(
        (status = 200, description = "The rollout", body = RolloutView),
        (status = "4XX", description = "Refused", body = Problem, content_type = "application/problem+json"),
    ),
    security(("bearer" = []))
)]
#[post("/api/v1/template-rollouts/{id}/cancel")]
pub async fn cancel_template_rollout(
    auth: Authorized<TemplatesManage>,
    id: web::Path<RolloutId>,
    _body: ValidJson<NoFields>,
    rollouts: web::Data<Rollouts>,
) -> ApiResult<web::Json<RolloutView>> {
    change(&auth, *id, &rollouts, RolloutState::Cancelled).await
}

async fn change(
    auth: &Authorized<TemplatesManage>,
    id: RolloutId,
    rollouts: &Rollouts,
    to: RolloutState,
) -> ApiResult<web::Json<RolloutView>> {
    let view = rollouts
        .change(&auth.principal, &auth.actor(), id, to)
        .await?;
    Ok(web::Json(view))
}
