use crate::definition::Definition;
use crate::engine::FixedDirectory;
use crate::jobs::{JobHandler, Runner, RunnerConfig};
use crate::model::{self, Effect, Execution, Log};
use crate::registry::StepRegistry;
use crate::{Engine, LiveBus, NewExecution, Wake, accept};
use diesel::QueryableByName;
use diesel::sql_types::BigInt;
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use platform_db::jobs::Lane;
use platform_db::migrations::{self, CONTROL, TENANT};
use platform_db::{Database, DatabaseConfig, PostgresServer, Transport};
use platform_kernel::id::{ExecutionId, GroupId, TenantId, VersionId, WorkerId, WorkflowId};
use platform_kernel::tenant::{TenantContext, TenantStatus};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

pub(super) const APP: &str = "engine_test_app";

/// A database of its own with one provisioned tenant, dropped at the end.
pub(super) struct TestDb {
    server: String,
    name: String,
    pub(super) db: Database,
    pub(super) tenants: Vec<TenantContext>,
}

#[expect(
    clippy::disallowed_methods,
    reason = "tests read their own environment"
)]
fn server() -> String {
    std::env::var("AUTERITY_TEST_DATABASE_URL")
        .expect("AUTERITY_TEST_DATABASE_URL is not set; run the tests with `make test`")
}

fn with_database(server: &str, name: &str) -> String {
    let (rest, _) = server.rsplit_once('/').unwrap();
    format!("{rest}/{name}")
}

async fn connect(url: &str) -> AsyncPgConnection {
    AsyncPgConnection::establish(url)
        .await
        .expect("the test Postgres answers")
}

/// The control schema, made once for each state of the migrations.
async fn template(server: &str) -> String {
    let mut hasher = Sha256::new();
    CONTROL
        .iter()
        .chain(TENANT)
        .for_each(|step| hasher.update(step.sql));
    let hash = data_encoding::HEXLOWER.encode(&hasher.finalize()[..6]);
    let name = format!("engine_template_{hash}");
    let mut server_connection = connect(server).await;
    let run = async |connection: &mut AsyncPgConnection, sql: String| {
        connection.batch_execute(&sql).await.unwrap();
    };
    run(
        &mut server_connection,
        "SELECT pg_advisory_lock(7000002)".into(),
    )
    .await;
    let found: Count = diesel::sql_query(format!(
        "SELECT count(*) AS n FROM pg_database WHERE datname = '{name}' AND datistemplate"
    ))
    .get_result(&mut server_connection)
    .await
    .unwrap();
    if found.n == 0 {
        run(
            &mut server_connection,
            format!("DROP DATABASE IF EXISTS {name}"),
        )
        .await;
        run(&mut server_connection, format!("CREATE DATABASE {name}")).await;
        let mut fresh = connect(&with_database(server, &name)).await;
        migrations::migrate_control(&mut fresh, APP, None)
            .await
            .unwrap();
        drop(fresh);
        let end = format!(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '{name}'"
        );
        run(&mut server_connection, end).await;
        run(
            &mut server_connection,
            format!("ALTER DATABASE {name} IS_TEMPLATE true"),
        )
        .await;
    }
    name
}

#[derive(QueryableByName)]
pub(super) struct Count {
    #[diesel(sql_type = BigInt)]
    pub(super) n: i64,
}

impl TestDb {
    pub(super) async fn new(tenants: usize) -> Self {
        let server = server();
        let template = template(&server).await;
        let name = format!("engine_{}", Uuid::now_v7().simple());
        let mut maintenance = connect(&server).await;
        let create = format!("CREATE DATABASE {name} TEMPLATE {template}");
        maintenance.batch_execute(&create).await.unwrap();
        let owner = with_database(&server, &name);
        let (before, at) = owner.split_once("://").unwrap();
        let host = at.rsplit_once('@').map_or(at, |(_, host)| host);
        let app = format!("{before}://{APP}@{host}");
        let app = PostgresServer::parse(&app, &Transport::default()).unwrap();
        let db = Database::new(&DatabaseConfig {
            app: app.clone(),
            session: app,
            control_connections: 6,
            shards: 2,
            connections_per_shard: 6,
            statement_timeout: Duration::from_secs(10),
        })
        .unwrap();
        let mut test = Self {
            server,
            name,
            db,
            tenants: Vec::new(),
        };
        for _ in 0..tenants {
            let tenant = test.provision(&owner).await;
            test.tenants.push(tenant);
        }
        test
    }

    /// A role and a schema, as migrations/README says.
    async fn provision(&self, owner: &str) -> TenantContext {
        let tenant = TenantContext {
            id: TenantId::new(),
            group_id: GroupId::new(),
            slug: format!("acme-{}", self.tenants.len()),
            name: "Acme".into(),
            time_zone: "America/New_York".into(),
            status: TenantStatus::Active,
            auth_epoch: 0,
        };
        let (schema, id, group) = (tenant.schema(), tenant.id, tenant.group_id);
        let tables: String = TENANT.iter().map(|step| step.sql).collect();
        let sql = format!(
            "CREATE ROLE {schema} NOLOGIN NOINHERIT; GRANT {schema} TO {APP};
             CREATE SCHEMA {schema}; SET search_path = {schema}; {tables}; SET search_path = '';
             GRANT USAGE ON SCHEMA {schema}, control TO {schema};
             GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO {schema};
             REVOKE UPDATE, DELETE ON {schema}.execution_events FROM {schema};
             GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA control TO {schema};
             INSERT INTO control.groups (id, name) VALUES ('{group}', 'Acme');
             INSERT INTO control.tenants (id, group_id, slug, name, status)
                VALUES ('{id}', '{group}', '{slug}', 'Acme', 'active');",
            slug = tenant.slug
        );
        connect(owner).await.batch_execute(&sql).await.unwrap();
        tenant
    }

    pub(super) fn tenant(&self) -> &TenantContext {
        &self.tenants[0]
    }

    /// Stores a definition as a published version.
    pub(super) async fn publish(&self, tenant: &TenantContext, definition: &Value) -> VersionId {
        serde_json::from_value::<Definition>(definition.clone()).unwrap();
        let (workflow, version) = (WorkflowId::new(), VersionId::new());
        let sql = format!(
            "INSERT INTO workflows (id, name, draft, draft_sha256) VALUES ('{workflow}', 'W', '{{}}', '');
             INSERT INTO workflow_versions (id, workflow_id, version, definition, sha256)
                VALUES ('{version}', '{workflow}', 1, {}, '')",
            migrations::literal(&definition.to_string())
        );
        let mut tx = self.db.tenant(tenant).await.unwrap();
        tx.conn().batch_execute(&sql).await.unwrap();
        tx.commit().await.unwrap();
        version
    }

    pub(super) async fn accept(
        &self,
        tenant: &TenantContext,
        version_id: VersionId,
        input: Value,
    ) -> ExecutionId {
        let mut tx = self.db.tenant(tenant).await.unwrap();
        let new = NewExecution::new(
            WorkflowId::new(),
            version_id,
            "start",
            "manual",
            input,
            Lane::Event,
        );
        let id = accept(&mut tx, &LiveBus::new(None), new).await.unwrap();
        tx.commit().await.unwrap();
        id
    }

    pub(super) async fn execution(&self, id: ExecutionId) -> Execution {
        let mut tx = self.db.tenant(self.tenant()).await.unwrap();
        let found = model::find_execution(&mut tx, id).await.unwrap().unwrap();
        tx.commit().await.unwrap();
        found
    }

    pub(super) async fn kinds(&self, id: ExecutionId) -> Vec<String> {
        let mut tx = self.db.tenant(self.tenant()).await.unwrap();
        let events = model::events(&mut tx, id, 0, None).await.unwrap();
        tx.commit().await.unwrap();
        let kind = |event: &crate::event::Event| event.body.to_columns().unwrap().0;
        events.iter().map(kind).collect()
    }

    pub(super) async fn logs(&self, id: ExecutionId) -> Vec<Log> {
        let mut tx = self.db.tenant(self.tenant()).await.unwrap();
        let logs = model::logs(&mut tx, id, 0, 1_000).await.unwrap();
        tx.commit().await.unwrap();
        logs
    }

    pub(super) async fn effects(&self, id: ExecutionId) -> Vec<Effect> {
        let mut tx = self.db.tenant(self.tenant()).await.unwrap();
        let effects = model::effects(&mut tx, id).await.unwrap();
        tx.commit().await.unwrap();
        effects
    }

    /// Counts rows that the application's login can see.
    pub(super) async fn count(&self, from: &str) -> i64 {
        let mut tx = self.db.control().await.unwrap();
        let count: Count = diesel::sql_query(format!("SELECT count(*) AS n FROM {from}"))
            .get_result(tx.conn())
            .await
            .unwrap();
        count.n
    }

    pub(super) async fn count_of_tenant(&self, tenant: &TenantContext, from: &str) -> i64 {
        let mut tx = self.db.tenant(tenant).await.unwrap();
        let count: Count = diesel::sql_query(format!("SELECT count(*) AS n FROM {from}"))
            .get_result(tx.conn())
            .await
            .unwrap();
        count.n
    }

    pub(super) async fn control(&self, sql: &str) {
        let mut tx = self.db.control().await.unwrap();
        tx.conn().batch_execute(sql).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// As the owner of the database.
    pub(super) async fn as_owner(&self, sql: &str) {
        let mut owner = connect(&with_database(&self.server, &self.name)).await;
        owner.batch_execute(sql).await.unwrap();
    }

    /// Waits until the run has this status.
    pub(super) async fn wait_for(&self, id: ExecutionId, status: &str) -> Execution {
        let begun = Instant::now();
        loop {
            let execution = self.execution(id).await;
            if execution.status.as_str() == status {
                return execution;
            }
            assert!(
                begun.elapsed() < Duration::from_secs(20),
                "{status} is still to come: {execution:?}"
            );
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

impl Drop for TestDb {
    fn drop(&mut self) {
        let server = self.server.clone();
        let roles: String = self
            .tenants
            .iter()
            .map(|t| format!("; DROP ROLE {}", t.schema()))
            .collect();
        let sql = format!("DROP DATABASE {} WITH (FORCE){roles}", self.name);
        let drop = move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async {
                let mut maintenance = connect(&server).await;
                for statement in sql.split(';') {
                    let _ = maintenance.batch_execute(statement).await;
                }
            });
        };
        let _ = std::thread::spawn(drop).join();
    }
}

/// A worker at work, on threads of its own.
pub(super) struct Worker {
    pub(super) live: LiveBus,
    pub(super) wake: Wake,
    shutdown: CancellationToken,
    running: JoinHandle<platform_kernel::Result<()>>,
    runtime: tokio::runtime::Runtime,
}

pub(super) async fn until(mut done: impl AsyncFnMut() -> bool) {
    for _ in 0..1_500 {
        if done().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("it did not happen in time");
}

pub(super) fn config() -> RunnerConfig {
    RunnerConfig {
        heartbeat: Duration::from_millis(300),
        dead_after: Duration::from_secs(5),
        drain: Duration::from_secs(1),
        ..RunnerConfig::default()
    }
}

impl Worker {
    /// Starts an engine that knows `registry`'s steps.
    pub(super) fn start(test: &TestDb, registry: StepRegistry) -> Self {
        let id = WorkerId::new();
        let live = LiveBus::new(None);
        let directory = Arc::new(FixedDirectory(test.tenants.clone()));
        let registry = Arc::new(registry);
        let (db, bus) = (test.db.clone(), live.clone());
        let engine = move || -> Vec<Arc<dyn JobHandler>> {
            vec![Engine::new(db, registry, directory, bus, id)]
        };
        Self::with_handlers(test, id, live, engine, config())
    }

    pub(super) fn with_handlers(
        test: &TestDb,
        id: WorkerId,
        live: LiveBus,
        handlers: impl FnOnce() -> Vec<Arc<dyn JobHandler>>,
        config: RunnerConfig,
    ) -> Self {
        let (wake, shutdown) = (Wake::new(None), CancellationToken::new());
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        let entered = runtime.enter();
        let runner = Runner::with_id(id, test.db.clone(), wake.clone(), handlers(), config);
        let running = platform_kernel::task::spawn(runner.run(shutdown.clone()));
        drop(entered);
        Self {
            live,
            wake,
            shutdown,
            running,
            runtime,
        }
    }

    pub(super) async fn stop(self) {
        self.shutdown.cancel();
        self.running.await.unwrap().unwrap();
        self.runtime.shutdown_background();
    }

    /// Dies without a word, as after `kill -9`.
    pub(super) fn kill(self) {
        self.runtime.shutdown_background();
    }
}
