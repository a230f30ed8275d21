use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use platform_db::migrations::{CONTROL, TENANT, migrate_control};
use platform_db::{Database, DatabaseConfig, Owner, PostgresServer, Redis, Transport};
use platform_kernel::id::TenantId;
use platform_kernel::secret::SecretString;
use platform_kernel::tenant::{TenantContext, TenantStatus};
use sha2::{Digest, Sha256};
use std::time::Duration;
use tenants::provisioning;
use url::Url;
use uuid::Uuid;

/// The restricted login of the application in tests.
pub const APP_ROLE: &str = "auterity_test_app";
const APP_PASSWORD: &str = "auterity-test";

/// A database of its own, cloned from a template that has the control schema.
pub struct TestDatabase {
    pub name: String,
    pub owner_url: String,
    pub app_url: String,
    pub owner: Owner,
    pub db: Database,
    pub redis: Redis,
}

/// The servers that `make test` (or `make dev-services`) started.
fn variable(name: &str) -> String {
    std::env::var(name)
        .unwrap_or_else(|_| panic!("{name} is not set; run the tests with `make test`"))
}

impl TestDatabase {
    /// Makes a fresh database.
    pub async fn create() -> Self {
        let server = variable("AUTERITY_TEST_DATABASE_URL");
        let template = template(&server).await;
        let name = format!("test_{}", Uuid::now_v7().simple());
        let mut maintenance = AsyncPgConnection::establish(&server)
            .await
            .expect("the test Postgres answers");
        maintenance
            .batch_execute(&format!(
                "CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY"
            ))
            .await
            .expect("the template can be cloned");
        Self::open(&server, name)
    }

    fn open(server: &str, name: String) -> Self {
        let owner_url = with_database(server, &name);
        let mut app = Url::parse(&owner_url).unwrap();
        app.set_username(APP_ROLE).unwrap();
        app.set_password(Some(APP_PASSWORD)).unwrap();
        let app_url = app.to_string();
        let config = DatabaseConfig {
            app: server_at(&app_url),
            session: server_at(&app_url),
            control_connections: 6,
            shards: 2,
            connections_per_shard: 6,
            statement_timeout: Duration::from_secs(15),
        };
        let redis = variable("AUTERITY_TEST_REDIS_URL");
        Self {
            name,
            owner: Owner::new(server_at(&owner_url)),
            db: Database::new(&config).unwrap(),
            redis: Redis::new(&SecretString::from(redis), &Transport::default()).unwrap(),
            owner_url,
            app_url,
        }
    }

    /// A provisioned dealership in a group of its own.
    pub async fn tenant(&self, name: &str) -> TenantContext {
        let mut tx = self.db.control().await.unwrap();
        let group_id = provisioning::create_group(&mut tx, name).await.unwrap();
        let new = provisioning::NewTenant {
            group_id,
            name: name.to_owned(),
            time_zone: None,
        };
        let tenant = provisioning::create_tenant(&mut tx, new).await.unwrap();
        tx.commit().await.unwrap();
        self.provision(tenant.id).await;
        TenantContext {
            status: TenantStatus::Active,
            ..tenant
        }
    }

    /// Does what the provisioning job does.
    pub async fn provision(&self, id: TenantId) {
        let mut connection = self.owner.connect().await.unwrap();
        provisioning::provision(&mut connection, APP_ROLE, id)
            .await
            .unwrap();
    }

    /// Runs SQL in the server's maintenance database, statement by statement.
    pub async fn run_on_server(&self, sql: &str) {
        let mut connection = AsyncPgConnection::establish(&variable("AUTERITY_TEST_DATABASE_URL"))
            .await
            .unwrap();
        for statement in sql.split(';') {
            connection.batch_execute(statement).await.unwrap();
        }
    }

    /// The one text that a query gives, as the owner.
    pub async fn text_as_owner(&self, sql: &str) -> String {
        let mut connection = self.owner.connect().await.unwrap();
        diesel::select(diesel::dsl::sql::<diesel::sql_types::Text>(&format!(
            "({sql})"
        )))
        .get_result(&mut connection)
        .await
        .unwrap()
    }

    /// Runs SQL as the owner.
    pub async fn run_as_owner(&self, sql: &str) {
        let mut connection = self.owner.connect().await.unwrap();
        connection.batch_execute(sql).await.unwrap();
    }
}

/// A server on this machine.
pub fn server_at(url: &str) -> PostgresServer {
    PostgresServer::parse(url, &Transport::default()).unwrap()
}

/// The template database of these migrations, made by whichever test comes first.
async fn template(server: &str) -> String {
    let mut hasher = Sha256::new();
    for step in CONTROL.iter().chain(TENANT) {
        hasher.update(step.sql);
    }
    let hash = data_encoding::HEXLOWER.encode(&hasher.finalize()[..6]);
    let name = format!("template_{hash}");
    let mut maintenance = AsyncPgConnection::establish(server)
        .await
        .expect("the test Postgres answers");
    maintenance
        .batch_execute("SELECT pg_advisory_lock(7000001)")
        .await
        .unwrap();
    let exists: bool = diesel::select(diesel::dsl::sql::<diesel::sql_types::Bool>(&format!(
        "EXISTS (SELECT FROM pg_database WHERE datname = '{name}' AND datistemplate)"
    )))
    .get_result(&mut maintenance)
    .await
    .unwrap();
    if !exists {
        let drop = format!("DROP DATABASE IF EXISTS {name}");
        maintenance.batch_execute(&drop).await.unwrap();
        maintenance
            .batch_execute(&format!("CREATE DATABASE {name}"))
            .await
            .unwrap();
        let mut fresh = AsyncPgConnection::establish(&with_database(server, &name))
            .await
            .unwrap();
        migrate_control(&mut fresh, APP_ROLE, Some(APP_PASSWORD))
            .await
            .unwrap();
        disconnect(&mut maintenance, &name).await;
        maintenance
            .batch_execute(&format!("ALTER DATABASE {name} IS_TEMPLATE true"))
            .await
            .unwrap();
    }
    maintenance
        .batch_execute("SELECT pg_advisory_unlock(7000001)")
        .await
        .unwrap();
    name
}

/// Ends the backends of a database that is about to be cloned; nobody may be connected to it.
async fn disconnect(maintenance: &mut AsyncPgConnection, name: &str) {
    let sql = format!(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '{name}'"
    );
    maintenance.batch_execute(&sql).await.unwrap();
}

fn with_database(server: &str, name: &str) -> String {
    let mut url = Url::parse(server).unwrap();
    url.set_path(name);
    url.to_string()
}
