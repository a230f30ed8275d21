use crate::model::{self, Tenant};
use async_trait::async_trait;
use moka::future::Cache;
use platform_db::{Database, Redis};
use platform_http::TenantResolver;
use platform_kernel::id::TenantId;
use platform_kernel::tenant::{TenantContext, TenantStatus};
use platform_kernel::{Error, ErrorCode, Result, clock};
use std::sync::Arc;
use std::time::Duration;

/// Processes tell each other here that a tenant changed.
const CHANNEL: &str = "auterity:tenants:changed";
/// A missed message is made good by this.
const TIME_TO_LIVE: Duration = Duration::from_secs(5);

/// What a tenant is looked up by.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Key {
    Id(TenantId),
    Slug(String),
    Domain(String),
}

/// Who the tenants are, remembered for a few seconds. That there is no such tenant is
/// remembered too, so that scanning for hosts does not reach the database.
#[derive(Clone)]
pub struct Registry {
    db: Database,
    redis: Redis,
    cache: Cache<Key, Option<TenantContext>>,
}

impl Registry {
    pub fn new(db: Database, redis: Redis) -> Self {
        let cache = Cache::builder()
            .max_capacity(20_000)
            .time_to_live(TIME_TO_LIVE)
            .build();
        Self { db, redis, cache }
    }

    /// Forgets a tenant here and in every other process.
    pub async fn invalidate(&self, id: TenantId) {
        self.forget(id).await;
        self.redis.publish(CHANNEL, &id.to_string()).await;
    }

    /// Hears of changes made elsewhere until the process ends; run it once for each process.
    pub async fn listen(&self) {
        loop {
            if let Ok(mut messages) = self.redis.subscribe(&[CHANNEL]).await {
                while let Some((_, message)) = messages.next().await {
                    if let Ok(id) = message.parse() {
                        self.forget(id).await;
                    }
                }
            }
            // Redis is away: entries live for a few seconds only, so nothing is lost by waiting.
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    }

    /// Waits until a tenant has been provisioned; answers it as it is then, or when `patience`
    /// has run out.
    pub async fn wait_until_active(
        &self,
        id: TenantId,
        patience: Duration,
    ) -> Result<TenantContext> {
        let deadline = clock::now() + patience;
        loop {
            self.forget(id).await;
            let tenant = self.by_id(id).await?.ok_or(ErrorCode::TenantNotFound)?;
            if tenant.status != TenantStatus::Provisioning || clock::now() >= deadline {
                return Ok(tenant);
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    async fn forget(&self, id: TenantId) {
        if let Some(Some(tenant)) = self.cache.get(&Key::Id(id)).await {
            self.cache.invalidate(&Key::Slug(tenant.slug)).await;
        }
        self.cache.invalidate(&Key::Id(id)).await;
        let gone = move |key: &Key, tenant: &Option<TenantContext>| {
            tenant.as_ref().is_some_and(|t| t.id == id)
                || (tenant.is_none() && !matches!(key, Key::Id(_)))
        };
        let stale: Vec<Key> = self
            .cache
            .iter()
            .filter(|(key, tenant)| gone(key, tenant))
            .map(|(key, _)| (*key).clone())
            .collect();
        for key in stale {
            self.cache.invalidate(&key).await;
        }
    }

    async fn look_up(&self, key: Key) -> Result<Option<TenantContext>> {
        self.cache
            .try_get_with(key.clone(), async {
                let mut tx = self.db.control().await?;
                let found: Option<Tenant> = match &key {
                    Key::Id(id) => model::find(&mut tx, *id).await?,
                    Key::Slug(slug) => model::find_by_slug(&mut tx, slug).await?,
                    Key::Domain(host) => model::find_by_domain(&mut tx, host).await?,
                };
                tx.commit().await?;
                Ok::<_, Error>(found.map(TenantContext::from))
            })
            .await
            .map_err(|shared: Arc<Error>| ErrorCode::Unavailable.because(shared.to_string()))
    }
}

#[async_trait]
impl TenantResolver for Registry {
    async fn by_slug(&self, slug: &str) -> Result<Option<TenantContext>> {
        self.look_up(Key::Slug(slug.to_owned())).await
    }

    async fn by_domain(&self, host: &str) -> Result<Option<TenantContext>> {
        self.look_up(Key::Domain(host.to_owned())).await
    }

    async fn by_id(&self, id: TenantId) -> Result<Option<TenantContext>> {
        self.look_up(Key::Id(id)).await
    }
}
