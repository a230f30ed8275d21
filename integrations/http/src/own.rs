//! The platform's own addresses, by whatever name somebody else's DNS gives them: a CNAME to us would
//! close a loop from hook to workflow to hook.

use crate::resolver::Lookup;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};

/// How old an answer may be when a call begins.
const FRESH: Duration = Duration::from_secs(60);
/// How long an address counts after it was last seen: load balancers rotate through theirs.
const KEPT: Duration = Duration::from_secs(3_600);
/// How long a call waits for our own names.
const PATIENCE: Duration = Duration::from_secs(3);

/// What our own hosts resolve to.
pub(crate) struct OwnAddresses {
    hosts: Vec<String>,
    lookup: Arc<dyn Lookup>,
    /// With the time each was last seen.
    seen: RwLock<HashMap<IpAddr, Instant>>,
    /// When they were last looked up; locked while one call does so and the others wait.
    looked_up: Mutex<Option<Instant>>,
}

impl OwnAddresses {
    pub(crate) fn new(hosts: &[String], lookup: Arc<dyn Lookup>) -> Self {
        Self {
            hosts: hosts.to_vec(),
            lookup,
            seen: RwLock::default(),
            looked_up: Mutex::default(),
        }
    }

    pub(crate) fn contains(&self, address: IpAddr) -> bool {
        let seen = self.seen.read().unwrap_or_else(PoisonError::into_inner);
        seen.contains_key(&address.to_canonical())
    }

    /// Looks the hosts up unless that was done a moment ago. A name that does not resolve now keeps
    /// the addresses it had.
    pub(crate) async fn refresh(&self) {
        if self.hosts.is_empty() {
            return;
        }
        let mut looked_up = self.looked_up.lock().await;
        if looked_up.is_some_and(|at| at.elapsed() < FRESH) {
            return;
        }
        let all = self.hosts.iter().map(|host| self.addresses(host));
        let found = futures_util::future::join_all(all).await;
        let now = Instant::now();
        *looked_up = Some(now);
        let mut seen = self.seen.write().unwrap_or_else(PoisonError::into_inner);
        seen.retain(|_, at| now.duration_since(*at) < KEPT);
        let addresses = found.into_iter().flatten();
        seen.extend(addresses.map(|address| (address.to_canonical(), now)));
    }

    /// None for a name that does not resolve now.
    async fn addresses(&self, host: &str) -> Vec<IpAddr> {
        match timeout(PATIENCE, self.lookup.lookup(host)).await {
            Ok(Ok(addresses)) => addresses,
            Ok(Err(error)) => {
                tracing::warn!(%error, host, "a host of the platform does not resolve");
                Vec::new()
            }
            Err(_elapsed) => {
                tracing::warn!(host, "a host of the platform did not resolve in time");
                Vec::new()
            }
        }
    }
}
