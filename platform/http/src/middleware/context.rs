//! The outermost layer: names the request, traces and counts it, and renders its failure.

use super::failure;
use crate::metrics;
use crate::place::place_of;
use crate::request::RequestId;
use crate::route;
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage};
use platform_kernel::trace::{self, Trace};
use std::time::Instant;
use tracing::field::Empty;
use tracing::{Instrument, Span};

pub(super) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What the layer knows of a request after the request itself is gone.
#[derive(Clone, Debug)]
pub(super) struct Facts {
    /// The path, as far as it may be shown.
    pub(super) place: Option<String>,
    pub(super) request_id: RequestId,
    is_probe: bool,
}

/// Wrap it last, so that it stands outside everything else:
/// `.wrap(from_fn(middleware::context))`.
pub async fn context(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let started = Instant::now();
    let trace = trace_of(request.headers());
    let facts = Facts {
        place: place_of(request.request()),
        request_id: request_id(request.headers()),
        is_probe: is_probe(route::path(request.request())),
    };
    let span = span(&request, &facts, &trace);
    request.extensions_mut().insert(facts.request_id.clone());
    let method = method_label(request.method());
    let in_flight = InFlight::enter();
    let serve = async move {
        let outcome = next.call(request).await;
        let response = match outcome {
            Ok(response) => failure::render(response.map_into_boxed_body()),
            Err(error) => {
                let status = error.as_response_error().status_code().as_u16();
                record(&facts, method, None, status, started);
                return Err(failure::without_response(error, &facts));
            }
        };
        drop(in_flight);
        Ok(finish(response, &facts, method, started))
    };
    trace::within(Some(trace), serve.instrument(span)).await
}

/// Records a response on its way out and names the request in it.
fn finish(
    mut response: ServiceResponse<BoxBody>,
    facts: &Facts,
    method: &'static str,
    started: Instant,
) -> ServiceResponse<BoxBody> {
    let route = route::pattern(response.request());
    record(facts, method, route, response.status().as_u16(), started);
    if let Ok(value) = HeaderValue::from_str(&facts.request_id.0) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    response
}

/// Counts and logs, once for each request.
fn record(
    facts: &Facts,
    method: &'static str,
    route: Option<String>,
    status: u16,
    started: Instant,
) {
    let route = route.unwrap_or_else(|| "unmatched".to_owned());
    let elapsed = started.elapsed();
    Span::current().record("http.route", &route);
    metrics::record_request(method, &route, status, elapsed);
    let duration_ms = elapsed.as_secs_f64() * 1_000.0;
    if facts.is_probe {
        tracing::debug!(status, duration_ms, "request");
    } else {
        tracing::info!(status, duration_ms, "request");
    }
}

/// `http.path` holds ids and no other parameters, and is left out for paths without a route: what
/// a path says may be a secret.
fn span(request: &ServiceRequest, facts: &Facts, trace: &Trace) -> Span {
    tracing::info_span!(
        "http",
        "http.method" = method_label(request.method()),
        "http.path" = facts.place.as_deref(),
        "http.route" = Empty,
        "request.id" = %facts.request_id.0,
        trace_id = %trace.trace_id(),
        span_id = %trace.span_id(),
        "tenant.id" = Empty,
        "user.id" = Empty,
    )
}

/// Continues the caller's trace, or starts one when there is none that is well formed.
fn trace_of(headers: &HeaderMap) -> Trace {
    let mut values = headers.get_all("traceparent");
    let only = values.next().filter(|_| values.next().is_none());
    let given = only.and_then(|value| value.to_str().ok()?.parse::<Trace>().ok());
    given.map_or_else(Trace::start, |trace| trace.child())
}

/// The caller's id, marked as theirs, when it is one that a log can hold, else a new one: what stands in
/// a dealership's audit log must not pass for an id of ours.
fn request_id(headers: &HeaderMap) -> RequestId {
    let sane = |id: &&str| {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        (8..=64).contains(&id.len()) && id.bytes().all(plain)
    };
    let given = headers.get(&REQUEST_ID).and_then(|id| id.to_str().ok());
    match given.filter(sane) {
        Some(id) => RequestId(format!("caller.{id}")),
        None => RequestId(uuid::Uuid::now_v7().to_string()),
    }
}

/// Callers may invent methods; the metric's labels stay few.
fn method_label(method: &Method) -> &'static str {
    const KNOWN: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
    let known = KNOWN.into_iter().find(|known| *known == method.as_str());
    known.unwrap_or("other")
}

fn is_probe(path: &str) -> bool {
    path == "/metrics" || path == "/health" || path.starts_with("/health/")
}

/// Counts down also when the caller hangs up and the request is dropped midway.
struct InFlight;

impl InFlight {
    fn enter() -> Self {
        ::metrics::gauge!("auterity_http_requests_in_flight").increment(1);
        Self
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        ::metrics::gauge!("auterity_http_requests_in_flight").decrement(1);
    }
}
