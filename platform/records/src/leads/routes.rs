use super::dto::{LeadFilter, UpdateLead};
use super::model::LeadChanges;
use super::queries::{self, LeadSearch};
use super::service::{self, By};
use super::status::LeadStatus;
use super::view::{LeadSummary, LeadView};
use crate::live;
use crate::search::{self, Search};
use actix_web::{HttpResponse, get, patch, web};
use platform_engine::live::LiveBus;
use platform_http::{ApiResult, Authorized, Problem, Query, ValidJson};
use platform_kernel::id::LeadId;
use platform_kernel::page::{Page, PageQuery};
use platform_kernel::{Error, ErrorCode};
use policies::markers::{LeadsRead, LeadsWrite};
use serde_json::json;
use utoipa_actix_web::service_config::ServiceConfig;

/// Lists leads, the latest first.
#[utoipa::path(
    tag = "records", operation_id = "list_leads", params(LeadFilter, PageQuery),
    responses(
        (status = 200, body = Page<LeadSummary>),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
    ),
    security(("bearer" = []))
)]
#[get("/api/v1/leads")]
pub async fn list_leads(
    auth: Authorized<LeadsRead>,
    filter: Query<LeadFilter>,
    page: Query<PageQuery>,
) -> ApiResult<HttpResponse> {
    let (limit, after) = (page.limit()?, page.after()?);
    let status = status(filter.status.as_deref())?;
    let text = search::text(filter.q.as_deref())?;
    let mut tx = auth.tx().await?;
    let search = LeadSearch {
        status,
        text: Search::read(&mut tx, text).await?,
        own: None,
    };
    let rows = queries::list(&mut tx, &search, after, limit + 1).await?;
    tx.commit().await?;
    let page = Page::from_rows(rows, limit, |row| (row.received_at, row.id));
    Ok(HttpResponse::Ok().json(page.map(LeadSummary::from)))
}

fn status(word: Option<&str>) -> Result<Option<String>, Error> {
    let Some(word) = word.filter(|word| !word.is_empty()) else {
        return Ok(None);
    };
    let status: LeadStatus = word.parse().map_err(|_unknown| {
        Error::from(ErrorCode::BadRequest).field("/status", "unknown", "is no status of leads")
    })?;
    Ok(Some(status.as_str().to_owned()))
}

/// Reads a lead with its customer, vehicles, messages and timeline.
#[utoipa::path(
    tag = "records", operation_id = "get_lead", params(("id" = LeadId, Path)),
    responses(
        (status = 200, body = LeadView),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
    ),
    security(("bearer" = []))
)]
#[get("/api/v1/leads/{id}")]
pub async fn get_lead(
    auth: Authorized<LeadsRead>,
    id: web::Path<LeadId>,
) -> ApiResult<HttpResponse> {
    let mut tx = auth.tx().await?;
    let view = service::view(&mut tx, *id).await?;
    tx.commit().await?;
    Ok(HttpResponse::Ok().json(view))
}

/// Changes a lead's status, who works it, or who it is from.
#[utoipa::path(
    tag = "records", operation_id = "update_lead", params(("id" = LeadId, Path)),
    request_body = UpdateLead,
    responses(
        (status = 200, body = LeadView),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
    ),
    security(("bearer" = []))
)]
#[patch("/api/v1/leads/{id}")]
pub async fn update_lead(
    auth: Authorized<LeadsWrite>,
    id: web::Path<LeadId>,
    body: ValidJson<UpdateLead>,
    bus: web::Data<LiveBus>,
) -> ApiResult<HttpResponse> {
    let body = body.into_inner();
    let by = By {
        user: Some(auth.principal.user_id),
        name: Some(auth.principal.name.clone()),
        execution: None,
    };
    let mut tx = auth.tx().await?;
    // The locks of people come before those of leads, as they do where leads come in.
    let customer_id = match &body.customer {
        Some(customer) => Some(service::customer(&mut tx, customer).await?),
        None => None,
    };
    let before = queries::lock(&mut tx, *id)
        .await?
        .ok_or(ErrorCode::NotFound)?;
    let changes = LeadChanges {
        status: body.status,
        assigned_to: body.assigned_to,
        customer_id,
        ..LeadChanges::default()
    };
    let after = service::update(&mut tx, &before, changes, &by).await?;
    let data = json!({
        "status": { "before": before.status, "after": after.status },
        "assigned_to": { "before": before.assigned_to, "after": after.assigned_to },
        "customer_id": { "before": before.customer_id, "after": after.customer_id },
    });
    tx.audit(&auth.actor(), "lead.updated", "lead", Some(*id), data)
        .await?;
    let view = service::view(&mut tx, *id).await?;
    tx.commit().await?;
    live::lead_changed(&bus, auth.tenant.id, *id, view.status);
    Ok(HttpResponse::Ok().json(view))
}

pub(crate) fn configure(config: &mut ServiceConfig) {
    config
        .service(list_leads)
        .service(get_lead)
        .service(update_lead);
}
