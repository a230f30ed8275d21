//! Turns every failed response into a problem document, whoever failed it.

use super::context::{Facts, REQUEST_ID};
use crate::openapi::Operations;
use crate::problem::{self, ApiError};
use crate::route;
use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::ServiceResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{ALLOW, CONTENT_TYPE, HeaderValue};
use actix_web::{Error, HttpRequest, HttpResponse, ResponseError, web};
use platform_kernel::ErrorCode;

/// The response as it is, or the problem document in its place.
pub(super) fn render(response: ServiceResponse<BoxBody>) -> ServiceResponse<BoxBody> {
    let status = response.status();
    if !status.is_client_error() && !status.is_server_error() {
        return response;
    }
    if response.response().error().is_some() {
        let (request, old) = response.into_parts();
        let new = match old.error() {
            Some(error) => with_error(error, |error| problem::respond(error, Some(&request))),
            None => problem::respond(&code_of(status).into(), Some(&request)),
        };
        return merge(request, &old, new);
    }
    if has_body(&response) {
        return response;
    }
    let (request, old) = response.into_parts();
    let allowed = allowed_methods(&request, status);
    let code = match allowed {
        Some(_) => ErrorCode::MethodNotAllowed,
        None => code_of(status),
    };
    let mut new = problem::respond(&code.into(), Some(&request));
    if let Some(allowed) = allowed.and_then(|methods| HeaderValue::from_str(&methods).ok()) {
        new.headers_mut().insert(ALLOW, allowed);
    }
    merge(request, &old, new)
}

/// A failure of a layer that gave no response; it carries its own rendering.
pub(super) fn without_response(error: Error, facts: &Facts) -> Error {
    with_error(&error, problem::log);
    let facts = facts.clone();
    Failure { error, facts }.into()
}

/// An error that knows which request it ended.
#[derive(Debug)]
struct Failure {
    error: Error,
    facts: Facts,
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.error.fmt(f)
    }
}

impl ResponseError for Failure {
    fn status_code(&self) -> StatusCode {
        self.error.as_response_error().status_code()
    }

    fn error_response(&self) -> HttpResponse {
        let id = &self.facts.request_id.0;
        let mut response = with_error(&self.error, |error| {
            problem::response(error, self.facts.place.clone(), id)
        });
        if let Ok(id) = HeaderValue::from_str(id) {
            response.headers_mut().insert(REQUEST_ID, id);
        }
        response
    }
}

/// An answer without content comes from the router, which found no route.
fn has_body(response: &ServiceResponse<BoxBody>) -> bool {
    let size = response.response().body().size();
    !matches!(size, BodySize::None | BodySize::Sized(0))
        || response.headers().contains_key(CONTENT_TYPE)
}

/// Keeps the headers that inner layers set.
fn merge(
    request: HttpRequest,
    old: &HttpResponse,
    mut new: HttpResponse,
) -> ServiceResponse<BoxBody> {
    let ours: Vec<_> = new.headers().keys().cloned().collect();
    for (name, value) in old.headers() {
        if !ours.contains(name) {
            new.headers_mut().append(name.clone(), value.clone());
        }
    }
    ServiceResponse::new(request, new)
}

/// The methods of a path that exists, when the answer says that this method does not.
fn allowed_methods(request: &HttpRequest, status: StatusCode) -> Option<String> {
    if status != StatusCode::NOT_FOUND && status != StatusCode::METHOD_NOT_ALLOWED {
        return None;
    }
    let operations = request.app_data::<web::Data<Operations>>()?;
    let methods = operations.methods(&route::pattern(request)?)?;
    let missing = !methods.contains(&request.method().as_str());
    missing.then(|| methods.join(", "))
}

/// Our form of an actix error.
fn with_error<T>(error: &Error, then: impl FnOnce(&platform_kernel::Error) -> T) -> T {
    if let Some(error) = error.as_error::<ApiError>() {
        return then(error.inner());
    }
    let code = code_of(error.as_response_error().status_code());
    if code.status() >= 500 {
        then(&code.because(error.to_string()))
    } else {
        then(&code.detail(error.to_string()))
    }
}

/// Our code for a status that actix or a library chose.
fn code_of(status: StatusCode) -> ErrorCode {
    match status.as_u16() {
        401 => ErrorCode::Unauthenticated,
        403 => ErrorCode::Forbidden,
        404 => ErrorCode::NotFound,
        405 => ErrorCode::MethodNotAllowed,
        409 => ErrorCode::Conflict,
        413 => ErrorCode::PayloadTooLarge,
        415 => ErrorCode::UnsupportedMediaType,
        429 => ErrorCode::RateLimited,
        503 => ErrorCode::Unavailable,
        500.. => ErrorCode::Internal,
        _ => ErrorCode::BadRequest,
    }
}
