//! Limits per address and per hook; those per user and tenant are charged where they are resolved.

use crate::limits::{Cost, Limit, Verdict, charge};
use crate::problem::ApiError;
use crate::request::ClientIp;
use crate::route;
use crate::state::HttpState;
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, HttpRequest, web};
use platform_kernel::id::TenantId;
use platform_kernel::secret::token_hash;
use std::net::IpAddr;

const HOOK: &str = "/hooks/{key}";
/// Where passwords and one-time tokens can be guessed, or mails be sent to strangers.
const CREDENTIALS: [&str; 9] = [
    "/api/v1/signup",
    "/api/v1/signup/resend",
    "/api/v1/signup/show",
    "/api/v1/signup/verify",
    "/api/v1/auth/login",
    "/api/v1/auth/forgotten-password",
    "/api/v1/auth/reset-password",
    "/api/v1/invitations/accept",
    "/api/v1/invitations/show",
];

/// `.wrap(from_fn(middleware::rate_limit))`.
pub async fn rate_limit(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let Some(state) = request.app_data::<web::Data<HttpState>>().cloned() else {
        return Ok(next.call(request).await?.map_into_boxed_body());
    };
    let cost = Cost::of(request.headers());
    for buckets in wanted(&state, &request) {
        let Some(verdict) = charge(&state, &buckets, cost).await else {
            continue;
        };
        note(&mut request.extensions_mut(), verdict);
        if let Err(error) = verdict.check() {
            let mut response = request.error_response(ApiError::from(error));
            headers(response.headers_mut(), verdict);
            return Ok(response);
        }
    }
    let mut response = next.call(request).await?.map_into_boxed_body();
    let verdict = response.request().extensions().get::<Verdict>().copied();
    if let Some(verdict) = verdict {
        headers(response.headers_mut(), verdict);
    }
    Ok(response)
}

/// Charges the bucket that all hooks of a dealership share. Call it once the address is known to exist,
/// so that a caller who only knows the dealership's id cannot exhaust it.
///
/// # Errors
/// `rate_limited`.
pub async fn charge_hooks(request: &HttpRequest, tenant: TenantId) -> Result<(), ApiError> {
    let Some(state) = HttpState::of(request) else {
        return Ok(());
    };
    let key = format!("auterity:rate:hooks:{{{tenant}}}");
    let bucket = [(key, state.rate_limits.hooks)];
    let Some(verdict) = charge(state, &bucket, Cost::of(request.headers())).await else {
        return Ok(());
    };
    note(&mut request.extensions_mut(), verdict);
    Ok(verdict.check()?)
}

/// Keeps the verdict that leaves the least.
pub(crate) fn note(extensions: &mut actix_web::dev::Extensions, verdict: Verdict) {
    let share = |v: &Verdict| f64::from(v.remaining) / f64::from(v.limit.burst.max(1));
    let kept = extensions.get::<Verdict>();
    if !verdict.allowed || kept.is_none_or(|kept| share(&verdict) < share(kept)) {
        extensions.insert(verdict);
    }
}

/// The buckets of a request, those of one Redis slot together.
fn wanted(state: &HttpState, request: &ServiceRequest) -> Vec<Vec<(String, Limit)>> {
    let pattern = route::pattern(request.request());
    let pattern = pattern.as_deref().unwrap_or_default();
    if pattern.starts_with("/health") {
        return Vec::new();
    }
    let limits = &state.rate_limits;
    let mut groups = Vec::new();
    if let ClientIp(Some(ip)) = ClientIp::of(request.request()) {
        let whose = network(ip);
        let mut buckets = vec![(format!("auterity:rate:ip:{{{whose}}}"), limits.ip)];
        if request.method() == Method::POST && CREDENTIALS.contains(&pattern) {
            let key = format!("auterity:rate:credentials:{{{whose}}}");
            buckets.push((key, limits.credentials));
        }
        groups.push(buckets);
    }
    if pattern == HOOK {
        let key = route::path(request.request()).rsplit('/').next();
        let key = key.unwrap_or_default();
        let hook = data_encoding::HEXLOWER.encode(&token_hash(key));
        groups.push(vec![(
            format!("auterity:rate:hook:{{{hook}}}"),
            limits.hook,
        )]);
    }
    groups
}

/// An IPv6 customer has a whole /64 to choose addresses from.
fn network(ip: IpAddr) -> String {
    match ip.to_canonical() {
        IpAddr::V4(ip) => ip.to_string(),
        IpAddr::V6(ip) => {
            let [a, b, c, d, ..] = ip.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::")
        }
    }
}

/// `RateLimit-*` as in draft-ietf-httpapi-ratelimit-headers-07.
fn headers(headers: &mut HeaderMap, verdict: Verdict) {
    let reset = verdict.reset.as_secs_f64().ceil();
    let values = [
        ("ratelimit-limit", verdict.limit.burst.to_string()),
        ("ratelimit-remaining", verdict.remaining.to_string()),
        ("ratelimit-reset", format!("{reset:.0}")),
    ];
    for (name, value) in values {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ipv6_network_counts_as_one_address() {
        let a: IpAddr = "2001:db8:1:2::1".parse().unwrap();
        let b: IpAddr = "2001:db8:1:2:ffff::9".parse().unwrap();
        assert_eq!(network(a), network(b));
        assert_eq!(network("::ffff:192.0.2.1".parse().unwrap()), "192.0.2.1");
    }
}
