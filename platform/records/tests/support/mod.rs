//! A database of its own for these tests, and a dealership of its own for each of them.
#![allow(dead_code, reason = "each test file uses a part")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "tests may fail loudly, and find their database by an environment variable"
)]

use diesel_async::{AsyncConnection, AsyncPgConnection, SimpleAsyncConnection};
use platform_db::migrations::{self, CONTROL, TENANT};
use platform_db::{Database, DatabaseConfig, Owner, TenantTx};
use platform_kernel::id::{GroupId, TenantId, UserId};
use platform_kernel::secret::SecretString;
use platform_kernel::tenant::{TenantContext, TenantStatus};
use std::time::Duration;

const DATABASE: &str = "auterity_records_tests";
const APP_ROLE: &str = "auterity_app";

/// A dealership and the way to its data.
pub struct Dealership {
    pub db: Database,
    pub tenant: TenantContext,
    owner_url: String,
}

impl Dealership {
    pub async fn open() -> Self {
        let admin_url = std::env::var("AUTERITY_TEST_DATABASE_URL")
            .expect("AUTERITY_TEST_DATABASE_URL names the test server");
        let owner_url = ready_database(&admin_url).await;
        let app_url = owner_url.replacen("postgres:postgres@", &format!("{APP_ROLE}:app@"), 1);
        let db = Database::new(&DatabaseConfig {
            app_url: SecretString::from(app_url),
            control_connections: 4,
            shards: 1,
            connections_per_shard: 12,
            statement_timeout: Duration::from_secs(20),
        })
        .unwrap();
        let tenant = new_tenant(&owner_url).await;
        Self {
            db,
            tenant,
            owner_url,
        }
    }

    pub async fn tx(&self) -> TenantTx {
        self.db.tenant(&self.tenant).await.unwrap()
    }

    /// An active person with this role here.
    pub async fn member(&self, role: &str, name: &str) -> UserId {
        let id = UserId::new();
        self.as_owner(&format!(
            "INSERT INTO control.users (id, group_id, email, name) VALUES ('{id}', '{group}', '{id}@example.com', '{name}');
             INSERT INTO control.memberships (user_id, tenant_id, role) VALUES ('{id}', '{tenant}', '{role}')",
            group = self.tenant.group_id,
            tenant = self.tenant.id,
        ))
        .await;
        id
    }

    /// Runs SQL as the owner, in the dealership's schema.
    pub async fn as_owner(&self, sql: &str) {
        let mut connection = connect(&self.owner_url).await;
        let path = format!("SET search_path = {}", self.tenant.schema());
        connection.batch_execute(&path).await.unwrap();
        connection.batch_execute(sql).await.unwrap();
    }
}

async fn connect(url: &str) -> AsyncPgConnection {
    Owner::new(SecretString::from(url.to_owned()))
        .connect()
        .await
        .unwrap()
}

/// Makes the database once for each state of the migrations; tests run side by side as processes,
/// so the first one makes it while the others wait.
async fn ready_database(admin_url: &str) -> String {
    let sql: String = CONTROL.iter().chain(TENANT).map(|step| step.sql).collect();
    let state = platform_kernel::secret::token_hash(&sql);
    let state: String = state
        .iter()
        .take(6)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let name = format!("{DATABASE}_{state}");
    let (server, _) = admin_url.rsplit_once('/').unwrap();
    let url = format!("{server}/{name}");
    let mut admin = connect(admin_url).await;
    admin
        .batch_execute("SELECT pg_advisory_lock(7236418)")
        .await
        .unwrap();
    if AsyncPgConnection::establish(&url).await.is_err() {
        admin
            .batch_execute(&format!("CREATE DATABASE {name}"))
            .await
            .unwrap();
    }
    let mut owner = connect(&url).await;
    migrations::migrate_control(&mut owner, APP_ROLE, None)
        .await
        .unwrap();
    admin
        .batch_execute("SELECT pg_advisory_unlock(7236418)")
        .await
        .unwrap();
    url
}

async fn new_tenant(owner_url: &str) -> TenantContext {
    let (id, group_id) = (TenantId::new(), GroupId::new());
    let tenant = TenantContext {
        id,
        group_id,
        slug: format!("test-{}", id.0.simple()),
        name: "Acme Motors".to_owned(),
        time_zone: "America/New_York".to_owned(),
        status: TenantStatus::Active,
        auth_epoch: 0,
    };
    let mut owner = connect(owner_url).await;
    owner
        .batch_execute(&format!(
            "INSERT INTO control.groups (id, name) VALUES ('{group_id}', 'Acme Group');
             INSERT INTO control.tenants (id, group_id, slug, name, status) VALUES ('{id}', '{group_id}', '{slug}', 'Acme Motors', 'provisioning')",
            slug = tenant.slug,
        ))
        .await
        .unwrap();
    tenants::provisioning::provision(&mut owner, APP_ROLE, id)
        .await
        .unwrap();
    tenant
}
