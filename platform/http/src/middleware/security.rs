//! Headers that tell browsers what the answers may do.

use crate::origins::Origins;
use crate::route;
use crate::state::HttpState;
use actix_cors::Cors;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderMap, HeaderName, HeaderValue, REFERRER_POLICY,
    STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS,
};
use actix_web::middleware::Next;
use actix_web::{Error, web};

/// Swagger UI draws its logo from data URLs and sets styles on elements.
const DOCS_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
     img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; \
     frame-ancestors 'none'; form-action 'none'";
const DOCS: &str = "/api/docs";

/// `.wrap(from_fn(middleware::security))`. A header that the handler chose stays.
pub async fn security<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let mut response = next.call(request).await?;
    let path = route::path(response.request());
    let docs = path == DOCS
        || path
            .strip_prefix(DOCS)
            .is_some_and(|rest| rest.starts_with('/'));
    let api = path.starts_with("/api/");
    let origins = response
        .request()
        .app_data::<web::Data<HttpState>>()
        .map(|state| state.origins.clone())
        .unwrap_or_default();
    let headers = response.headers_mut();
    if docs {
        set(headers, CONTENT_SECURITY_POLICY, DOCS_POLICY);
    } else {
        set(headers, CONTENT_SECURITY_POLICY, &origins.app_policy());
    }
    if api && !docs {
        set(headers, CACHE_CONTROL, "no-store");
    }
    if origins.is_https() {
        let year = "max-age=31536000; includeSubDomains";
        set(headers, STRICT_TRANSPORT_SECURITY, year);
    }
    set(headers, X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(headers, REFERRER_POLICY, "strict-origin-when-cross-origin");
    let permissions = HeaderName::from_static("permissions-policy");
    let none = "camera=(), geolocation=(), microphone=(), payment=(), usb=()";
    set(headers, permissions, none);
    let opener = HeaderName::from_static("cross-origin-opener-policy");
    set(headers, opener, "same-origin");
    Ok(response)
}

fn set(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if !headers.contains_key(&name)
        && let Ok(value) = HeaderValue::from_str(value)
    {
        headers.insert(name, value);
    }
}

/// Which other origins may read answers. Without credentials: the refresh cookie is for our own
/// origin alone, and bearer tokens are sent by hand.
pub fn cors(origins: &Origins) -> Cors {
    let origins = origins.clone();
    Cors::default()
        .allowed_origin_fn(move |origin, _| origin.to_str().is_ok_and(|o| origins.allows(o)))
        .allowed_methods(["GET", "POST", "PUT", "PATCH", "DELETE"])
        .allowed_headers([
            "authorization",
            "content-type",
            "idempotency-key",
            "traceparent",
            "x-auterity-csrf",
            "x-request-id",
        ])
        .expose_headers([
            "idempotent-replayed",
            "location",
            "ratelimit-limit",
            "ratelimit-remaining",
            "ratelimit-reset",
            "retry-after",
            "x-request-id",
        ])
        .max_age(600)
}
