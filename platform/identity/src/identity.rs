use crate::authenticator::Standings;
use crate::config::IdentityConfig;
use crate::device::Devices;
use crate::keys::KeyRing;
use crate::password::Passwords;
use crate::throttle::Throttle;
use crate::token::AccessTokens;
use platform_db::{Database, Redis};
use platform_kernel::Result;
use platform_kernel::secret::MasterKey;
use std::sync::Arc;
use std::time::Duration;
use tenants::Registry;

/// The service behind this slice's routes. Cheap to clone.
#[derive(Clone)]
pub struct Identity(Arc<Inner>);

pub struct Inner {
    pub(crate) db: Database,
    pub(crate) registry: Registry,
    pub(crate) master: MasterKey,
    pub(crate) config: IdentityConfig,
    pub(crate) passwords: Passwords,
    pub(crate) keys: KeyRing,
    pub(crate) tokens: AccessTokens,
    pub(crate) standings: Standings,
    pub(crate) throttle: Throttle,
    pub(crate) devices: Devices,
}

impl std::ops::Deref for Identity {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.0
    }
}

impl Identity {
    /// Loads the signing keys, and makes the first one when there is none.
    pub async fn new(
        db: Database,
        redis: Redis,
        registry: Registry,
        master: MasterKey,
        config: IdentityConfig,
    ) -> Result<Self> {
        let keys = KeyRing::load(db.clone(), master.clone(), config.access_lifetime).await?;
        Ok(Self(Arc::new(Inner {
            passwords: Passwords::new(config.passwords)?,
            tokens: AccessTokens::new(config.issuer(), config.access_lifetime),
            standings: Standings::new(db.clone()),
            throttle: Throttle::new(redis, master.clone()),
            devices: Devices::new(master.clone()),
            keys,
            db,
            registry,
            master,
            config,
        })))
    }

    /// Keeps the signing keys fresh, and tidies up once an hour, until the process ends; run it
    /// once for each process.
    pub async fn keep_fresh(&self) {
        let mut tick = tokio::time::interval(Duration::from_secs(30));
        for round in 0_u64.. {
            tick.tick().await;
            if let Err(error) = self.keys.reload().await {
                tracing::warn!(%error, "signing keys could not be read again");
            }
            if round % 120 == 1
                && let Err(error) = self.tidy().await
            {
                tracing::warn!(%error, "what is over could not be deleted");
            }
        }
    }
}
