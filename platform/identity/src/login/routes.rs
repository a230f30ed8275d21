use super::dto::LogIn;
use crate::Identity;
use crate::sessions::{self, Client, SessionView};
use actix_web::http::StatusCode;
use actix_web::{HttpResponse, post, web};
use platform_http::{ApiResult, Problem, ValidJson};
use utoipa_actix_web::service_config::ServiceConfig;

/// Signs in with dealership, e-mail and password.
#[utoipa::path(tag = "identity", operation_id = "log_in", request_body = LogIn,
    responses((status = 200, body = SessionView), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
#[post("/api/v1/auth/login")]
pub async fn log_in(
    client: Client,
    body: ValidJson<LogIn>,
    identity: web::Data<Identity>,
) -> ApiResult<HttpResponse> {
    let body = body.into_inner();
    let delivery = body.token_delivery;
    let session = identity.log_in(body, &client).await?;
    Ok(sessions::answer(StatusCode::OK, session, delivery))
}

pub(crate) fn configure(config: &mut ServiceConfig<'_>) {
    config.service(log_in);
}
