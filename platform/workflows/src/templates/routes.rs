use super::dto::{InstantiateTemplate, TemplateLink, TemplateView, UpgradeWorkflow, UpgradedDraft};
use super::parameters;
use super::{link, queries};
use crate::service::Workflows;
use crate::workflows::dto::{CreateWorkflow, WorkflowView};
use crate::workflows::findings;
use crate::workflows::service::{self, Origin};
use actix_web::{HttpResponse, get, post, web};
use platform_http::middleware::IdempotencyKey;
use platform_http::{ApiResult, Authorized, Problem, Query, ValidJson};
use platform_kernel::id::WorkflowId;
use platform_kernel::page::{Page, PageQuery};
use platform_kernel::{Error, ErrorCode};
use policies::Permission;
use policies::markers::{TemplatesInstantiate, TemplatesRead, WorkflowsRead, WorkflowsWrite};
use serde_json::json;

/// The templates of the library.
#[utoipa::path(
    tag = "templates", operation_id = "list_templates",
    params(PageQuery),
    responses(
        (status = 200, description = "A page of templates", body = Page<TemplateView>),
        (status = "4XX", description = "Refused", body = Problem, content_type = "application/problem+json"),
    ),
    security(("bearer" = []))
)]
#[get("/api/v1/templates")]
pub async fn list_templates(
    _auth: Authorized<TemplatesRead>,
    query: Query<PageQuery>,
    service: web::Data<Workflows>,
) -> ApiResult<web::Json<Page<TemplateView>>> {
    let (limit, after) = (query.limit()?, query.after::<String>()?);
    let all = service.library().all().iter();
    let rest = match after {
        Some(id) => all.skip_while(|t| t.id != id).skip(1).collect::<Vec<_>>(),
        None => all.collect(),
    };
    let page = Page::from_rows(rest, limit, |template| template.id.clone());
    Ok(web::Json(page.map(|template| {
        TemplateView::of(service.library(), template)
    })))
}

/// A template of the library.
#[utoipa::path(
    tag = "templates", operation_id = "get_template",
    params(("id" = String, Path)),
    responses(
        (status = 200, description = "The template", body = TemplateView),
        (status = "4XX", description = "Refused", body = Problem, content_type = "application/problem+json"),
    ),
    security(("bearer" = []))
)]
#[get("/api/v1/templates/{id}")]
pub async fn get_template(
    _auth: Authorized<TemplatesRead>,
    id: web::Path<String>,
    service: web::Data<Workflows>,
) -> ApiResult<web::Json<TemplateView>> {
    let template = service.library().find(&id).ok_or(ErrorCode::NotFound)?;
    Ok(web::Json(TemplateView::of(service.library(), template)))
}

/// Makes a workflow from a template. It remembers template, version and parameters.
#[utoipa::path(
    tag = "templates", operation_id = "instantiate_template",
    params(("id" = String, Path), IdempotencyKey),
    request_body = InstantiateTemplate,
    responses(
        (status = 201, description = "The new workflow", body = WorkflowView),
        (status = "4XX", description = "Refused", body = Problem, content_type = "application/problem+json"),
    ),
    security(("bearer" = []))
)]
#[post("/api/v1/templates/{id}/instantiate")]
pub async fn instantiate_template(
    auth: Authorized<TemplatesInstantiate>,
    id: web::Path<String>,
    body: ValidJson<InstantiateTemplate>,
    service: web::Data<Workflows>,
) -> ApiResult<HttpResponse> {
    let template = service.library().find(&id).ok_or(ErrorCode::NotFound)?;
    let body = body.into_inner();
    let parameters = parameters::complete(template, body.parameters)?;
    let request = CreateWorkflow {
        name: body.name.unwrap_or_else(|| template.name.clone()),
        description: Some(template.description.clone()),
        definition: Some(serde_json::to_value(&template.definition).map_err(Error::internal)?),
    };
    let origin = Origin {
        template: &template.id,
        version: template.version,
        parameters: &parameters,
    };
    let mut tx = auth.tx().await?;
    let user = auth.principal.user_id;
    let workflow = service::create(&mut tx, &request, Some(origin), user).await?;
    let data =
        json!({ "name": request.name, "template": template.id, "version": template.version });
    tx.audit(
        &auth.actor(),
        "workflow.created",
        "workflow",
        Some(workflow),
        data,
    )
    .await?;
    let may_edit = auth.may(Permission::WorkflowsWrite);
    let view = service::view(&mut tx, &service, workflow, may_edit).await?;
    tx.commit().await?;
    Ok(HttpResponse::Created().json(view))
}

/// The template that a workflow was made from: what the dealership changed, and what a newer
/// version would change. 404 for a workflow that was drawn from scratch.
#[utoipa::path(
    tag = "templates", operation_id = "get_workflow_template",
    params(("id" = WorkflowId, Path)),
    responses(
        (status = 200, description = "The link to the template", body = TemplateLink),
        (status = "4XX", description = "Refused", body = Problem, content_type = "application/problem+json"),
    ),
    security(("bearer" = []))
)]
#[get("/api/v1/workflows/{id}/template")]
pub async fn get_workflow_template(
    auth: Authorized<WorkflowsRead>,
    id: web::Path<WorkflowId>,
    service: web::Data<Workflows>,
) -> ApiResult<web::Json<TemplateLink>> {
    let mut tx = auth.tx().await?;
    let link = queries::link(&mut tx, *id)
        .await?
        .ok_or(ErrorCode::NotFound)?;
    tx.commit().await?;
    let linked = link::read(service.library(), link, None)?;
    Ok(web::Json(TemplateLink::of(service.library(), &linked)?))
}

/// Brings the draft to a newer version of the template. What the dealership changed stays; where
/// both changed the same part, `resolutions` says which one stands. Publish it when it is good.
#[utoipa::path(
    tag = "templates", operation_id = "upgrade_workflow",
    params(("id" = WorkflowId, Path)),
    request_body = UpgradeWorkflow,
    responses(
        (status = 200, description = "The draft is at the newer version", body = UpgradedDraft),
        (status = "4XX", description = "Refused", body = Problem, content_type = "application/problem+json"),
    ),
    security(("bearer" = []))
)]
#[post("/api/v1/workflows/{id}/template/upgrade")]
pub async fn upgrade_workflow(
    auth: Authorized<WorkflowsWrite>,
    id: web::Path<WorkflowId>,
    body: ValidJson<UpgradeWorkflow>,
    service: web::Data<Workflows>,
) -> ApiResult<web::Json<UpgradedDraft>> {
    let (id, body) = (id.into_inner(), body.into_inner());
    let mut tx = auth.tx().await?;
    let (to, choices) = (body.to_version, &body.resolutions);
    let library = service.library();
    let upgraded = link::upgrade(&mut tx, library, id, to, choices, body.parameters).await?;
    let data = json!({ "template_version": upgraded.version });
    tx.audit(
        &auth.actor(),
        "workflow.upgraded",
        "workflow",
        Some(id),
        data,
    )
    .await?;
    tx.commit().await?;
    Ok(web::Json(UpgradedDraft {
        version: upgraded.version,
        draft_revision: upgraded.draft_revision,
        findings: findings(auth.tenant.id, &upgraded.draft, service.registry()).await?,
        definition: serde_json::from_value(upgraded.draft).map_err(Error::internal)?,
    }))
}
