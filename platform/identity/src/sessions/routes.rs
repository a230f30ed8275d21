use super::cookie;
use super::dto::{LogOut, RefreshSession, SessionView, TokenDelivery};
use super::service::{Client, Session};
use crate::Identity;
use actix_web::http::StatusCode;
use actix_web::http::header::CACHE_CONTROL;
use actix_web::{HttpRequest, HttpResponse, post, web};
use platform_http::{ApiResult, Problem, ValidJson};
use platform_kernel::{Error, ErrorCode};
use utoipa_actix_web::service_config::ServiceConfig;

/// The answer that carries a session. The refresh token goes into the cookie or into the body,
/// never into both.
pub(crate) fn answer(
    status: StatusCode,
    session: Session,
    delivery: Option<TokenDelivery>,
) -> HttpResponse {
    let mut response = HttpResponse::build(status);
    response.insert_header((CACHE_CONTROL, "no-store"));
    let mut view = session.view;
    match delivery.unwrap_or_default() {
        TokenDelivery::Body => view.refresh_token = Some(session.refresh_token),
        TokenDelivery::Cookie => {
            response.cookie(cookie::make(&session.refresh_token, session.expires_at));
            if let Some(device) = &session.device {
                response.cookie(device.cookie());
            }
        }
    }
    response.json(view)
}

/// Trades a refresh token for its successor and a new access token.
///
/// The same token asked again within 20 seconds gives the same successor; later it ends the session.
/// With the cookie the header `X-Auterity-Csrf: 1` is needed.
#[utoipa::path(tag = "identity", operation_id = "refresh_session", request_body = RefreshSession,
    responses((status = 200, body = SessionView), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
#[post("/api/v1/auth/refresh")]
pub async fn refresh_session(
    request: HttpRequest,
    client: Client,
    body: ValidJson<RefreshSession>,
    identity: web::Data<Identity>,
) -> ApiResult<HttpResponse> {
    let body = body.into_inner();
    let (token, delivery) = match (body.refresh_token, body.token_delivery) {
        (Some(token), delivery) => (Some(token), delivery.unwrap_or(TokenDelivery::Body)),
        (None, Some(TokenDelivery::Body)) => {
            let detail = "a token that comes as a cookie stays in the cookie";
            return Err(Error::invalid("/token_delivery", "invalid", detail).into());
        }
        (None, _) => (cookie::read(&request)?, TokenDelivery::Cookie),
    };
    let token = token.ok_or_else(|| ErrorCode::Unauthenticated.detail("no refresh token"))?;
    let session = identity.refresh(&token, &client).await?;
    Ok(answer(StatusCode::OK, session, Some(delivery)))
}

/// Ends the session; its access token is refused within a second.
#[utoipa::path(tag = "identity", operation_id = "log_out", request_body = LogOut,
    responses((status = 204), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
#[post("/api/v1/auth/logout")]
pub async fn log_out(
    request: HttpRequest,
    client: Client,
    body: ValidJson<LogOut>,
    identity: web::Data<Identity>,
) -> ApiResult<HttpResponse> {
    let token = match body.into_inner().refresh_token {
        Some(token) => Some(token),
        None => cookie::read(&request)?,
    };
    if let Some(token) = token {
        identity.log_out(&token, &client).await?;
    }
    Ok(HttpResponse::NoContent().cookie(cookie::removal()).finish())
}

pub(crate) fn configure(config: &mut ServiceConfig<'_>) {
    config.service(refresh_session).service(log_out);
}
