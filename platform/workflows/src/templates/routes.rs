use super::dto::{InstantiateTemplate, TemplateView};
use super::parameters;
use crate::service::Workflows;
use crate::workflows::dto::{CreateWorkflow, WorkflowView};
use crate::workflows::service::{self, Origin};
use actix_web::{HttpResponse, get, post, web};
use platform_http::{ApiResult, Authorized, Problem, ValidJson};
use platform_kernel::page::{Page, PageQuery};
use platform_kernel::{Error, ErrorCode};
use policies::markers::{TemplatesInstantiate, TemplatesRead};
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
    query: web::Query<PageQuery>,
    service: web::Data<Workflows>,
) -> ApiResult<web::Json<Page<TemplateView>>> {
    let (limit, after) = (query.limit()?, query.after::<String>()?);
    let all = service.library().all().iter();
    let rest = match after {
        Some(id) => all.skip_while(|t| t.id != id).skip(1).collect::<Vec<_>>(),
        None => all.collect(),
    };
    let page = Page::from_rows(rest, limit, |template| template.id.clone());
    Ok(web::Json(page.map(TemplateView::from)))
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
    Ok(web::Json(template.into()))
}

/// Makes a workflow from a template. It remembers template, version and parameters.
#[utoipa::path(
    tag = "templates", operation_id = "instantiate_template",
    params(("id" = String, Path)),
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
    let view = service::view(&mut tx, &service, workflow).await?;
    tx.commit().await?;
    Ok(HttpResponse::Created().json(view))
}
