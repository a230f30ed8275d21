use super::dto::{ResendSignup, SignUp, SignupAccepted, SignupPreview, VerifySignup};
use crate::Identity;
use crate::fields::LinkToken;
use crate::sessions::{self, Client, SessionView};
use actix_web::http::StatusCode;
use actix_web::http::header::CACHE_CONTROL;
use actix_web::{HttpResponse, post, web};
use platform_http::middleware::IdempotencyKey;
use platform_http::{ApiResult, Problem, ValidJson};
use utoipa_actix_web::service_config::ServiceConfig;

/// Signs a dealership group up. The mail that follows has the link to go on.
#[utoipa::path(tag = "identity", operation_id = "sign_up", params(IdempotencyKey), request_body = SignUp,
    responses((status = 202, body = SignupAccepted), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
#[post("/api/v1/signup")]
pub async fn sign_up(
    client: Client,
    body: ValidJson<SignUp>,
    identity: web::Data<Identity>,
) -> ApiResult<HttpResponse> {
    let accepted = identity.sign_up(body.into_inner(), &client).await?;
    Ok(HttpResponse::Accepted().json(accepted))
}

/// Sends the mail again; the link in the one before stops working.
#[utoipa::path(tag = "identity", operation_id = "resend_signup", request_body = ResendSignup,
    responses((status = 202, body = SignupAccepted), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
#[post("/api/v1/signup/resend")]
pub async fn resend_signup(
    client: Client,
    body: ValidJson<ResendSignup>,
    identity: web::Data<Identity>,
) -> ApiResult<HttpResponse> {
    let signup = body.into_inner().signup_id;
    let accepted = identity.resend_signup(signup, &client).await?;
    Ok(HttpResponse::Accepted().json(accepted))
}

/// What a sign-up is about, for the person who got its mail. It decides nothing.
#[utoipa::path(tag = "identity", operation_id = "show_signup", request_body = LinkToken,
    responses((status = 200, body = SignupPreview), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
#[post("/api/v1/signup/show")]
pub async fn show_signup(
    body: ValidJson<LinkToken>,
    identity: web::Data<Identity>,
) -> ApiResult<HttpResponse> {
    let preview = identity.preview_signup(&body.0.token).await?;
    Ok(HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "no-store"))
        .json(preview))
}

/// Verifies the e-mail address and sets the password: makes the dealership and signs its first
/// admin in.
#[utoipa::path(tag = "identity", operation_id = "verify_signup", request_body = VerifySignup,
    responses((status = 201, body = SessionView), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
#[post("/api/v1/signup/verify")]
pub async fn verify_signup(
    client: Client,
    body: ValidJson<VerifySignup>,
    identity: web::Data<Identity>,
) -> ApiResult<HttpResponse> {
    let body = body.into_inner();
    let delivery = body.token_delivery;
    let session = identity.verify_signup(body, &client).await?;
    Ok(sessions::answer(StatusCode::CREATED, session, delivery))
}

pub(crate) fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(sign_up)
        .service(resend_signup)
        .service(show_signup)
        .service(verify_signup);
}
