use super::{VersionView, publish, queries};
use crate::service::Workflows;
use crate::workflows::dto::NoFields;
use actix_web::{HttpResponse, get, post, web};
use platform_http::middleware::IdempotencyKey;
use platform_http::{ApiResult, Authorized, Problem, Query, ValidJson};
use platform_kernel::ErrorCode;
use platform_kernel::id::WorkflowId;
use platform_kernel::page::{Page, PageQuery};
use policies::markers::{WorkflowsPublish, WorkflowsRead};
use serde_json::json;

/// Makes the draft the next version and lets its triggers listen.
///
/// A draft that is the published version already gives that version again. A draft with errors
/// gives 422 `definition_invalid` with all of them.
#[utoipa::path(
    tag = "workflows", operation_id = "publish_workflow",
    params(("id" = WorkflowId, Path), IdempotencyKey),
    request_body = NoFields,
    responses(
        (status = 201, description = "A version was published", body = VersionView),
        (status = "4XX", description = "Refused", body = Problem, content_type = "application/problem+json"),
    ),
    security(("bearer" = []))
)]
#[post("/api/v1/workflows/{id}/publish")]
pub async fn publish_workflow(
    auth: Authorized<WorkflowsPublish>,
    id: web::Path<WorkflowId>,
    _body: ValidJson<NoFields>,
    service: web::Data<Workflows>,
) -> ApiResult<HttpResponse> {
    let (id, actor) = (id.into_inner(), auth.actor());
    let mut tx = auth.tx().await?;
    let published = publish(&mut tx, &service, id, &actor).await?;
    if !published.unchanged {
        let data = json!({ "version": published.version.version });
        tx.audit(&actor, "workflow.published", "workflow", Some(id), data)
            .await?;
    }
    tx.commit().await?;
    let view = VersionView::with_definition(published.version);
    Ok(HttpResponse::Created().json(view))
}

/// The published versions, newest first, without their definitions.
#[utoipa::path(
    tag = "workflows", operation_id = "list_versions",
    params(("id" = WorkflowId, Path), PageQuery),
    responses(
        (status = 200, description = "A page of versions", body = Page<VersionView>),
        (status = "4XX", description = "Refused", body = Problem, content_type = "application/problem+json"),
    ),
    security(("bearer" = []))
)]
#[get("/api/v1/workflows/{id}/versions")]
pub async fn list_versions(
    auth: Authorized<WorkflowsRead>,
    id: web::Path<WorkflowId>,
    query: Query<PageQuery>,
) -> ApiResult<web::Json<Page<VersionView>>> {
    let (limit, before) = (query.limit()?, query.after::<i32>()?);
    let mut tx = auth.tx().await?;
    let workflow = crate::workflows::queries::find(&mut tx, *id).await?;
    let id = workflow.ok_or(ErrorCode::NotFound)?.id;
    let rows = queries::list(&mut tx, id, before, limit + 1).await?;
    let page = Page::from_rows(rows, limit, |row| row.version);
    Ok(web::Json(page.map(VersionView::listed)))
}

/// A published version with its definition.
#[utoipa::path(
    tag = "workflows", operation_id = "get_version",
    params(("id" = WorkflowId, Path), ("version" = i32, Path)),
    responses(
        (status = 200, description = "The version", body = VersionView),
        (status = "4XX", description = "Refused", body = Problem, content_type = "application/problem+json"),
    ),
    security(("bearer" = []))
)]
#[get("/api/v1/workflows/{id}/versions/{version}")]
pub async fn get_version(
    auth: Authorized<WorkflowsRead>,
    path: web::Path<(WorkflowId, i32)>,
) -> ApiResult<web::Json<VersionView>> {
    let (id, version) = path.into_inner();
    let mut tx = auth.tx().await?;
    let row = queries::find(&mut tx, id, version).await?;
    let row = row.ok_or(ErrorCode::NotFound)?;
    Ok(web::Json(VersionView::with_definition(row)))
}
