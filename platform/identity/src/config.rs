use crate::me::ConnectionView;
use platform_kernel::{Error, Result};
use std::time::Duration;
use url::Url;

/// How much work one password hash is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PasswordConfig {
    pub memory_kib: u32,
    pub iterations: u32,
    pub lanes: u32,
    /// How many hashes run at once; more would only fight over the cores.
    pub at_once: usize,
}

impl Default for PasswordConfig {
    /// The least that OWASP's password storage cheat sheet accepts for argon2id.
    fn default() -> Self {
        Self {
            memory_kib: 19_456,
            iterations: 2,
            lanes: 1,
            at_once: std::thread::available_parallelism().map_or(2, usize::from),
        }
    }
}

/// How many dealerships may sign up by themselves in an hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignupBounds {
    /// On the whole platform.
    pub hourly: u32,
    /// From one network: an IPv4 /24 or an IPv6 /64.
    pub per_network_hourly: u32,
}

impl SignupBounds {
    /// Where requests are not limited by address, as in tests and benchmarks.
    pub const NONE: Self = Self {
        hourly: u32::MAX,
        per_network_hourly: u32::MAX,
    };

    /// Letters that one network may ask for in an hour: people mistype and have mails sent again.
    pub(crate) fn letters_per_network(self) -> u32 {
        self.per_network_hourly.saturating_mul(3)
    }
}

impl Default for SignupBounds {
    fn default() -> Self {
        Self {
            hourly: 200,
            per_network_hourly: 20,
        }
    }
}

/// What identity has to be told.
#[derive(Clone, Debug)]
pub struct IdentityConfig {
    /// Where the web app is: links in mails start with it, and tokens name it as their issuer.
    pub public_url: Url,
    pub passwords: PasswordConfig,
    pub signups: SignupBounds,
    pub access_lifetime: Duration,
    /// A session ends after this, however often it was refreshed.
    pub session_lifetime: Duration,
    /// For how long a refresh token that was used already gives the same successor again.
    pub refresh_grace: Duration,
    /// How long the answer to a verified sign-up waits for the dealership's schema.
    pub provisioning_patience: Duration,
    /// Accounts at outside systems, as `/me` shows them.
    pub connections: Vec<ConnectionView>,
}

impl IdentityConfig {
    /// The values of production.
    pub fn new(public_url: Url) -> Self {
        Self {
            public_url,
            passwords: PasswordConfig::default(),
            signups: SignupBounds::default(),
            access_lifetime: Duration::from_secs(30 * 60),
            session_lifetime: Duration::from_secs(30 * 24 * 3600),
            refresh_grace: Duration::from_secs(20),
            provisioning_patience: Duration::from_secs(2),
            connections: Vec::new(),
        }
    }

    /// The `iss` of access tokens.
    pub(crate) fn issuer(&self) -> String {
        self.public_url.as_str().trim_end_matches('/').to_owned()
    }

    /// A page of the web app that takes a one-time token. The token stands behind `#`, which
    /// browsers send to no server and in no `Referer`.
    pub(crate) fn link(&self, page: &str, token: &str) -> Result<String> {
        let mut url = self.public_url.join(page).map_err(Error::internal)?;
        url.set_fragment(Some(&format!("token={token}")));
        Ok(url.into())
    }
}
