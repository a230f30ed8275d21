//! What a URL must look like before anything is resolved.

use crate::address::is_public;
use crate::own::OwnAddresses;
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
    /// Networks that may not be called, whatever else is said: the platform's own public addresses.
    pub refused_subnets: Vec<IpNet>,
    /// Hosts of the platform. What they resolve to may not be called by another name either.
    pub own_hosts: Vec<String>,
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
    /// Operators who allow a subnet mean it, even where the platform itself is in it.
    pub(crate) fn allows(&self, address: IpAddr, own: &OwnAddresses) -> bool {
        let address = address.to_canonical();
        let refused = self.refused_subnets.iter();
        if refused.into_iter().any(|net| net.contains(&address)) {
            return false;
        }
        self.is_excepted(address) || (is_public(address) && !own.contains(address))
    }

    fn is_excepted(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.allowed_subnets
            .iter()
            .any(|net| net.contains(&address))
    }

    /// Parses and checks an address as a person wrote it; an error is for that person to read.
    /// The URL standard has turned `0x7f.1`, `2130706433` and the like into addresses by then.
    pub(crate) fn check(&self, url: &str, own: &OwnAddresses) -> Result<Url, String> {
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
            Some(Host::Ipv4(address)) => self.check_literal(address.into(), own)?,
            Some(Host::Ipv6(address)) => self.check_literal(address.into(), own)?,
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
    fn check_literal(&self, address: IpAddr, own: &OwnAddresses) -> Result<bool, String> {
        if self.allows(address, own) {
            Ok(self.is_excepted(address))
        } else if is_public(address) {
            Err(format!("{address} may not be called from a workflow"))
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
