use super::dto::{ForgottenPassword, ForgottenPasswordAccepted, ResetPassword};
use crate::Identity;
use crate::sessions::Client;
use actix_web::{HttpResponse, post, web};
use platform_http::{ApiResult, Problem, ValidJson};
use utoipa_actix_web::service_config::ServiceConfig;

/// Asks for a mail with a link to choose a new password. The answer is the same for everybody.
#[utoipa::path(tag = "identity", operation_id = "request_password_reset", request_body = ForgottenPassword,
    responses((status = 202, body = ForgottenPasswordAccepted), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
#[post("/api/v1/auth/forgotten-password")]
pub async fn request_password_reset(
    client: Client,
    body: ValidJson<ForgottenPassword>,
    identity: web::Data<Identity>,
) -> ApiResult<HttpResponse> {
    let body = body.into_inner();
    identity
        .forget_password(&body.tenant, &body.email, &client)
        .await?;
    Ok(HttpResponse::Accepted().json(ForgottenPasswordAccepted {}))
}

/// Sets a new password and ends every session of the user.
#[utoipa::path(tag = "identity", operation_id = "reset_password", request_body = ResetPassword,
    responses((status = 204), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
#[post("/api/v1/auth/reset-password")]
pub async fn reset_password(
    client: Client,
    body: ValidJson<ResetPassword>,
    identity: web::Data<Identity>,
) -> ApiResult<HttpResponse> {
    identity.reset_password(body.into_inner(), &client).await?;
    Ok(HttpResponse::NoContent().finish())
}

pub(crate) fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(request_password_reset)
        .service(reset_password);
}
