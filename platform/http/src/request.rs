//! What is known of a request besides its path.

use crate::state::HttpState;
use actix_web::dev::Payload;
use actix_web::http::header::HeaderValue;
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use std::convert::Infallible;
use std::future::{Ready, ready};
use std::net::{IpAddr, SocketAddr};

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
    /// The peer's address; behind trusted proxies the entry of `X-Forwarded-For` that the outermost of
    /// them wrote. Positions count from the right and over all lines of the header, whatever the entries
    /// hold; one that is no address counts as the peer.
    pub fn of(request: &HttpRequest) -> Self {
        let hops = HttpState::of(request).map_or(0, |state| state.trusted_proxy_hops);
        let peer = request.peer_addr().map(|addr| addr.ip());
        if hops == 0 {
            return Self(peer);
        }
        let lines = request.headers().get_all("x-forwarded-for");
        Self(forwarded(lines.map(HeaderValue::as_bytes), hops).or(peer))
    }
}

/// The address in the `hops`th entry from the right, over all lines of the header.
fn forwarded<'a>(lines: impl Iterator<Item = &'a [u8]>, hops: usize) -> Option<IpAddr> {
    let entries: Vec<&[u8]> = lines
        .flat_map(|line| line.split(|byte| *byte == b','))
        .collect();
    let entry = entries.iter().rev().nth(hops.checked_sub(1)?)?;
    forwarded_address(std::str::from_utf8(entry).ok()?)
}

/// An entry of `X-Forwarded-For`: an address, with or without brackets and port, as proxies write it.
fn forwarded_address(entry: &str) -> Option<IpAddr> {
    let entry = entry.trim().trim_matches('"');
    if let Ok(address) = entry.parse::<IpAddr>() {
        return Some(address);
    }
    if let Ok(address) = entry.parse::<SocketAddr>() {
        return Some(address.ip());
    }
    let bare = entry.strip_prefix('[')?.strip_suffix(']')?;
    bare.parse().ok().map(IpAddr::V6)
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

#[cfg(test)]
mod tests {
    use super::*;

    fn behind(hops: usize, lines: &[&str]) -> Option<String> {
        let lines = lines.iter().map(|line| line.as_bytes());
        forwarded(lines, hops).map(|address| address.to_string())
    }

    #[test]
    fn the_entry_of_the_outermost_trusted_proxy_counts_however_it_is_written() {
        for (entry, address) in [
            ("203.0.113.7", Some("203.0.113.7")),
            ("203.0.113.7:51234", Some("203.0.113.7")),
            ("[2001:db8::1]:443", Some("2001:db8::1")),
            ("[2001:db8::1]", Some("2001:db8::1")),
            ("2001:db8::1", Some("2001:db8::1")),
            ("\"[2001:db8::1]:443\"", Some("2001:db8::1")),
            ("unknown", None),
            ("_hidden", None),
            ("", None),
            ("203.0.113.7:port", None),
        ] {
            let line = format!("9.9.9.9, {entry}");
            assert_eq!(behind(1, &[&line]).as_deref(), address, "{line}");
        }
    }

    #[test]
    fn positions_count_over_all_lines_before_anything_is_parsed() {
        let lines = ["9.9.9.9, 203.0.113.7", "unknown, 10.0.0.2:443"];
        assert_eq!(behind(1, &lines).as_deref(), Some("10.0.0.2"));
        assert_eq!(behind(2, &lines), None);
        assert_eq!(behind(3, &lines).as_deref(), Some("203.0.113.7"));
        assert_eq!(behind(9, &lines), None);
        assert_eq!(behind(1, &[]), None);
    }
}
