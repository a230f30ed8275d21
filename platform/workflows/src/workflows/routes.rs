use super::dto::{
    CreateWorkflow, NoFields, UpdateWorkflow, WorkflowSummary, WorkflowView, WorkflowsQuery,
};
use super::{queries, service};
use crate::service::Workflows;
use actix_web::{HttpResponse, delete, get, patch, post, web};
use platform_http::middleware::IdempotencyKey;
use platform_http::{ApiResult, Authorized, Problem, Query, ValidJson};
use platform_kernel::ErrorCode;
use platform_kernel::id::WorkflowId;
use platform_kernel::page::{Page, PageQuery};
use policies::Permission;
use policies::markers::{WorkflowsArchive, WorkflowsRead, WorkflowsWrite};
use serde_json::json;

/// Workflows, last change first.
#[utoipa::path(
    tag = "workflows", operation_id = "list_workflows",
    params(WorkflowsQuery),
    responses(
        (status = 200, description = "A page of workflows", body = Page<WorkflowSummary>),
        (status = "4XX", description = "Refused", body = Problem, content_type = "application/problem+json"),
    ),
    security(("bearer" = []))
)]
#[get("/api/v1/workflows")]
pub async fn list_workflows(
    auth: Authorized<WorkflowsRead>,
    query: Query<WorkflowsQuery>,
) -> ApiResult<web::Json<Page<WorkflowSummary>>> {
    let WorkflowsQuery {
        status,
        cursor,
        limit,
    } = query.into_inner();
    let page = PageQuery { cursor, limit };
    let (limit, after) = (page.limit()?, page.after()?);
    let mut tx = auth.tx().await?;
    let rows = queries::list(&mut tx, status, after, limit + 1).await?;
    let page = Page::from_rows(rows, limit, |row| (row.updated_at, row.id));
    Ok(web::Json(page.map(WorkflowSummary::from)))
}

/// Makes a workflow with a first draft.
#[utoipa::path(
    tag = "workflows", operation_id = "create_workflow", params(IdempotencyKey),
    request_body = CreateWorkflow,
    responses(
        (status = 201, description = "The new workflow", body = WorkflowView),
        (status = "4XX", description = "Refused", body = Problem, content_type = "application/problem+json"),
    ),
    security(("bearer" = []))
)]
#[post("/api/v1/workflows")]
pub async fn create_workflow(
    auth: Authorized<WorkflowsWrite>,
    body: ValidJson<CreateWorkflow>,
    service: web::Data<Workflows>,
) -> ApiResult<HttpResponse> {
    let mut body = body.into_inner();
    let mut tx = auth.tx().await?;
    if let Some(definition) = &mut body.definition {
        let secrets = service.secrets();
        secrets.take_away(&mut tx, None, definition).await?;
    }
    let id = service::create(&mut tx, &body, None, auth.principal.user_id).await?;
    let data = json!({ "name": body.name });
    tx.audit(
        &auth.actor(),
        "workflow.created",
        "workflow",
        Some(id),
        data,
    )
    .await?;
    let view = service::view(&mut tx, &service, id, true).await?;
    tx.commit().await?;
    Ok(HttpResponse::Created().json(view))
}

/// A workflow with its draft and triggers.
#[utoipa::path(
    tag = "workflows", operation_id = "get_workflow",
    params(("id" = WorkflowId, Path)),
    responses(
        (status = 200, description = "The workflow", body = WorkflowView),
        (status = "4XX", description = "Refused", body = Problem, content_type = "application/problem+json"),
    ),
    security(("bearer" = []))
)]
#[get("/api/v1/workflows/{id}")]
pub async fn get_workflow(
    auth: Authorized<WorkflowsRead>,
    id: web::Path<WorkflowId>,
    service: web::Data<Workflows>,
) -> ApiResult<web::Json<WorkflowView>> {
    let mut tx = auth.tx().await?;
    let may_edit = auth.may(Permission::WorkflowsWrite);
    let view = service::view(&mut tx, &service, *id, may_edit).await?;
    Ok(web::Json(view))
}

/// Changes a workflow's name or description.
#[utoipa::path(
    tag = "workflows", operation_id = "update_workflow",
    params(("id" = WorkflowId, Path)),
    request_body = UpdateWorkflow,
    responses(
        (status = 200, description = "The changed workflow", body = WorkflowView),
        (status = "4XX", description = "Refused", body = Problem, content_type = "application/problem+json"),
    ),
    security(("bearer" = []))
)]
#[patch("/api/v1/workflows/{id}")]
pub async fn update_workflow(
    auth: Authorized<WorkflowsWrite>,
    id: web::Path<WorkflowId>,
    body: ValidJson<UpdateWorkflow>,
    service: web::Data<Workflows>,
) -> ApiResult<web::Json<WorkflowView>> {
    let (id, body) = (id.into_inner(), body.into_inner());
    let mut tx = auth.tx().await?;
    let (name, description) = (body.name.as_deref(), body.description.as_deref());
    if queries::rename(&mut tx, id, name.map(str::trim), description).await? == 0 {
        return Err(ErrorCode::NotFound.into());
    }
    let data = json!({ "name": name, "description": description });
    tx.audit(
        &auth.actor(),
        "workflow.updated",
        "workflow",
        Some(id),
        data,
    )
    .await?;
    let view = service::view(&mut tx, &service, id, true).await?;
    tx.commit().await?;
    Ok(web::Json(view))
}

/// Archives a workflow; its versions and runs stay readable.
#[utoipa::path(
    tag = "workflows", operation_id = "delete_workflow",
    params(("id" = WorkflowId, Path)),
    responses(
        (status = 204, description = "Archived"),
        (status = "4XX", description = "Refused", body = Problem, content_type = "application/problem+json"),
    ),
    security(("bearer" = []))
)]
#[delete("/api/v1/workflows/{id}")]
pub async fn delete_workflow(
    auth: Authorized<WorkflowsArchive>,
    id: web::Path<WorkflowId>,
) -> ApiResult<HttpResponse> {
    let mut tx = auth.tx().await?;
    if service::archive(&mut tx, *id).await? {
        tx.audit(
            &auth.actor(),
            "workflow.archived",
            "workflow",
            Some(*id),
            json!({}),
        )
        .await?;
    }
    tx.commit().await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Puts a workflow away: its triggers stop listening. Runs under way end by themselves.
#[utoipa::path(
    tag = "workflows", operation_id = "archive_workflow",
    params(("id" = WorkflowId, Path)),
    request_body = NoFields,
    responses(
        (status = 200, description = "The archived workflow", body = WorkflowView),
        (status = "4XX", description = "Refused", body = Problem, content_type = "application/problem+json"),
    ),
    security(("bearer" = []))
)]
#[post("/api/v1/workflows/{id}/archive")]
pub async fn archive_workflow(
    auth: Authorized<WorkflowsArchive>,
    id: web::Path<WorkflowId>,
    _body: ValidJson<NoFields>,
    service: web::Data<Workflows>,
) -> ApiResult<web::Json<WorkflowView>> {
    let mut tx = auth.tx().await?;
    if service::archive(&mut tx, *id).await? {
        tx.audit(
            &auth.actor(),
            "workflow.archived",
            "workflow",
            Some(*id),
            json!({}),
        )
        .await?;
    }
    let may_edit = auth.may(Permission::WorkflowsWrite);
    let view = service::view(&mut tx, &service, *id, may_edit).await?;
    tx.commit().await?;
    Ok(web::Json(view))
}

/// Takes a workflow out again: the triggers of its published version listen as before.
#[utoipa::path(
    tag = "workflows", operation_id = "unarchive_workflow",
    params(("id" = WorkflowId, Path)),
    request_body = NoFields,
    responses(
        (status = 200, description = "The workflow", body = WorkflowView),
        (status = "4XX", description = "Refused", body = Problem, content_type = "application/problem+json"),
    ),
    security(("bearer" = []))
)]
#[post("/api/v1/workflows/{id}/unarchive")]
pub async fn unarchive_workflow(
    auth: Authorized<WorkflowsArchive>,
    id: web::Path<WorkflowId>,
    _body: ValidJson<NoFields>,
    service: web::Data<Workflows>,
) -> ApiResult<web::Json<WorkflowView>> {
    let mut tx = auth.tx().await?;
    if service::unarchive(&mut tx, *id).await? {
        tx.audit(
            &auth.actor(),
            "workflow.unarchived",
            "workflow",
            Some(*id),
            json!({}),
        )
        .await?;
    }
    let may_edit = auth.may(Permission::WorkflowsWrite);
    let view = service::view(&mut tx, &service, *id, may_edit).await?;
    tx.commit().await?;
    Ok(web::Json(view))
}
