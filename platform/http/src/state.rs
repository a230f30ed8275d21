//! What extractors need to know; put into the app once, as `web::Data<HttpState>`.

use crate::limits::{LocalBuckets, RateLimits};
use crate::origins::Origins;
use crate::visits::Visits;
use actix_web::{HttpRequest, web};
use async_trait::async_trait;
use platform_db::audit::Actor;
use platform_db::{Database, Redis};
use platform_kernel::Result;
use platform_kernel::id::{GroupId, SessionId, TenantId, UserId};
use platform_kernel::secret::MasterKey;
use platform_kernel::tenant::TenantContext;
use policies::{Policy, Role};
use std::sync::Arc;

/// Who asks, as the access token says and the auth epochs confirm.
#[derive(Clone, Debug)]
pub struct Principal {
    pub user_id: UserId,
    pub group_id: GroupId,
    pub name: String,
    pub role: Role,
    pub session_id: SessionId,
    /// The tenant that the token was issued for; none for a super admin.
    pub tenant_id: Option<TenantId>,
}

impl Principal {
    /// How the audit log names this person.
    pub fn actor(&self, request_id: &str) -> Actor {
        Actor {
            id: Some(self.user_id.0),
            name: Some(self.name.clone()),
            role: Some(self.role.as_str().to_owned()),
            request_id: Some(request_id.to_owned()),
        }
    }
}

/// Verifies bearer tokens; `platform/identity` does it.
#[async_trait]
pub trait Authenticator: Send + Sync {
    /// Signature, expiry and auth epochs of user and tenant.
    async fn authenticate(&self, bearer: &str) -> Result<Principal>;

    /// Whether someone who was authenticated earlier still is: the session has not ended, and
    /// the auth epochs of user and tenant are those of the token. Sockets ask this every few
    /// seconds, so it should come from a short-lived cache. `Err` closes the socket, except
    /// `unavailable` and `internal`, which say that nobody knows.
    async fn still_valid(&self, principal: &Principal) -> Result<()>;
}

/// Finds tenants in the registry; `tenants` does it.
#[async_trait]
pub trait TenantResolver: Send + Sync {
    /// By the label before the base domain, for example `acme` in `acme.auterity.example`.
    async fn by_slug(&self, slug: &str) -> Result<Option<TenantContext>>;
    /// By a verified domain of the dealership's own.
    async fn by_domain(&self, host: &str) -> Result<Option<TenantContext>>;
    async fn by_id(&self, id: TenantId) -> Result<Option<TenantContext>>;
}

/// Shared by all extractors and middleware.
pub struct HttpState {
    pub db: Database,
    pub redis: Redis,
    pub policy: Policy,
    /// What is kept of requests is hashed and sealed with keys derived from it.
    pub master_key: MasterKey,
    pub authenticator: Arc<dyn Authenticator>,
    pub tenants: Arc<dyn TenantResolver>,
    /// `localhost` locally: dealerships are at `<slug>.localhost`.
    pub base_domain: String,
    /// How many proxies of ours stand in front; their `X-Forwarded-For` is believed.
    pub trusted_proxy_hops: usize,
    /// Who may call the API from a browser.
    pub origins: Origins,
    pub rate_limits: RateLimits,
    /// Stands in for Redis's buckets while Redis is away.
    pub local_buckets: LocalBuckets,
    /// Which dealerships super admins are looking into.
    pub visits: Visits,
}

impl HttpState {
    /// For `localhost`, without proxies, with the usual limits; change the fields for more.
    pub fn new(
        db: Database,
        redis: Redis,
        policy: Policy,
        master_key: MasterKey,
        authenticator: Arc<dyn Authenticator>,
        tenants: Arc<dyn TenantResolver>,
    ) -> Self {
        Self {
            db,
            redis,
            policy,
            master_key,
            authenticator,
            tenants,
            base_domain: "localhost".to_owned(),
            trusted_proxy_hops: 0,
            origins: Origins::default(),
            rate_limits: RateLimits::default(),
            local_buckets: LocalBuckets::default(),
            visits: Visits::default(),
        }
    }

    pub fn of(request: &HttpRequest) -> Option<&web::Data<Self>> {
        request.app_data::<web::Data<Self>>()
    }
}
