//! Where the app is reached, and which other origins may call the API.

use actix_web::HttpRequest;
use actix_web::http::header::{HOST, HeaderMap, ORIGIN};
use platform_kernel::{ErrorCode, Result};
use url::Url;

/// The public address, everything below its domain, and the configured others.
#[derive(Clone, Debug)]
pub struct Origins {
    scheme: String,
    port: Option<u16>,
    base_domain: String,
    allowed: Vec<String>,
}

impl Default for Origins {
    fn default() -> Self {
        Self {
            scheme: "http".to_owned(),
            port: Some(80),
            base_domain: "localhost".to_owned(),
            allowed: Vec::new(),
        }
    }
}

impl Origins {
    /// `public_url` gives scheme and port of our own origins; `allowed` are further ones in full,
    /// for example `http://localhost:5173`.
    pub fn new(public_url: &Url, base_domain: &str, allowed: &[Url]) -> Self {
        Self {
            scheme: public_url.scheme().to_owned(),
            port: public_url.port_or_known_default(),
            base_domain: base_domain.to_ascii_lowercase(),
            allowed: allowed
                .iter()
                .map(|url| url.origin().ascii_serialization())
                .collect(),
        }
    }

    /// Whether the app is served over TLS.
    pub fn is_https(&self) -> bool {
        self.scheme == "https"
    }

    /// Whether a page of this origin may call the API.
    pub fn allows(&self, origin: &str) -> bool {
        let Ok(url) = Url::parse(origin) else {
            return false;
        };
        if self.allowed.contains(&url.origin().ascii_serialization()) {
            return true;
        }
        let host = url.host_str().unwrap_or_default();
        let below = |rest: &str| rest.is_empty() || rest.ends_with('.');
        url.scheme() == self.scheme
            && url.port_or_known_default() == self.port
            && host.strip_suffix(&self.base_domain).is_some_and(below)
    }

    /// Whether the page that sent this request may: one of an allowed origin, or of the very
    /// host it calls (a dealership's own domain). Callers that are no browser name no origin.
    pub fn admits(&self, headers: &HeaderMap) -> bool {
        let Some(origin) = headers.get(ORIGIN) else {
            return true;
        };
        let Ok(origin) = origin.to_str() else {
            return false;
        };
        let host = headers.get(HOST).and_then(|host| host.to_str().ok());
        let authority = origin.split_once("://").map(|(_, authority)| authority);
        self.allows(origin) || (host.is_some() && authority == host)
    }

    /// The web app's own Content-Security-Policy. Styles that scripts set on elements go through the
    /// CSSOM and need no `'unsafe-inline'`; a `style` attribute in markup has no effect.
    pub(crate) fn app_policy(&self) -> String {
        let socket = if self.is_https() { "wss" } else { "ws" };
        let default = if self.is_https() { 443 } else { 80 };
        let port = match self.port {
            Some(port) if port != default => format!(":{port}"),
            _ => String::new(),
        };
        let domain = &self.base_domain;
        format!(
            "default-src 'self'; script-src 'self'; style-src 'self'; \
             img-src 'self' data:; font-src 'self'; \
             connect-src 'self' {socket}://{domain}{port} {socket}://*.{domain}{port}; \
             object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
        )
    }
}

/// For endpoints that act on the refresh cookie: the header that only our own script can set,
/// and an origin that is ours.
pub fn require_csrf(request: &HttpRequest) -> Result<()> {
    let headers = request.headers();
    let marked = headers
        .get("x-auterity-csrf")
        .is_some_and(|value| value == "1");
    let cross_site = headers
        .get("sec-fetch-site")
        .is_some_and(|value| value == "cross-site");
    let ours = crate::state::HttpState::of(request)
        .is_none_or(|state| state.origins.admits(request.headers()));
    if marked && ours && !cross_site {
        return Ok(());
    }
    Err(ErrorCode::CsrfRequired.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origins() -> Origins {
        Origins::new(
            &Url::parse("https://app.auterity.example").unwrap(),
            "auterity.example",
            &[Url::parse("http://localhost:5173").unwrap()],
        )
    }

    #[test]
    fn only_our_own_and_configured_origins_are_allowed() {
        let origins = origins();
        for good in [
            "https://auterity.example",
            "https://acme.auterity.example",
            "http://localhost:5173",
        ] {
            assert!(origins.allows(good), "{good}");
        }
        for bad in [
            "http://acme.auterity.example",
            "https://evilauterity.example",
            "https://auterity.example.evil.example",
            "https://acme.auterity.example:8443",
            "http://localhost:5174",
            "null",
            "",
        ] {
            assert!(!origins.allows(bad), "{bad}");
        }
    }

    #[test]
    fn the_policy_names_sockets_of_our_own_domain_only() {
        let policy = origins().app_policy();
        assert!(policy.contains(
            "connect-src 'self' wss://auterity.example wss://*.auterity.example; object-src 'none'"
        ));
        assert!(policy.contains("script-src 'self';"));
    }
}
