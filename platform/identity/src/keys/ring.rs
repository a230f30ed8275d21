use super::store::{self, JwkView, SigningKeyStatus};
use arc_swap::ArcSwap;
use chrono::TimeDelta;
use jsonwebtoken::{DecodingKey, EncodingKey};
use platform_db::Database;
use platform_kernel::secret::MasterKey;
use platform_kernel::{Error, Result, clock};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::Mutex;

/// Tokens with unknown key ids make the ring look at the database, but not more often than this.
const LOOK_AGAIN: Duration = Duration::from_secs(1);
/// Another process may sign with a key that was rotated away until it reads the keys again.
const SLACK: TimeDelta = TimeDelta::minutes(2);

/// The keys as this process knows them.
pub(crate) struct KeyRing {
    db: Database,
    master: MasterKey,
    /// For how long after its last signature a key must still verify.
    keep: TimeDelta,
    keys: ArcSwap<Keys>,
    looked: Mutex<Instant>,
}

pub(crate) struct Keys {
    pub(crate) kid: String,
    pub(crate) signing: EncodingKey,
    verifying: HashMap<String, Arc<DecodingKey>>,
    pub(crate) public: Vec<JwkView>,
}

impl KeyRing {
    pub(crate) async fn load(
        db: Database,
        master: MasterKey,
        access_lifetime: Duration,
    ) -> Result<Self> {
        let keep = TimeDelta::from_std(access_lifetime).map_err(Error::internal)? + SLACK;
        ensure(&db, &master).await?;
        let keys = read(&db, &master, keep).await?;
        Ok(Self {
            db,
            master,
            keep,
            keys: ArcSwap::from_pointee(keys),
            looked: Mutex::new(Instant::now()),
        })
    }

    pub(crate) fn current(&self) -> Arc<Keys> {
        self.keys.load_full()
    }

    /// The key that `kid` names, also when another process has just made it.
    pub(crate) async fn verifying(&self, kid: &str) -> Option<Arc<DecodingKey>> {
        if let Some(key) = self.keys.load().verifying.get(kid) {
            return Some(Arc::clone(key));
        }
        let mut looked = self.looked.lock().await;
        if looked.elapsed() >= LOOK_AGAIN {
            *looked = Instant::now();
            if let Err(error) = self.reload().await {
                tracing::warn!(%error, "signing keys could not be read again");
            }
        }
        self.keys.load().verifying.get(kid).map(Arc::clone)
    }

    pub(crate) async fn reload(&self) -> Result<()> {
        let keys = read(&self.db, &self.master, self.keep).await?;
        self.keys.store(Arc::new(keys));
        Ok(())
    }

    /// Makes a new key the active one. The old one still verifies until its last token expired.
    pub(crate) async fn rotate(&self) -> Result<String> {
        let mut tx = self.db.control().await?;
        store::lock(&mut tx).await?;
        store::retire(&mut tx, clock::now() - self.keep).await?;
        let kid = store::create(&mut tx, &self.master).await?;
        tx.commit().await?;
        self.reload().await?;
        Ok(kid)
    }
}

/// Makes the first key; processes that start together make one.
async fn ensure(db: &Database, master: &MasterKey) -> Result<()> {
    let mut tx = db.control().await?;
    if !store::has_active(&mut tx).await? {
        store::lock(&mut tx).await?;
        if !store::has_active(&mut tx).await? {
            let kid = store::create(&mut tx, master).await?;
            tracing::info!(kid, "made a signing key");
        }
    }
    tx.commit().await
}

async fn read(db: &Database, master: &MasterKey, keep: TimeDelta) -> Result<Keys> {
    let mut tx = db.control().await?;
    let rows = store::usable(&mut tx, clock::now() - keep).await?;
    tx.commit().await?;
    let mut verifying = HashMap::new();
    let mut public = Vec::new();
    let mut signing = None;
    for row in rows {
        let jwk: JwkView =
            serde_json::from_value(row.public_jwk.clone()).map_err(Error::internal)?;
        let key = DecodingKey::from_rsa_components(&jwk.n, &jwk.e).map_err(Error::internal)?;
        verifying.insert(row.kid.clone(), Arc::new(key));
        public.push(jwk);
        if row.status == SigningKeyStatus::Active {
            signing = Some((row.kid.clone(), store::open(master, &row)?));
        }
    }
    let (kid, signing) = signing.ok_or_else(|| Error::internal("there is no signing key"))?;
    Ok(Keys {
        kid,
        signing,
        verifying,
        public,
    })
}
