//! Stand-ins for identity and tenants, and an app with every layer.

use async_trait::async_trait;
use platform_db::{Database, DatabaseConfig, PostgresServer, Redis, Transport};
use platform_http::{Authenticator, HttpState, Origins, Principal, TenantResolver};
use platform_kernel::id::{GroupId, SessionId, TenantId, UserId};
use platform_kernel::secret::{MasterKey, SecretString};
use platform_kernel::tenant::{TenantContext, TenantStatus};
use platform_kernel::{ErrorCode, Result};
use policies::{Policy, Role};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use url::Url;

/// The token that [`World`] knows.
pub const TOKEN: &str = "good-token";

/// One dealership and one person, both of whom a test can take away.
pub struct World {
    pub tenant: Mutex<TenantContext>,
    pub principal: Mutex<Option<Principal>>,
}

impl World {
    pub fn new(role: Role) -> Arc<Self> {
        let tenant = TenantContext {
            id: TenantId::new(),
            group_id: GroupId::new(),
            slug: "acme".to_owned(),
            name: "Acme".to_owned(),
            time_zone: "America/Chicago".to_owned(),
            status: TenantStatus::Active,
            auth_epoch: 1,
        };
        let principal = Principal {
            user_id: UserId::new(),
            group_id: tenant.group_id,
            name: "Alice".to_owned(),
            role,
            session_id: SessionId::new(),
            tenant_id: Some(tenant.id),
        };
        Arc::new(Self {
            tenant: Mutex::new(tenant),
            principal: Mutex::new(Some(principal)),
        })
    }

    pub fn tenant_id(&self) -> TenantId {
        self.tenant.lock().unwrap().id
    }

    pub fn user_id(&self) -> UserId {
        self.principal.lock().unwrap().as_ref().unwrap().user_id
    }

    /// Makes the dealership one that the database has.
    pub fn work_at(&self, tenant: TenantContext) {
        if let Some(principal) = self.principal.lock().unwrap().as_mut() {
            principal.tenant_id = Some(tenant.id);
            principal.group_id = tenant.group_id;
        }
        *self.tenant.lock().unwrap() = tenant;
    }

    pub fn suspend(&self) {
        self.tenant.lock().unwrap().status = TenantStatus::Suspended;
    }

    pub fn disable(&self) {
        *self.principal.lock().unwrap() = None;
    }
}

#[async_trait]
impl Authenticator for World {
    async fn authenticate(&self, bearer: &str) -> Result<Principal> {
        let principal = self.principal.lock().unwrap().clone();
        let known = principal.filter(|_| bearer == TOKEN);
        known.ok_or_else(|| ErrorCode::Unauthenticated.into())
    }

    async fn still_valid(&self, _: &Principal) -> Result<()> {
        let principal = self.principal.lock().unwrap().clone();
        principal
            .map(drop)
            .ok_or_else(|| ErrorCode::Unauthenticated.into())
    }
}

#[async_trait]
impl TenantResolver for World {
    async fn by_slug(&self, slug: &str) -> Result<Option<TenantContext>> {
        let tenant = self.tenant.lock().unwrap().clone();
        Ok(Some(tenant).filter(|tenant| tenant.slug == slug))
    }

    async fn by_domain(&self, _: &str) -> Result<Option<TenantContext>> {
        Ok(None)
    }

    async fn by_id(&self, id: TenantId) -> Result<Option<TenantContext>> {
        let tenant = self.tenant.lock().unwrap().clone();
        Ok(Some(tenant).filter(|tenant| tenant.id == id))
    }
}

/// A state whose Postgres and Redis are both away.
pub async fn lonely_state(world: &Arc<World>) -> HttpState {
    let nobody = "postgres://nobody@127.0.0.1:1/none";
    let nobody = PostgresServer::parse(nobody, &Transport::default()).unwrap();
    let config = DatabaseConfig {
        app: nobody.clone(),
        session: nobody,
        control_connections: 1,
        shards: 1,
        connections_per_shard: 1,
        statement_timeout: Duration::from_secs(1),
    };
    let redis = Redis::new(
        &SecretString::from("redis://127.0.0.1:1"),
        &Transport::default(),
    )
    .unwrap();
    state(world, Database::new(&config).unwrap(), redis).await
}

/// Test requests come for `localhost`, browsers from `auterity.example`.
pub async fn state(world: &Arc<World>, db: Database, redis: Redis) -> HttpState {
    let policy = Policy::load().await.unwrap();
    let master = MasterKey::new([7; 32]);
    let mut state = HttpState::new(db, redis, policy, master, world.clone(), world.clone());
    let public = Url::parse("https://app.auterity.example").unwrap();
    state.origins = Origins::new(&public, "auterity.example", &[]);
    state
}

/// An app with every layer in the order of the server's.
macro_rules! app {
    ($state:expr, $configure:expr) => {{
        use actix_web::middleware::from_fn;
        use platform_http::middleware::{context, cors, idempotency, rate_limit, security};
        let state = actix_web::web::Data::new($state);
        let origins = state.origins.clone();
        actix_web::App::new()
            .app_data(state)
            .app_data(platform_http::path_config())
            .configure($configure)
            .wrap(from_fn(idempotency))
            .wrap(from_fn(rate_limit))
            .wrap(cors(&origins))
            .wrap(from_fn(security))
            .wrap(from_fn(context))
    }};
}
pub(crate) use app;
