//! What a URL must look like before anything is resolved.

use crate::address::is_public;
use ipnet::IpNet;
use std::net::IpAddr;
use url::{Host, Url};

/// What operators may loosen and tighten. The default is right for production.
#[derive(Clone, Debug, Default)]
pub struct GuardedHttpConfig {
    /// Subnets that may be called although they are not public; by literal address on any port.
    pub allowed_subnets: Vec<IpNet>,
    /// Ports beside 80, 443 and 8443.
    pub allowed_ports: Vec<u16>,
    /// Domains that may not be called, with everything below them: the platform's own.
    pub forbidden_domains: Vec<String>,
}

/// Names that mean something inside a network only (RFC 6761, RFC 6762, RFC 8375, RFC 9476).
const INTERNAL: [&str; 9] = [
    "internal",
    "local",
    "localhost",
    "localdomain",
    "lan",
    "intranet",
    "corp",
    "home.arpa",
    "alt",
];

impl GuardedHttpConfig {
    pub(crate) fn allows(&self, address: IpAddr) -> bool {
        is_public(address) || self.is_excepted(address)
    }

    fn is_excepted(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.allowed_subnets
            .iter()
            .any(|net| net.contains(&address))
    }

    /// Parses and checks an address as a person wrote it; an error is for that person to read.
    /// The URL standard has turned `0x7f.1`, `2130706433` and the like into addresses by then.
    pub(crate) fn check(&self, url: &str) -> Result<Url, String> {
        let url = Url::parse(url).map_err(|error| format!("this is no web address: {error}"))?;
        if !["http", "https"].contains(&url.scheme()) {
            return Err(format!(
                "only http and https are called, not {}",
                url.scheme()
            ));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err("user name and password do not belong into the address".to_owned());
        }
        let excepted = match url.host() {
            Some(Host::Ipv4(address)) => self.check_literal(address.into())?,
            Some(Host::Ipv6(address)) => self.check_literal(address.into())?,
            Some(Host::Domain(name)) => {
                self.check_name(name)?;
                false
            }
            None => return Err("the address names no host".to_owned()),
        };
        let port = url.port_or_known_default().unwrap_or(0);
        if excepted || [80, 443, 8443].contains(&port) || self.allowed_ports.contains(&port) {
            Ok(url)
        } else {
            Err(format!("port {port} is not called"))
        }
    }

    /// Whether the address is one of the exceptions.
    fn check_literal(&self, address: IpAddr) -> Result<bool, String> {
        if self.allows(address) {
            Ok(self.is_excepted(address))
        } else {
            Err(format!("{address} is not a public address"))
        }
    }

    fn check_name(&self, name: &str) -> Result<(), String> {
        let name = name.strip_suffix('.').unwrap_or(name);
        let below = |domain: &str| {
            let before = name.strip_suffix(domain);
            before.is_some_and(|before| before.is_empty() || before.ends_with('.'))
        };
        if !name.contains('.') || INTERNAL.iter().any(|domain| below(domain)) {
            return Err(format!("{name} is not a public name"));
        }
        let forbidden = |domain: &String| below(&domain.to_ascii_lowercase());
        if self.forbidden_domains.iter().any(forbidden) {
            return Err(format!("{name} may not be called from a workflow"));
        }
        Ok(())
    }
}
