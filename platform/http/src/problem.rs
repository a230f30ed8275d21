//! Every failure leaves as `application/problem+json` (RFC 9457).

use crate::place::place_of;
use crate::request::RequestId;
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use actix_web::{HttpMessage, HttpRequest, HttpResponse, ResponseError};
use platform_kernel::{Error, ErrorCode};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What handlers give.
pub type ApiResult<T> = Result<T, ApiError>;

/// A [`platform_kernel::Error`] on its way out.
#[derive(Debug)]
pub struct ApiError(Error);

impl<E: Into<Error>> From<E> for ApiError {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl std::fmt::Display for ApiError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl ApiError {
    pub fn inner(&self) -> &Error {
        &self.0
    }
}

/// A problem document.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Problem {
    /// `/problems/<code>`, which the API's documentation resolves.
    #[serde(rename = "type")]
    pub type_: String,
    pub title: String,
    pub status: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// Where it happened: the path that was asked for, with names in the place of what is no id.
    /// Paths may hold secrets, and problem documents are passed on. Not there for unknown paths.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instance: Option<String>,
    /// A stable word from the table of codes.
    pub code: String,
    /// Quote it to support: the log has the cause under it.
    pub request_id: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldProblem>,
}

/// One faulty field.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct FieldProblem {
    /// JSON pointer into the body (RFC 6901).
    pub pointer: String,
    pub code: String,
    pub detail: String,
}

impl Problem {
    /// The document for `error` in answer to `request`.
    pub fn new(error: &Error, request: Option<&HttpRequest>) -> Self {
        let request_id = request.and_then(|r| r.extensions().get::<RequestId>().cloned());
        let place = request.and_then(place_of);
        Self::at(error, place, &request_id.unwrap_or_default().0)
    }

    /// The document for `error` at `place`. Errors of our own (5xx) tell nothing but the code's
    /// title.
    fn at(error: &Error, place: Option<String>, request_id: &str) -> Self {
        let code = error.code();
        let ours = code.status() >= 500;
        Self {
            type_: format!("/problems/{}", code.as_str()),
            title: code.title().to_owned(),
            status: code.status(),
            detail: error.detail().filter(|_| !ours).map(str::to_owned),
            instance: place,
            code: code.as_str().to_owned(),
            request_id: request_id.to_owned(),
            errors: error
                .errors()
                .iter()
                .map(|e| FieldProblem {
                    pointer: e.pointer.clone(),
                    code: e.code.clone(),
                    detail: e.detail.clone(),
                })
                .collect(),
        }
    }
}

/// The response for `error`; the cause goes to the log here, once.
pub fn respond(error: &Error, request: Option<&HttpRequest>) -> HttpResponse {
    log(error);
    build(error, &Problem::new(error, request))
}

/// The response for `error` at `place`, without logging.
pub(crate) fn response(error: &Error, place: Option<String>, request_id: &str) -> HttpResponse {
    build(error, &Problem::at(error, place, request_id))
}

pub(crate) fn log(error: &Error) {
    let code = error.code().as_str();
    if error.code().status() >= 500 {
        tracing::error!(code, %error, "request failed");
    } else {
        tracing::debug!(code, %error, "request refused");
    }
}

fn build(error: &Error, problem: &Problem) -> HttpResponse {
    let code = error.code();
    let status = StatusCode::from_u16(code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = HttpResponse::build(status);
    response.insert_header((CONTENT_TYPE, "application/problem+json"));
    response.insert_header(("Cache-Control", "no-store"));
    if let Some(wait) = error.wait() {
        let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
        response.insert_header((RETRY_AFTER, seconds.max(1).to_string()));
    } else if code == ErrorCode::Unavailable || code == ErrorCode::TenantNotReady {
        response.insert_header((RETRY_AFTER, "2"));
    }
    if status == StatusCode::UNAUTHORIZED {
        response.insert_header((WWW_AUTHENTICATE, "Bearer"));
    }
    response.json(problem)
}

impl ResponseError for ApiError {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.0.code().status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// Only where [`crate::middleware::context`] does not render and log the failure.
    fn error_response(&self) -> HttpResponse {
        response(&self.0, None, "")
    }
}
