use crate::group::{Group, Person};
use crate::mailbox::Mailbox;
use diesel_async::RunQueryDsl;
use integrations_openai::{OpenAiConfig, OpenAiModel};
use platform_kernel::ports::ChatModel;
use platform_server::app::{Adapters, App, Roles};
use platform_server::config::{Config, Reader};
use platform_testkit::TestDatabase;
use serde_json::json;
use std::sync::Arc;
use tokio_util::sync::{CancellationToken, DropGuard};

/// A running Auterity.
pub struct TestApp {
    pub database: TestDatabase,
    pub mail: Mailbox,
    /// `http://127.0.0.1:<port>`
    pub url: String,
    pub internal_url: String,
    pub port: u16,
    pub http: reqwest::Client,
    identity: platform_identity::Identity,
    shutdown: CancellationToken,
    /// Stops the server when the test ends.
    _running: DropGuard,
    simulator: integrations_simulator::Running,
}

impl TestApp {
    /// Starts one with everything in it.
    pub async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    /// Starts one whose configuration was changed.
    pub async fn start_with(change: impl FnOnce(&mut Config)) -> Self {
        Self::launch(change, "simulator-1", Self::ALL).await
    }

    /// Starts one that asks the simulator for a model of this name; some names misbehave.
    pub async fn start_with_model(model: &str) -> Self {
        Self::launch(|_| {}, model, Self::ALL).await
    }

    /// Starts one that serves and has no worker.
    pub async fn start_serving_only() -> Self {
        Self::launch(|_| {}, "simulator-1", Roles::SERVE).await
    }

    const ALL: Roles = Roles {
        migrate: false,
        ..Roles::UP
    };

    async fn launch(change: impl FnOnce(&mut Config), model: &str, roles: Roles) -> Self {
        let database = TestDatabase::create().await;
        let simulator = integrations_simulator::start(([127, 0, 0, 1], 0).into()).unwrap();
        let mut config = configuration(&database, &simulator.twilio_url());
        change(&mut config);
        let mail = Mailbox::default();
        let adapters = Adapters {
            mailer: Arc::new(mail.clone()),
            chat: chat(&simulator.base_url(), model),
            ..Adapters::new(&config).unwrap()
        };
        let app = App::build(config, adapters, roles).await.unwrap();
        let port = app.address().unwrap().port();
        let internal_url = format!("http://{}", app.internal_address().unwrap());
        let identity = app.identity().clone();
        let shutdown = CancellationToken::new();
        let (running, until) = (shutdown.clone().drop_guard(), shutdown.clone());
        tokio::spawn(async move { app.run(until).await.unwrap() });
        Self {
            database,
            mail,
            url: format!("http://127.0.0.1:{port}"),
            internal_url,
            port,
            http: reqwest::Client::new(),
            identity,
            shutdown,
            _running: running,
            simulator,
        }
    }

    /// The text messages that were sent to a number, the oldest first.
    pub fn texts_to(&self, number: &str) -> Vec<integrations_simulator::Text> {
        self.simulator.texts().to(number)
    }

    /// Asks the server to stop, as SIGTERM does, and does not wait for it.
    pub fn ask_to_stop(&self) {
        self.shutdown.cancel();
    }

    /// Somebody who is not signed in.
    pub fn anyone(&self) -> Person {
        Person::anyone(self)
    }

    /// A dealership group that signed up by itself, with its first admin.
    pub async fn group(&self, name: &str) -> Group {
        let email = format!("admin@{}.example", name.to_lowercase().replace(' ', "-"));
        self.group_of(name, &email).await
    }

    /// The same, with the admin's address given.
    pub async fn group_of(&self, name: &str, email: &str) -> Group {
        let before = self.mail.to(email).len();
        let body = json!({
            "group_name": format!("{name} Group"),
            "dealership_name": name,
            "name": "Alex Admin",
            "email": email,
        });
        self.anyone()
            .post("/api/v1/signup", &body)
            .await
            .assert(202);
        let token = self.mail.token(email, before + 1).await;
        let body = json!({
            "token": token,
            "password": Person::PASSWORD,
            "token_delivery": "body",
        });
        let session = self
            .anyone()
            .post("/api/v1/signup/verify", &body)
            .await
            .assert(201);
        let admin = Person::signed_in(self, &session.body, email);
        Group::new(admin, &session.body)
    }
}

impl TestApp {
    /// One more dealership of a group, with an admin who works nowhere else. No operation of the
    /// API makes one yet.
    pub async fn sibling(&self, of: &Group, name: &str) -> Group {
        let mut person = of.member(self, policies::Role::DealershipAdmin).await;
        let group_id = self
            .query_uuid(&format!(
                "SELECT group_id FROM control.tenants WHERE id = '{}'",
                of.tenant_id
            ))
            .await;
        let mut tx = self.database.db.control().await.unwrap();
        let new = tenants::provisioning::NewTenant {
            group_id: platform_kernel::id::GroupId(group_id),
            name: name.to_owned(),
            time_zone: None,
        };
        let tenant = tenants::provisioning::create_tenant(&mut tx, new)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        self.database
            .run_as_owner(&format!(
                "UPDATE control.memberships SET tenant_id = '{}' WHERE user_id = '{}'",
                tenant.id, person.user_id
            ))
            .await;
        let login = json!({
            "tenant": tenant.slug,
            "email": person.email,
            "password": Person::PASSWORD,
            "token_delivery": "body",
        });
        let session = crate::eventually("the second dealership being set up", || async {
            let answer = self.anyone().post("/api/v1/auth/login", &login).await;
            (answer.status == 200 && answer.body["tenant"]["status"] == "active")
                .then_some(answer.body)
        })
        .await;
        person = Person::signed_in(self, &session, &person.email);
        Group::new(person, &session)
    }

    /// Makes somebody an admin of one more dealership.
    pub async fn make_admin(&self, person: &Person, of: &Group) {
        self.database
            .run_as_owner(&format!(
                "INSERT INTO control.memberships (user_id, tenant_id, role) \
                 VALUES ('{}', '{}', 'dealership_admin')",
                person.user_id, of.tenant_id
            ))
            .await;
    }

    /// Makes somebody who runs the platform, with everybody's password.
    pub async fn make_super_admin(&self, email: &str) {
        let password = Person::PASSWORD.to_owned().into();
        self.identity
            .create_super_admin(email, "Robin Root", &password)
            .await
            .unwrap();
    }

    /// The schema of a group's dealership.
    pub fn schema_of(&self, group: &Group) -> String {
        platform_kernel::tenant::schema_name(platform_kernel::id::TenantId(group.tenant_id))
    }

    /// Asks Postgres for an id as the owner.
    pub async fn query_uuid(&self, sql: &str) -> uuid::Uuid {
        let mut connection = self.database.owner.connect().await.unwrap();
        diesel::select(diesel::dsl::sql::<diesel::sql_types::Uuid>(&format!(
            "({sql})"
        )))
        .get_result(&mut connection)
        .await
        .unwrap()
    }

    /// Asks Postgres a question as the owner.
    pub async fn query_bool(&self, sql: &str) -> bool {
        let mut connection = self.database.owner.connect().await.unwrap();
        diesel::select(diesel::dsl::sql::<diesel::sql_types::Bool>(&format!(
            "({sql})"
        )))
        .get_result(&mut connection)
        .await
        .unwrap()
    }

    /// Ends every connection to the database and lets nobody in, as when Postgres is down.
    pub async fn close_database(&self) {
        let name = &self.database.name;
        self.database
            .run_on_server(&format!(
                "ALTER DATABASE {name} ALLOW_CONNECTIONS false;
                 SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
            ))
            .await;
    }

    /// Undoes [`TestApp::close_database`].
    pub async fn open_database(&self) {
        let sql = format!(
            "ALTER DATABASE {} ALLOW_CONNECTIONS true",
            self.database.name
        );
        self.database.run_on_server(&sql).await;
    }
}

/// What the simulator answers, through the adapter that real providers are asked with.
fn chat(base_url: &str, model: &str) -> Arc<dyn ChatModel> {
    let config = OpenAiConfig {
        base_url: base_url.to_owned(),
        api_key: None,
        model: model.to_owned(),
        reading_model: model.to_owned(),
        simulated: true,
        label: None,
    };
    Arc::new(OpenAiModel::new(config).unwrap())
}

fn configuration(database: &TestDatabase, twilio: &str) -> Config {
    let redis = std::env::var("AUTERITY_TEST_REDIS_URL")
        .expect("AUTERITY_TEST_REDIS_URL is set by `make test`");
    let key = data_encoding::BASE64.encode(b"a key for tests and nothing else");
    let values = [
        ("AUTERITY_DATABASE_URL", database.owner_url.as_str()),
        ("AUTERITY_DATABASE_APP_URL", database.app_url.as_str()),
        ("AUTERITY_DATABASE_SHARDS", "2"),
        ("AUTERITY_REDIS_URL", redis.as_str()),
        ("AUTERITY_SMTP_URL", "smtp://127.0.0.1:9"),
        ("AUTERITY_MAIL_FROM", "Auterity <no-reply@auterity.example>"),
        ("AUTERITY_SMS_BASE_URL", twilio),
        (
            "AUTERITY_SMS_ACCOUNT_SID",
            integrations_simulator::ACCOUNT_SID,
        ),
        ("AUTERITY_SMS_SECRET", "simulated"),
        ("AUTERITY_SMS_FROM", "+15005550006"),
        ("AUTERITY_SMS_SIMULATED", "true"),
        ("AUTERITY_SECRET_KEY", key.as_str()),
        ("AUTERITY_HTTP_LISTEN", "127.0.0.1:0"),
        ("AUTERITY_HTTP_INTERNAL_LISTEN", "127.0.0.1:0"),
        ("AUTERITY_HTTP_WORKERS", "1"),
        ("AUTERITY_HTTP_RATE_LIMITS", "false"),
        ("AUTERITY_OUTBOUND_ALLOWED_NETWORKS", "127.0.0.0/8"),
    ];
    let values = values.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let mut config = Config::read(Reader::new(values)).unwrap();
    // Production parameters would make a test that signs ten people up take a minute.
    config.password_memory_kib = 64;
    config
}
