use crate::dto::{AdminTenantView, SuspendTenant};
use crate::lifecycle::Lifecycle;
use crate::model;
use actix_web::web::{Data, Json, Path};
use actix_web::{get, post};
use chrono::{DateTime, Utc};
use platform_http::authorize::AuthorizedPlatform;
use platform_http::{ApiResult, Problem, Query, ValidJson};
use platform_kernel::ErrorCode;
use platform_kernel::id::TenantId;
use platform_kernel::page::{Page, PageQuery};
use policies::markers::{TenantsManage, TenantsRead};
use utoipa_actix_web::service_config::ServiceConfig;

/// Adds the operations of this slice.
pub fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(list_tenants)
        .service(suspend_tenant)
        .service(reactivate_tenant);
}

/// All dealerships of the platform, newest first.
#[utoipa::path(tag = "admin", operation_id = "list_tenants", params(PageQuery),
    responses((status = 200, body = Page<AdminTenantView>), (status = "4XX", body = Problem, content_type = "application/problem+json")),
    security(("bearer" = [])))]
#[get("/api/v1/admin/tenants")]
pub async fn list_tenants(
    _auth: AuthorizedPlatform<TenantsRead>,
    query: Query<PageQuery>,
    lifecycle: Data<Lifecycle>,
) -> ApiResult<Json<Page<AdminTenantView>>> {
    let limit = query.limit()?;
    let after: Option<(DateTime<Utc>, TenantId)> = query.after()?;
    let mut tx = lifecycle.db.control().await?;
    let rows = model::list(&mut tx, after, limit).await?;
    tx.commit().await?;
    let page = Page::from_rows(rows, limit, |(tenant, _, _)| (tenant.created_at, tenant.id));
    Ok(Json(page.map(AdminTenantView::from)))
}

/// Shuts a dealership out within a second.
#[utoipa::path(tag = "admin", operation_id = "suspend_tenant", params(("id" = TenantId, Path)), request_body = SuspendTenant,
    responses((status = 200, body = AdminTenantView), (status = "4XX", body = Problem, content_type = "application/problem+json")),
    security(("bearer" = [])))]
#[post("/api/v1/admin/tenants/{id}/suspend")]
pub async fn suspend_tenant(
    auth: AuthorizedPlatform<TenantsManage>,
    id: Path<TenantId>,
    body: ValidJson<SuspendTenant>,
    lifecycle: Data<Lifecycle>,
) -> ApiResult<Json<AdminTenantView>> {
    lifecycle
        .suspend(*id, &body.0.reason, &auth.actor())
        .await?;
    view(&lifecycle, *id).await
}

/// Lets a suspended dealership back in.
#[utoipa::path(tag = "admin", operation_id = "reactivate_tenant", params(("id" = TenantId, Path)),
    responses((status = 200, body = AdminTenantView), (status = "4XX", body = Problem, content_type = "application/problem+json")),
    security(("bearer" = [])))]
#[post("/api/v1/admin/tenants/{id}/reactivate")]
pub async fn reactivate_tenant(
    auth: AuthorizedPlatform<TenantsManage>,
    id: Path<TenantId>,
    lifecycle: Data<Lifecycle>,
) -> ApiResult<Json<AdminTenantView>> {
    lifecycle.reactivate(*id, &auth.actor()).await?;
    view(&lifecycle, *id).await
}

async fn view(lifecycle: &Lifecycle, id: TenantId) -> ApiResult<Json<AdminTenantView>> {
    let mut tx = lifecycle.db.control().await?;
    let row = model::find_for_admin(&mut tx, id)
        .await?
        .ok_or(ErrorCode::NotFound)?;
    tx.commit().await?;
    Ok(Json(row.into()))
}
