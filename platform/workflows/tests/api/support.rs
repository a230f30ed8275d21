use crate::outside::Outside;
use actix_http::Request;
use actix_web::body::BoxBody;
use actix_web::dev::{Service, ServiceResponse};
use actix_web::{App, Error, test, web};
use async_trait::async_trait;
use platform_engine::jobs::{Runner, RunnerConfig};
use platform_engine::steps::add_core;
use platform_engine::{Engine, FixedDirectory, LiveBus, StepRegistry, TenantDirectory, Wake};
use platform_http::{Authenticator, HttpState, Principal, path_config};
use platform_kernel::id::WorkerId;
use platform_kernel::id::{GroupId, SessionId, TenantId, UserId};
use platform_kernel::ports::{IncomingLead, LeadFault, LeadParser};
use platform_kernel::secret::MasterKey;
use platform_kernel::tenant::TenantContext;
use platform_kernel::{ErrorCode, Result};
use platform_messaging::Messaging;
use platform_testkit::TestDatabase;
use platform_workflows::{
    HookKeys, Hooks, RunSchedules, Secrets, TellOfChanges, Workflows, register_triggers,
};
use policies::{Policy, Role};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tenants::Registry;
use tokio_util::sync::CancellationToken;
use utoipa_actix_web::AppExt;

/// What an app answered.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub body: Value,
}

impl Answer {
    /// Fails the test with the body when the status is another one.
    #[track_caller]
    pub fn is(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{:#}", self.body);
        self.body
    }

    /// The problem's code.
    #[track_caller]
    pub fn problem(self, status: u16) -> String {
        let body = self.is(status);
        body["code"].as_str().unwrap_or_default().to_owned()
    }
}

/// A dealership, and the API as its people and their other systems reach it.
pub struct Dealership<S> {
    pub db: TestDatabase,
    pub tenant: TenantContext,
    pub outside: Outside,
    pub registry: Arc<StepRegistry>,
    tenants: Arc<Registry>,
    wake: Wake,
    pub live: LiveBus,
    app: S,
}

/// A dealership of its own in a database of its own.
pub async fn dealership()
-> Dealership<impl Service<Request, Response = ServiceResponse<BoxBody>, Error = Error>> {
    let db = TestDatabase::create().await;
    let tenant = db.tenant("Acme Motors").await;
    let tenants = Arc::new(Registry::new(db.db.clone(), db.redis.clone()));
    let policy = Policy::load().await.unwrap();
    let state = HttpState::new(
        db.db.clone(),
        db.redis.clone(),
        policy,
        MasterKey::new([7; 32]),
        Arc::new(Badges),
        tenants.clone(),
    );
    let (wake, live) = (Wake::new(None), LiveBus::new(None));
    let enqueued = wake.clone();
    db.db.on_enqueued(move || enqueued.wake());
    let outside = Outside::default();
    let registry = Arc::new(step_types(&outside, &live));
    let secrets = Secrets::new(MasterKey::new([7; 32]));
    let workflows = Workflows::new(
        registry.clone(),
        live.clone(),
        "https://auterity.example/",
        HookKeys::new(&MasterKey::new([7; 32])),
    );
    let hooks = Hooks::new(
        db.db.clone(),
        tenants.clone(),
        Arc::new(Parser),
        wake.clone(),
        live.clone(),
        HookKeys::new(&MasterKey::new([7; 32])),
    )
    .with_secrets(secrets.clone());
    let (app, _document) = App::new()
        .app_data(web::Data::new(state))
        .app_data(web::Data::new(workflows.unwrap().with_secrets(secrets)))
        .app_data(web::Data::new(hooks))
        .app_data(path_config())
        .into_utoipa_app()
        .configure(platform_workflows::configure)
        .split_for_parts();
    Dealership {
        app: test::init_service(app).await,
        db,
        tenant,
        tenants,
        outside,
        registry,
        wake,
        live,
    }
}

fn step_types(outside: &Outside, bus: &LiveBus) -> StepRegistry {
    let mut registry = StepRegistry::new();
    let world = Arc::new(outside.clone());
    add_core(&mut registry, world.clone(), world.clone()).unwrap();
    let messaging = Messaging {
        mailer: world,
        texts: None,
        message_id_domain: "auterity.example".to_owned(),
        bus: bus.clone(),
    };
    messaging.register(&mut registry).unwrap();
    platform_records::upsert::register(&mut registry, bus.clone()).unwrap();
    platform_workflows::approvals::register(&mut registry, bus.clone()).unwrap();
    platform_workflows::files::register(&mut registry).unwrap();
    platform_workflows::events::register(&mut registry, bus.clone(), None).unwrap();
    register_triggers(&mut registry).unwrap();
    registry
}

impl<S> Dealership<S>
where
    S: Service<Request, Response = ServiceResponse<BoxBody>, Error = Error>,
{
    pub async fn get(&self, role: Role, path: &str) -> Answer {
        let request = test::TestRequest::get().uri(path);
        self.call(self.signed(request, role)).await
    }

    pub async fn post(&self, role: Role, path: &str, body: Value) -> Answer {
        let request = test::TestRequest::post().uri(path).set_json(body);
        self.call(self.signed(request, role)).await
    }

    pub async fn put(&self, role: Role, path: &str, body: Value) -> Answer {
        let request = test::TestRequest::put().uri(path).set_json(body);
        self.call(self.signed(request, role)).await
    }

    pub async fn patch(&self, role: Role, path: &str, body: Value) -> Answer {
        let request = test::TestRequest::patch().uri(path).set_json(body);
        self.call(self.signed(request, role)).await
    }

    pub async fn delete(&self, role: Role, path: &str) -> Answer {
        let request = test::TestRequest::delete().uri(path);
        self.call(self.signed(request, role)).await
    }

    /// Posts to a hook as a stranger does.
    pub async fn deliver(&self, url: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let path = url.trim_start_matches("https://auterity.example");
        let mut request = test::TestRequest::post()
            .uri(path)
            .set_payload(body.to_owned());
        for (name, value) in headers {
            request = request.insert_header((*name, *value));
        }
        self.call(request).await
    }

    fn signed(&self, request: test::TestRequest, role: Role) -> test::TestRequest {
        let badge = format!("Bearer {}:{}", role.as_str(), self.tenant.id);
        request.insert_header(("Authorization", badge))
    }

    async fn call(&self, request: test::TestRequest) -> Answer {
        let request = request.insert_header(("Host", "localhost")).to_request();
        let response = match self.app.call(request).await {
            Ok(response) => response,
            Err(error) => {
                let response = error.error_response();
                let status = response.status().as_u16();
                let body = actix_web::body::to_bytes(response.into_body()).await;
                return answer(status, &body.unwrap());
            }
        };
        let status = response.status().as_u16();
        answer(status, &test::read_body(response).await)
    }

    /// Makes and publishes a workflow; answers its id and the address of its first hook.
    pub async fn published(&self, definition: Value) -> (String, String) {
        let body = json!({ "name": "Test", "definition": definition });
        let made = self.post(Role::Manager, "/api/v1/workflows", body).await;
        let path = format!("/api/v1/workflows/{}", made.is(201)["id"].as_str().unwrap());
        self.post(Role::Manager, &format!("{path}/publish"), json!({}))
            .await
            .is(201);
        let view = self.get(Role::Manager, &path).await.is(200);
        let url = view["triggers"].as_array().unwrap().iter();
        let url = url.filter_map(|t| t["url"].as_str()).next();
        let id = view["id"].as_str().unwrap().to_owned();
        (id, url.unwrap_or_default().to_owned())
    }

    /// Works on accepted runs until none is left that could go on.
    pub async fn work(&self) {
        let open = "workflow_executions WHERE status IN ('queued', 'running', 'waiting')";
        self.work_until_none(open).await;
    }

    /// Works on accepted runs until no row is left that fits.
    pub async fn work_until_none(&self, rows: &str) {
        self.work_until(rows, |left| left == 0).await;
    }

    /// Works on accepted runs until as many rows fit as are wanted.
    pub async fn work_until(&self, rows: &str, enough: impl Fn(i64) -> bool) {
        let (stop, running) = self.worker();
        let ended = async {
            while !enough(self.count(rows).await) {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        let patience = Duration::from_secs(30);
        let in_time = tokio::time::timeout(patience, ended).await;
        stop.cancel();
        running.await.unwrap().unwrap();
        in_time.expect("the work is done in time");
    }

    /// A worker for everything there is, until it is cancelled.
    pub fn worker(&self) -> (CancellationToken, tokio::task::JoinHandle<Result<()>>) {
        let worker = WorkerId::new();
        let directory: Arc<dyn TenantDirectory> =
            Arc::new(FixedDirectory(vec![self.tenant.clone()]));
        let engine = Engine::new(
            self.db.db.clone(),
            self.registry.clone(),
            directory.clone(),
            self.live.clone(),
            worker,
        );
        let schedules = RunSchedules {
            backlog: None,
            db: self.db.db.clone(),
            directory: directory.clone(),
            bus: self.live.clone(),
        };
        let changes = TellOfChanges {
            backlog: None,
            db: self.db.db.clone(),
            directory,
            bus: self.live.clone(),
        };
        let runner = Runner::with_id(
            worker,
            self.db.db.clone(),
            self.wake.clone(),
            vec![engine, Arc::new(schedules), Arc::new(changes)],
            RunnerConfig::default(),
        );
        let stop = CancellationToken::new();
        let running = platform_kernel::task::spawn(runner.run(stop.clone()));
        (stop, running)
    }

    /// A manager of the dealership, so that somebody can be notified.
    pub async fn hire_manager(&self) {
        let (user, group) = (UserId::new(), self.tenant.group_id);
        let sql = format!(
            "INSERT INTO control.users (id, group_id, email, name) \
             VALUES ('{user}', '{group}', '{user}@example.com', 'Max'); \
             INSERT INTO control.memberships (user_id, tenant_id, role) \
             VALUES ('{user}', '{tenant}', 'manager')",
            tenant = self.tenant.id,
        );
        self.db.run_as_owner(&sql).await;
    }

    /// A column of the tenant's only row that fits.
    pub async fn text(&self, column: &str, from: &str) -> String {
        use diesel_async::RunQueryDsl;
        let mut tx = self.db.db.tenant(&self.tenant).await.unwrap();
        let sql = format!("(SELECT {column} FROM {from})");
        diesel::select(diesel::dsl::sql::<diesel::sql_types::Text>(&sql))
            .get_result(tx.conn())
            .await
            .unwrap()
    }

    /// Suspends the dealership, as seen by this process.
    pub async fn suspend(&self) {
        let sql = format!(
            "UPDATE control.tenants SET status = 'suspended' WHERE id = '{}'",
            self.tenant.id
        );
        self.db.run_as_owner(&sql).await;
        self.tenants.invalidate(self.tenant.id).await;
    }

    /// Adds a line to a run's log.
    pub async fn add_log(&self, run: &str, seq: i64, message: &str) {
        let schema = self.tenant.schema();
        let sql = format!(
            "INSERT INTO {schema}.execution_logs (execution_id, seq, level, message) \
             VALUES ('{run}', {seq}, 'info', '{message}'); \
             UPDATE {schema}.workflow_executions SET next_seq = greatest(next_seq, {seq} + 1) \
             WHERE id = '{run}'"
        );
        self.db.run_as_owner(&sql).await;
    }

    /// How many rows a tenant's table has.
    pub async fn count(&self, table: &str) -> i64 {
        use diesel_async::RunQueryDsl;
        let mut tx = self.db.db.tenant(&self.tenant).await.unwrap();
        let sql = format!("(SELECT count(*) FROM {table})");
        diesel::select(diesel::dsl::sql::<diesel::sql_types::BigInt>(&sql))
            .get_result(tx.conn())
            .await
            .unwrap()
    }
}

fn answer(status: u16, body: &[u8]) -> Answer {
    Answer {
        status,
        body: serde_json::from_slice(body).unwrap_or(Value::Null),
    }
}

/// A definition whose trigger of type `trigger` leads to one step.
pub fn one_step(trigger: &str, config: Value) -> Value {
    json!({
        "triggers": [{"id": "start", "type": trigger, "config": config}],
        "steps": [{"id": "shape", "type": "transform", "name": "Shape", "config": {"values": {"seen": {"$ref": "trigger"}}}}],
        "edges": [{"from": "start", "to": "shape"}]
    })
}

/// Believes every bearer of `<role>:<tenant>`.
struct Badges;

#[async_trait]
impl Authenticator for Badges {
    async fn authenticate(&self, bearer: &str) -> Result<Principal> {
        let (role, tenant) = bearer.split_once(':').ok_or(ErrorCode::Unauthenticated)?;
        Ok(Principal {
            user_id: UserId::new(),
            group_id: GroupId::new(),
            name: format!("Pat the {role}"),
            role: Role::parse(role).ok_or(ErrorCode::Unauthenticated)?,
            session_id: SessionId::new(),
            tenant_id: tenant.parse::<TenantId>().ok(),
        })
    }

    async fn still_valid(&self, _: &Principal) -> Result<()> {
        Ok(())
    }
}

/// Reads `<leads>[…]</leads>`, a list of leads in JSON: the language of real providers is the
/// business of the adapter's own tests.
struct Parser;

impl LeadParser for Parser {
    fn parse(
        &self,
        document: &[u8],
        _: Option<&str>,
        _: chrono_tz::Tz,
    ) -> Result<Vec<IncomingLead>, LeadFault> {
        let text = String::from_utf8_lossy(document);
        let inner = text
            .strip_prefix("<leads>")
            .and_then(|rest| rest.strip_suffix("</leads>"))
            .ok_or_else(|| LeadFault::NotALead("there is no prospect".to_owned()))?;
        Ok(serde_json::from_str(inner).unwrap())
    }

    fn recognises(&self, document: &[u8], content_type: Option<&str>) -> bool {
        document.starts_with(b"<") || content_type.is_some_and(|t| t.contains("xml"))
    }
}
