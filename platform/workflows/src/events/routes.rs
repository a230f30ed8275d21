use super::dto::{EventAccepted, EventView, EventsQuery, PublishEvent};
use super::{publish, queries};
use crate::service::Workflows;
use crate::stored::check_storable;
use actix_web::{HttpResponse, get, post, web};
use platform_db::jobs::Lane;
use platform_http::middleware::IdempotencyKey;
use platform_http::{ApiResult, Authorized, Problem, Query, ValidJson};
use platform_kernel::page::{Page, PageQuery};
use policies::markers::{EventsPublish, ExecutionsRead};
use serde_json::{Value, json};

/// Tells the dealership's workflows that something happened.
///
/// Steps that wait for the event go on, and every published workflow with a trigger of type
/// `event` of this name begins a run, if its filter lets the event pass.
#[utoipa::path(
    tag = "workflows", operation_id = "publish_event", params(IdempotencyKey),
    request_body = PublishEvent,
    responses(
        (status = 202, description = "Told and durable", body = EventAccepted),
        (status = "4XX", description = "Refused", body = Problem, content_type = "application/problem+json"),
    ),
    security(("bearer" = []))
)]
#[post("/api/v1/events")]
pub async fn publish_event(
    auth: Authorized<EventsPublish>,
    body: ValidJson<PublishEvent>,
    service: web::Data<Workflows>,
) -> ApiResult<HttpResponse> {
    let body = body.into_inner();
    let data = body
        .data
        .filter(Value::is_object)
        .unwrap_or_else(|| json!({}));
    check_storable(&data, "/data")?;
    let named = (body.name.as_str(), body.key.as_deref().unwrap_or_default());
    service.require_room(auth.tenant.id, Lane::Event).await?;
    let mut tx = auth.tx().await?;
    let published = publish(&mut tx, service.live(), named, data, None).await?;
    let told = json!({ "name": body.name, "key": body.key });
    tx.audit(
        &auth.actor(),
        "event.published",
        "event",
        Some(published.id),
        told,
    )
    .await?;
    tx.commit().await?;
    Ok(HttpResponse::Accepted().json(EventAccepted::from(published)))
}

/// The events of late, the latest first.
#[utoipa::path(
    tag = "workflows", operation_id = "list_events",
    params(EventsQuery),
    responses(
        (status = 200, description = "A page of events", body = Page<EventView>),
        (status = "4XX", description = "Refused", body = Problem, content_type = "application/problem+json"),
    ),
    security(("bearer" = []))
)]
#[get("/api/v1/events")]
pub async fn list_events(
    auth: Authorized<ExecutionsRead>,
    query: Query<EventsQuery>,
) -> ApiResult<web::Json<Page<EventView>>> {
    let query = query.into_inner();
    let page = PageQuery {
        cursor: query.cursor,
        limit: query.limit,
    };
    let (limit, after) = (page.limit()?, page.after()?);
    let name = query.name.filter(|name| !name.contains('\0'));
    let mut tx = auth.tx().await?;
    let rows = queries::list(&mut tx, name.as_deref(), after, limit + 1).await?;
    let page = Page::from_rows(rows, limit, |row| (row.created_at, row.id));
    Ok(web::Json(page.map(EventView::from)))
}
