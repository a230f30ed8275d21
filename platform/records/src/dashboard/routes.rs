use super::service::{self, Viewer};
use super::view::{DashboardScope, DashboardView};
use actix_web::{HttpResponse, get, web};
use platform_http::{ApiResult, Authorized, HttpState, Problem, Query};
use platform_kernel::{ErrorCode, clock};
use policies::markers::DashboardRead;
use policies::{Permission, Role};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;

/// How far back to look.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct DashboardQuery {
    /// Days including today; 7 unless told.
    #[param(minimum = 1, maximum = 90)]
    pub days: Option<u64>,
}

/// Shows the day at a glance. Team members see their own leads and those of nobody; who may see
/// the team's performance sees everybody's, with response times.
#[utoipa::path(
    tag = "records", operation_id = "get_dashboard", params(DashboardQuery),
    responses(
        (status = 200, body = DashboardView),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
    ),
    security(("bearer" = []))
)]
#[get("/api/v1/dashboard")]
pub async fn get_dashboard(
    auth: Authorized<DashboardRead>,
    query: Query<DashboardQuery>,
    state: web::Data<HttpState>,
) -> ApiResult<HttpResponse> {
    let days = query.days.unwrap_or(7);
    if !(1..=90).contains(&days) {
        let error = ErrorCode::BadRequest.detail("days must be between 1 and 90");
        return Err(error
            .field("/days", "out_of_range", "must be between 1 and 90")
            .into());
    }
    let role = auth.principal.role;
    let viewer = Viewer {
        user: auth.principal.user_id,
        scope: match role {
            Role::User => DashboardScope::Own,
            _ => DashboardScope::Team,
        },
        performance: state.policy.allows(role, Permission::PerformanceRead),
    };
    let mut tx = auth.tx().await?;
    let view = service::view(&mut tx, viewer, clock::now(), days).await?;
    tx.commit().await?;
    Ok(HttpResponse::Ok().json(view))
}

pub(crate) fn configure(config: &mut ServiceConfig) {
    config.service(get_dashboard);
}
