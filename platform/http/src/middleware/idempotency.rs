//! `Idempotency-Key`: a POST repeated with the same key has one effect and the first answer. It
//! holds for the operations that create something and say so in the API's document; elsewhere the
//! header means nothing.

mod operations;
mod seal;
mod store;

use crate::authorize::{require_active, resolve};
use crate::body::{JSON_LIMIT, read_body};
use crate::problem::ApiError;
use crate::request::ClientIp;
use crate::route;
use crate::state::HttpState;
use actix_web::body::{BodySize, BoxBody, MessageBody, to_bytes};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{
    AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, LOCATION, SET_COOKIE,
};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, HttpResponse, web};
use platform_kernel::{ErrorCode, Result};
use seal::Seal;
use store::{Claim, Place, Stored};
use tracing::Instrument;

pub use operations::{CreatingOperations, IdempotencyKey};
pub use store::purge_expired_keys;

const KEY: HeaderName = HeaderName::from_static("idempotency-key");
const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");
const KEY_LIMIT: usize = 255;
/// Larger answers are not kept: the request then runs again.
const ANSWER_LIMIT: u64 = 64 << 10;

/// `.wrap(from_fn(middleware::idempotency))`, innermost. It needs `web::Data<CreatingOperations>`.
pub async fn idempotency(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let state = request.app_data::<web::Data<HttpState>>().cloned();
    let (Some(state), Some(operation)) = (state, operation(&request)) else {
        return Ok(next.call(request).await?.map_into_boxed_body());
    };
    let seal = Seal::new(&state.master_key);
    let claim = match claim(&state, &seal, &operation, &mut request).await {
        Ok(Some(claim)) => claim,
        Ok(None) => return Ok(next.call(request).await?.map_into_boxed_body()),
        Err(error) => return Ok(request.error_response(ApiError::from(error))),
    };
    let key = match claim {
        Claim::Replay(stored) => return Ok(request.into_response(replay(stored))),
        Claim::Ours(key) => key,
    };
    // A caller that hangs up midway repeats the request: it must find the answer, not half of it.
    let work = async move {
        let outcome = next.call(request).await;
        let response = match outcome {
            Ok(response) => response.map_into_boxed_body(),
            Err(error) => {
                store::release(&state.db, &key).await;
                return Err(error);
            }
        };
        if route::pattern(response.request()) != Some(operation) {
            store::release(&state.db, &key).await;
            return Ok(response);
        }
        keep(&state, &seal, &key, response).await
    };
    match actix_web::rt::spawn(work.in_current_span()).await {
        Ok(outcome) => outcome,
        Err(cause) => Err(ApiError::from(platform_kernel::Error::internal(cause)).into()),
    }
}

/// The pattern of a creating operation that is asked for under a key.
fn operation(request: &ServiceRequest) -> Option<String> {
    if request.method() != Method::POST || !request.headers().contains_key(&KEY) {
        return None;
    }
    let creating = request.app_data::<web::Data<CreatingOperations>>()?;
    let pattern = route::pattern(request.request())?;
    creating.contains(&pattern).then_some(pattern)
}

/// Looks the key up; `None` when it means nothing: the caller is nobody, or at a dealership that
/// cannot be used now, which the handler will tell.
async fn claim(
    state: &HttpState,
    seal: &Seal,
    operation: &str,
    request: &mut ServiceRequest,
) -> Result<Option<Claim>> {
    let key = key(request.headers())?;
    let Some((place, caller)) = caller(state, operation, request).await else {
        return Ok(None);
    };
    let mut payload = request.take_payload();
    let body = read_body(request.request(), &mut payload, JSON_LIMIT).await?;
    let asked = [
        route::path(request.request()).as_bytes(),
        request.query_string().as_bytes(),
        body.as_ref(),
    ];
    let claimed = seal.claimed(&place, &caller, &key, asked);
    request.set_payload(Payload::from(body));
    store::claim(&state.db, seal, place, claimed).await
}

fn key(headers: &HeaderMap) -> Result<String> {
    let wrong = || {
        let detail = "Idempotency-Key must be 1 to 255 visible ASCII characters";
        ErrorCode::BadRequest.detail(detail)
    };
    let key = headers.get(&KEY).and_then(|key| key.to_str().ok());
    let key = key.ok_or_else(wrong)?;
    let visible = key.bytes().all(|byte| byte.is_ascii_graphic());
    if key.is_empty() || key.len() > KEY_LIMIT || !visible {
        return Err(wrong());
    }
    Ok(key.to_owned())
}

/// Whose key it is, and whose table it belongs in.
async fn caller(
    state: &HttpState,
    operation: &str,
    request: &ServiceRequest,
) -> Option<(Place, String)> {
    if request.headers().contains_key(AUTHORIZATION) {
        let (principal, tenant) = resolve(state, request.request()).await.ok()?;
        let place = match tenant {
            Some(tenant) => {
                require_active(&tenant).ok()?;
                Place::Tenant(tenant)
            }
            None => Place::Control,
        };
        return Some((place, format!("user:{}", principal.user_id)));
    }
    let ClientIp(ip) = ClientIp::of(request.request());
    Some((Place::Control, format!("ip:{}:{operation}", ip?)))
}

/// Keeps a success for repetition; anything else had no effect and may be tried again.
async fn keep(
    state: &HttpState,
    seal: &Seal,
    key: &store::Key,
    response: ServiceResponse<BoxBody>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    if !is_kept(&response) {
        store::release(&state.db, key).await;
        return Ok(response);
    }
    let (request, response) = response.into_parts();
    let (response, body) = response.into_parts();
    let body = to_bytes(body).await.map_err(|cause| {
        let cause = platform_kernel::Error::internal(cause.to_string());
        Error::from(ApiError::from(cause))
    })?;
    let location = response.headers().get(LOCATION);
    let stored = Stored {
        status: response.status().as_u16(),
        body: std::str::from_utf8(&body).ok().map(str::to_owned),
        location: location.and_then(|l| l.to_str().ok()).map(str::to_owned),
    };
    store::finish(&state.db, seal, key, &stored).await;
    let response = response.set_body(BoxBody::new(body));
    Ok(ServiceResponse::new(request, response))
}

fn is_kept(response: &ServiceResponse<BoxBody>) -> bool {
    let headers = response.headers();
    let small = match response.response().body().size() {
        BodySize::None => true,
        BodySize::Sized(size) => size <= ANSWER_LIMIT,
        BodySize::Stream => false,
    };
    let json = headers.get(CONTENT_TYPE).is_none_or(|kind| {
        let kind = kind.to_str().unwrap_or_default();
        kind.starts_with("application/json")
    });
    response.status().is_success() && small && json && !headers.contains_key(SET_COOKIE)
}

fn replay(stored: Stored) -> HttpResponse {
    let status = actix_web::http::StatusCode::from_u16(stored.status);
    let mut response = HttpResponse::build(status.unwrap_or(actix_web::http::StatusCode::OK));
    response.insert_header((REPLAYED, HeaderValue::from_static("true")));
    if let Some(location) = stored.location {
        response.insert_header((LOCATION, location));
    }
    match stored.body.filter(|body| !body.is_empty()) {
        Some(body) => response.content_type("application/json").body(body),
        None => response.finish(),
    }
}
