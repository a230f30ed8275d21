//! Checks addresses at the moment of connecting: what a name resolved to a second earlier proves
//! nothing (DNS rebinding).

use crate::own::OwnAddresses;
use crate::target::GuardedHttpConfig;
use async_trait::async_trait;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

/// Turns names into addresses.
#[async_trait]
pub(crate) trait Lookup: Send + Sync {
    async fn lookup(&self, name: &str) -> io::Result<Vec<IpAddr>>;
}

/// As the operating system does it.
pub(crate) struct SystemLookup;

#[async_trait]
impl Lookup for SystemLookup {
    async fn lookup(&self, name: &str) -> io::Result<Vec<IpAddr>> {
        let found = tokio::net::lookup_host((name, 0)).await?;
        Ok(found.map(|address| address.ip()).collect())
    }
}

/// A name stands for an address that is not public, or is the platform's own. Which one is nobody's business outside.
#[derive(Debug, thiserror::Error)]
#[error("{name} does not stand for a public address that workflows may call")]
pub(crate) struct NotPublic {
    name: String,
}

/// Resolves for the HTTP client, which connects to nothing but what it is given here.
pub(crate) struct GuardedResolver {
    pub(crate) config: Arc<GuardedHttpConfig>,
    pub(crate) lookup: Arc<dyn Lookup>,
    pub(crate) own: Arc<OwnAddresses>,
}

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let (config, lookup) = (Arc::clone(&self.config), Arc::clone(&self.lookup));
        let own = Arc::clone(&self.own);
        Box::pin(async move {
            let name = name.as_str().to_owned();
            let found = lookup.lookup(&name).await?;
            // One inside among many outside is an attack or a mistake; neither deserves a try.
            if !found.iter().all(|address| config.allows(*address, &own)) {
                tracing::warn!(
                    host = name,
                    "an outgoing call to an inside address, or to our own, was refused"
                );
                return Err(NotPublic { name }.into());
            }
            let addresses = found.into_iter().map(|address| SocketAddr::new(address, 0));
            Ok(Box::new(addresses) as Addrs)
        })
    }
}
