use super::store::JwkView;
use crate::Identity;
use actix_web::http::header::CACHE_CONTROL;
use actix_web::{HttpResponse, get, web};
use platform_http::{ApiResult, Problem};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

/// The keys that verify access tokens.
#[derive(Debug, Serialize, ToSchema)]
pub struct JwksView {
    pub keys: Vec<JwkView>,
}

/// Public keys of the access tokens (RFC 7517).
#[utoipa::path(tag = "identity", operation_id = "get_jwks",
    responses((status = 200, body = JwksView), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
#[get("/.well-known/jwks.json")]
pub async fn get_jwks(identity: web::Data<Identity>) -> ApiResult<HttpResponse> {
    let keys = identity.keys.current().public.clone();
    Ok(HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "public, max-age=60"))
        .json(JwksView { keys }))
}

pub(crate) fn configure(config: &mut ServiceConfig<'_>) {
    config.service(get_jwks);
}
