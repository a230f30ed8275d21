use super::{CustomerView, queries};
use crate::search::{self, Search};
use actix_web::{HttpResponse, get, web};
use platform_http::{ApiResult, Authorized, Problem, Query};
use platform_kernel::ErrorCode;
use platform_kernel::id::CustomerId;
use platform_kernel::page::{Page, PageQuery};
use policies::markers::CustomersRead;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;

/// What to look for.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct CustomerFilter {
    /// Part of a name, an e-mail address or a phone number.
    #[param(max_length = 200)]
    pub q: Option<String>,
}

/// Lists customers, the newest first.
#[utoipa::path(
    tag = "records", operation_id = "list_customers", params(CustomerFilter, PageQuery),
    responses(
        (status = 200, body = Page<CustomerView>),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
    ),
    security(("bearer" = []))
)]
#[get("/api/v1/customers")]
pub async fn list_customers(
    auth: Authorized<CustomersRead>,
    filter: Query<CustomerFilter>,
    page: Query<PageQuery>,
) -> ApiResult<HttpResponse> {
    let (limit, after) = (page.limit()?, page.after()?);
    let text = search::text(filter.q.as_deref())?;
    let mut tx = auth.tx().await?;
    let search = Search::read(&mut tx, text).await?;
    let rows = queries::list(&mut tx, search.as_ref(), after, limit + 1).await?;
    tx.commit().await?;
    let page = Page::from_rows(rows, limit, |row| (row.created_at, row.id));
    Ok(HttpResponse::Ok().json(page.map(CustomerView::from)))
}

/// Reads one customer.
#[utoipa::path(
    tag = "records", operation_id = "get_customer", params(("id" = CustomerId, Path)),
    responses(
        (status = 200, body = CustomerView),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
    ),
    security(("bearer" = []))
)]
#[get("/api/v1/customers/{id}")]
pub async fn get_customer(
    auth: Authorized<CustomersRead>,
    id: web::Path<CustomerId>,
) -> ApiResult<HttpResponse> {
    let mut tx = auth.tx().await?;
    let customer = queries::find(&mut tx, *id).await?;
    tx.commit().await?;
    let customer = customer.ok_or(ErrorCode::NotFound)?;
    Ok(HttpResponse::Ok().json(CustomerView::from(customer)))
}

pub(crate) fn configure(config: &mut ServiceConfig) {
    config.service(list_customers).service(get_customer);
}
