//! A dealership of its own for each test, and a way to ask its API.
#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests may fail loudly, and each test file uses a part"
)]

use actix_web::dev::ServiceResponse;
use actix_web::http::Method;
use actix_web::{App, test, web};
use async_trait::async_trait;
use diesel_async::{RunQueryDsl, SimpleAsyncConnection};
use platform_db::{Database, TenantTx};
use platform_engine::live::LiveBus;
use platform_engine::step::{Report, StepContext};
use platform_http::{Authenticator, HttpState, Principal, TenantResolver};
use platform_kernel::id::{ExecutionId, LeadId, SessionId, TenantId, UserId, WorkflowId};
use platform_kernel::ports::IncomingLead;
use platform_kernel::secret::MasterKey;
use platform_kernel::tenant::TenantContext;
use platform_kernel::{ErrorCode, Result, clock};
use platform_records::intake::{self, Raw, StoredLead};
use platform_testkit::TestDatabase;
use policies::{Policy, Role};
use serde_json::Value;
use std::sync::Arc;
use utoipa_actix_web::AppExt;
use utoipa_actix_web::service_config::ServiceConfig;

/// A dealership and the way to its data.
pub struct Dealership {
    database: TestDatabase,
    pub db: Database,
    pub tenant: TenantContext,
    pub bus: LiveBus,
}

impl Dealership {
    pub async fn open() -> Self {
        let database = TestDatabase::create().await;
        let tenant = database.tenant("Acme Motors").await;
        Self {
            db: database.db.clone(),
            bus: LiveBus::new(None),
            tenant,
            database,
        }
    }

    pub async fn tx(&self) -> TenantTx {
        self.db.tenant(&self.tenant).await.unwrap()
    }

    /// An active person with this role here.
    pub async fn member(&self, role: &str, name: &str) -> UserId {
        let id = UserId::new();
        let sql = format!(
            "INSERT INTO control.users (id, group_id, email, name) VALUES ('{id}', '{group}', '{id}@example.com', '{name}');
             INSERT INTO control.memberships (user_id, tenant_id, role) VALUES ('{id}', '{tenant}', '{role}')",
            group = self.tenant.group_id,
            tenant = self.tenant.id,
        );
        self.database.run_as_owner(&sql).await;
        id
    }

    /// Runs SQL in the dealership's schema.
    pub async fn run(&self, sql: &str) {
        let mut tx = self.tx().await;
        tx.conn().batch_execute(sql).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// How many rows there are of `what`, a table and its condition.
    pub async fn count(&self, what: &str) -> i64 {
        let mut tx = self.tx().await;
        let row: Count = diesel::sql_query(format!("SELECT count(*) AS n FROM {what}"))
            .get_result(tx.conn())
            .await
            .unwrap();
        row.n
    }

    /// Where a step of a run works, for the lead given.
    pub fn step(&self, lead_id: Option<LeadId>) -> StepContext {
        let execution_id = ExecutionId::new();
        StepContext {
            tenant: self.tenant.clone(),
            execution_id,
            workflow_id: WorkflowId::new(),
            step_id: "step".to_owned(),
            attempt: 1,
            started_by: None,
            lead_id,
            trigger_type: "manual".to_owned(),
            now: clock::now(),
            key: format!("{execution_id}:step"),
            report: Report::default(),
        }
    }

    /// Asks the API as a person with this role; answers status and body.
    pub async fn call(
        &self,
        configure: fn(&mut ServiceConfig),
        (role, user): (Role, UserId),
        (method, path): (Method, &str),
        body: Option<Value>,
    ) -> (u16, Value) {
        let people = Arc::new(Everyone {
            tenant: self.tenant.clone(),
        });
        let policy = Policy::load().await.unwrap();
        let redis = self.database.redis.clone();
        let state = HttpState::new(
            self.db.clone(),
            redis,
            policy,
            MasterKey::new([7; 32]),
            people.clone(),
            people,
        );
        let app = App::new()
            .into_utoipa_app()
            .app_data(web::Data::new(state))
            .app_data(web::Data::new(self.bus.clone()))
            .app_data(platform_http::path_config())
            .configure(configure)
            .into_app();
        let app = test::init_service(app).await;
        let request = test::TestRequest::with_uri(path)
            .method(method)
            .insert_header(("Host", "localhost"))
            .insert_header(("Authorization", format!("Bearer {} {user}", role.as_str())));
        let request = match body {
            Some(body) => request.set_json(body),
            None => request,
        };
        let response: ServiceResponse = test::call_service(&app, request.to_request()).await;
        let status = response.status().as_u16();
        let bytes = test::read_body(response).await;
        (
            status,
            serde_json::from_slice(&bytes).unwrap_or(Value::Null),
        )
    }
}

#[derive(diesel::QueryableByName)]
struct Count {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    n: i64,
}

/// Stores a lead that comes in now.
pub async fn lead_of(home: &Dealership, lead: &IncomingLead) -> StoredLead {
    let raw = Raw {
        body: b"<adf/>",
        content_type: Some("application/xml"),
    };
    let mut tx = home.tx().await;
    let stored = intake::store(&mut tx, lead, raw, clock::now())
        .await
        .unwrap();
    tx.commit().await.unwrap();
    stored
}

/// Believes every token: `<role> <user id>`.
struct Everyone {
    tenant: TenantContext,
}

#[async_trait]
impl Authenticator for Everyone {
    async fn authenticate(&self, bearer: &str) -> Result<Principal> {
        let (role, user) = bearer.split_once(' ').ok_or(ErrorCode::Unauthenticated)?;
        Ok(Principal {
            user_id: user.parse().unwrap(),
            group_id: self.tenant.group_id,
            name: "Alice".to_owned(),
            role: Role::parse(role).unwrap(),
            session_id: SessionId::new(),
            tenant_id: Some(self.tenant.id),
        })
    }

    async fn still_valid(&self, _: &Principal) -> Result<()> {
        Ok(())
    }
}

#[async_trait]
impl TenantResolver for Everyone {
    async fn by_slug(&self, slug: &str) -> Result<Option<TenantContext>> {
        Ok(Some(self.tenant.clone()).filter(|t| t.slug == slug))
    }

    async fn by_domain(&self, _: &str) -> Result<Option<TenantContext>> {
        Ok(None)
    }

    async fn by_id(&self, id: TenantId) -> Result<Option<TenantContext>> {
        Ok(Some(self.tenant.clone()).filter(|t| t.id == id))
    }
}
