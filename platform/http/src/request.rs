//! What is known of a request besides its path.

use crate::state::HttpState;
use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use std::convert::Infallible;
use std::future::{Ready, ready};
use std::net::IpAddr;

/// The id under which the log knows this request.
#[derive(Clone, Debug, Default)]
pub struct RequestId(pub String);

impl FromRequest for RequestId {
    type Error = Infallible;
    type Future = Ready<Result<Self, Infallible>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(request
            .extensions()
            .get::<RequestId>()
            .cloned()
            .unwrap_or_default()))
    }
}

/// The caller's address.
#[derive(Clone, Copy, Debug)]
pub struct ClientIp(pub Option<IpAddr>);

impl ClientIp {
    /// The peer's address; behind trusted proxies the right-most address of `X-Forwarded-For`
    /// that is not one of them. Headers of anyone else are not believed.
    pub fn of(request: &HttpRequest) -> Self {
        let hops = HttpState::of(request).map_or(0, |state| state.trusted_proxy_hops);
        let peer = request.peer_addr().map(|addr| addr.ip());
        if hops == 0 {
            return Self(peer);
        }
        let forwarded = request
            .headers()
            .get_all("x-forwarded-for")
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .filter_map(|part| part.trim().parse().ok())
            .collect::<Vec<IpAddr>>();
        Self(forwarded.iter().rev().nth(hops - 1).copied().or(peer))
    }
}

impl FromRequest for ClientIp {
    type Error = Infallible;
    type Future = Ready<Result<Self, Infallible>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Self::of(request)))
    }
}

/// The host that the request names, without port, lower case.
pub fn host_of(request: &HttpRequest) -> String {
    let info = request.connection_info();
    let host = request
        .headers()
        .get(actix_web::http::header::HOST)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_else(|| info.host());
    let host = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => host,
    };
    host.trim_end_matches('.').to_ascii_lowercase()
}
