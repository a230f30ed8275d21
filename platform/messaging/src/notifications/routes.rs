use super::model::NotificationView;
use super::queries;
use actix_web::{HttpResponse, get, post, web};
use platform_http::{ApiResult, Authorized, Problem, Query};
use platform_kernel::ErrorCode;
use platform_kernel::id::NotificationId;
use platform_kernel::page::{Page, PageQuery};
use policies::markers::NotificationsRead;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;

/// Which notifications to list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct NotificationFilter {
    /// Only unread ones, or only read ones.
    pub unread: Option<bool>,
}

/// Lists the caller's notifications, the newest first.
#[utoipa::path(
    tag = "notifications", operation_id = "list_notifications", params(NotificationFilter, PageQuery),
    responses(
        (status = 200, body = Page<NotificationView>),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
    ),
    security(("bearer" = []))
)]
#[get("/api/v1/notifications")]
pub async fn list_notifications(
    auth: Authorized<NotificationsRead>,
    filter: Query<NotificationFilter>,
    page: Query<PageQuery>,
) -> ApiResult<HttpResponse> {
    let (limit, after) = (page.limit()?, page.after()?);
    let mut tx = auth.tx().await?;
    let user = auth.principal.user_id;
    let rows = queries::list(&mut tx, user, filter.unread, after, limit + 1).await?;
    tx.commit().await?;
    let page = Page::from_rows(rows, limit, |row| (row.created_at, row.id));
    Ok(HttpResponse::Ok().json(page.map(NotificationView::from)))
}

/// Marks a notification of the caller's as read.
#[utoipa::path(
    tag = "notifications", operation_id = "read_notification", params(("id" = NotificationId, Path)),
    responses(
        (status = 204),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
    ),
    security(("bearer" = []))
)]
#[post("/api/v1/notifications/{id}/read")]
pub async fn read_notification(
    auth: Authorized<NotificationsRead>,
    id: web::Path<NotificationId>,
) -> ApiResult<HttpResponse> {
    let mut tx = auth.tx().await?;
    let found = queries::mark_read(&mut tx, auth.principal.user_id, *id).await?;
    tx.commit().await?;
    match found {
        true => Ok(HttpResponse::NoContent().finish()),
        false => Err(ErrorCode::NotFound.into()),
    }
}

/// Marks all notifications of the caller's as read.
#[utoipa::path(
    tag = "notifications", operation_id = "read_all_notifications",
    responses(
        (status = 204),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
    ),
    security(("bearer" = []))
)]
#[post("/api/v1/notifications/read-all")]
pub async fn read_all_notifications(
    auth: Authorized<NotificationsRead>,
) -> ApiResult<HttpResponse> {
    let mut tx = auth.tx().await?;
    queries::mark_all_read(&mut tx, auth.principal.user_id).await?;
    tx.commit().await?;
    Ok(HttpResponse::NoContent().finish())
}

pub(crate) fn configure(config: &mut ServiceConfig) {
    config
        .service(list_notifications)
        .service(read_all_notifications)
        .service(read_notification);
}
