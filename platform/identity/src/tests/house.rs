//! A database of its own with an identity service that mails into a list.

use crate::sessions::{Client, Session};
use crate::signup::{SignUp, VerifySignup};
use crate::{Identity, IdentityConfig, PasswordConfig};
use async_trait::async_trait;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use platform_db::jobs::{JobHandler, Lease, LeasedJob, Turn};
use platform_db::schema::control::jobs;
use platform_http::{Authenticator, Principal};
use platform_kernel::ErrorCode;
use platform_kernel::ports::{CallError, Description, Handover, Mailer, OutgoingMail, SentMail};
use platform_kernel::secret::{MasterKey, SecretString};
use platform_kernel::tenant::{TenantContext, TenantStatus};
use platform_testkit::TestDatabase;
use policies::Role;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tenants::Registry;

pub(super) const PASSWORD: &str = "a quite long pass phrase";

/// Takes every mail and keeps it.
#[derive(Default)]
pub(super) struct Outbox {
    mails: Mutex<Vec<OutgoingMail>>,
    failing: Mutex<Option<CallError>>,
}

#[async_trait]
impl Mailer for Outbox {
    async fn send(&self, mail: &OutgoingMail, _: &dyn Handover) -> Result<SentMail, CallError> {
        self.mails.lock().unwrap().push(mail.clone());
        match self.failing.lock().unwrap().take() {
            Some(error) => Err(error),
            None => Ok(SentMail {
                provider_reference: "250 ok".into(),
            }),
        }
    }

    fn describe(&self) -> Description {
        Description {
            kind: "email",
            adapter: "list",
            name: "list".into(),
            simulated: true,
        }
    }
}

impl Outbox {
    pub(super) fn fail_once(&self, error: CallError) {
        *self.failing.lock().unwrap() = Some(error);
    }

    pub(super) fn mails(&self) -> Vec<OutgoingMail> {
        self.mails.lock().unwrap().clone()
    }

    /// The one-time token of the newest mail to somebody.
    pub(super) fn token_for(&self, to: &str) -> String {
        let mails = self.mails();
        let mail = mails
            .iter()
            .rev()
            .find(|mail| mail.to == to)
            .expect("a mail");
        let (_, rest) = mail.text.split_once("#token=").expect("a link");
        rest.split_whitespace().next().unwrap().to_owned()
    }
}

pub(super) struct House {
    pub(super) test: TestDatabase,
    pub(super) identity: Identity,
    pub(super) outbox: Arc<Outbox>,
    handlers: Vec<Arc<dyn JobHandler>>,
}

pub(super) fn config() -> IdentityConfig {
    let mut config = IdentityConfig::new("http://app.localhost:8080/".parse().unwrap());
    config.passwords = PasswordConfig {
        memory_kib: 8,
        iterations: 1,
        lanes: 1,
        at_once: 4,
    };
    config.provisioning_patience = Duration::ZERO;
    config
}

/// Of each house its own, so that houses that share a Redis don't count each other's failures.
pub(super) fn master_of(test: &TestDatabase) -> MasterKey {
    let hash = platform_kernel::secret::token_hash(&test.name);
    MasterKey::new(hash.try_into().unwrap())
}

impl House {
    pub(super) async fn new() -> Self {
        Self::with(config()).await
    }

    pub(super) async fn with(config: IdentityConfig) -> Self {
        let test = TestDatabase::create().await;
        let identity = Self::identity_on(&test, config).await;
        let outbox = Arc::new(Outbox::default());
        let mailer: Arc<dyn Mailer> = outbox.clone();
        let handlers = identity.job_handlers(&mailer);
        Self {
            test,
            identity,
            outbox,
            handlers,
        }
    }

    /// One more process on the same database.
    pub(super) async fn identity_on(test: &TestDatabase, config: IdentityConfig) -> Identity {
        let registry = Registry::new(test.db.clone(), test.redis.clone());
        Identity::new(
            test.db.clone(),
            test.redis.clone(),
            registry,
            master_of(test),
            config,
        )
        .await
        .unwrap()
    }

    pub(super) async fn send_mails(&self) -> platform_kernel::Result<()> {
        self.work("send_%").await
    }

    /// Does the jobs of some kinds once; answers the first failure, whose job stays.
    pub(super) async fn work(&self, kinds: &str) -> platform_kernel::Result<()> {
        let mut tx = self.test.db.control().await?;
        type Due = (i64, String, String, Option<uuid::Uuid>, serde_json::Value);
        let due: Vec<Due> = jobs::table
            .filter(jobs::kind.like(kinds))
            .order(jobs::id)
            .select((
                jobs::id,
                jobs::kind,
                jobs::key,
                jobs::tenant_id,
                jobs::payload,
            ))
            .load(tx.conn())
            .await?;
        tx.commit().await?;
        for (id, kind, key, tenant, payload) in due {
            let handler = self.handlers.iter().find(|h| h.kind() == kind).unwrap();
            let job = LeasedJob {
                id,
                kind,
                key,
                tenant_id: tenant.map(platform_kernel::id::TenantId),
                payload,
                attempts: 0,
                lease_epoch: 1,
                takeovers: 0,
                lease: Lease::default(),
            };
            if handler.run(&job).await? != Turn::Done {
                continue;
            }
            self.run(&format!("DELETE FROM control.jobs WHERE id = {id}"))
                .await;
        }
        Ok(())
    }

    pub(super) async fn run(&self, sql: &str) {
        self.test.run_as_owner(sql).await;
    }

    pub(super) fn form(dealership: &str, email: &str) -> SignUp {
        SignUp {
            group_name: format!("{dealership} Group"),
            dealership_name: dealership.to_owned(),
            name: "Ann Smith".to_owned(),
            email: email.to_owned(),
        }
    }

    /// What the reader of the mail sends.
    pub(super) fn verification(token: &str) -> VerifySignup {
        VerifySignup {
            token: token.to_owned(),
            password: SecretString::from(PASSWORD),
            name: None,
            token_delivery: None,
        }
    }

    pub(super) async fn verify(&self, token: &str) -> platform_kernel::Result<Session> {
        self.identity
            .verify_signup(Self::verification(token), &Client::default())
            .await
    }

    /// Signs a dealership up and goes on until its schema is there.
    pub(super) async fn sign_up(&self, dealership: &str, email: &str) -> Member {
        self.identity
            .sign_up(Self::form(dealership, email), &Client::default())
            .await
            .unwrap();
        self.send_mails().await.unwrap();
        let token = self.outbox.token_for(&email.to_lowercase());
        let session = self.verify(&token).await.unwrap();
        let id = session.view.tenant.as_ref().unwrap().id;
        self.test.provision(id).await;
        self.identity.registry.invalidate(id).await;
        self.member(session).await
    }

    /// Invites somebody and accepts in their name.
    pub(super) async fn join(&self, admin: &Member, email: &str, role: Role) -> Member {
        let person = crate::invitations::dto::CreateInvitation {
            email: email.to_owned(),
            name: None,
            role,
        };
        let actor = admin.principal.actor("test");
        self.identity
            .invite(&admin.tenant, &admin.principal, &actor, person)
            .await
            .unwrap();
        self.send_mails().await.unwrap();
        let accept = crate::invitations::dto::AcceptInvitation {
            token: self.outbox.token_for(email),
            name: "Ben Jones".to_owned(),
            password: SecretString::from(PASSWORD),
            token_delivery: None,
        };
        let session = self
            .identity
            .accept_invitation(accept, &Client::default())
            .await
            .unwrap();
        self.member(session).await
    }

    pub(super) async fn member(&self, session: Session) -> Member {
        let access = session.view.access_token.clone();
        let principal = self.identity.authenticate(&access).await.unwrap();
        let view = session.view.tenant.as_ref().unwrap();
        let tenant = TenantContext {
            id: view.id,
            group_id: principal.group_id,
            slug: view.slug.clone(),
            name: view.name.clone(),
            time_zone: view.time_zone.clone(),
            status: TenantStatus::Active,
            auth_epoch: 0,
        };
        Member {
            access,
            refresh: session.refresh_token,
            principal,
            tenant,
        }
    }

    pub(super) async fn log_in(
        &self,
        tenant: &str,
        email: &str,
        password: &str,
    ) -> platform_kernel::Result<Session> {
        self.log_in_from(&Client::default(), tenant, email, password)
            .await
    }

    pub(super) async fn log_in_from(
        &self,
        client: &Client,
        tenant: &str,
        email: &str,
        password: &str,
    ) -> platform_kernel::Result<Session> {
        let request = crate::login::LogIn {
            tenant: tenant.to_owned(),
            email: email.to_owned(),
            password: SecretString::from(password),
            token_delivery: None,
        };
        self.identity.log_in(request, client).await
    }

    /// One more dealership of a person's group, where nobody works yet.
    pub(super) async fn empty_dealership(&self, of: &Member, name: &str) -> TenantContext {
        let mut tx = self.test.db.control().await.unwrap();
        let new = tenants::provisioning::NewTenant {
            group_id: of.principal.group_id,
            name: name.into(),
            time_zone: None,
        };
        let tenant = tenants::provisioning::create_tenant(&mut tx, new)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        self.test.provision(tenant.id).await;
        TenantContext {
            status: TenantStatus::Active,
            ..tenant
        }
    }

    /// The same, where the person is admin too.
    pub(super) async fn second_dealership(&self, of: &Member, name: &str) -> TenantContext {
        let tenant = self.empty_dealership(of, name).await;
        self.make_admin(of, &tenant).await;
        tenant
    }

    pub(super) async fn make_admin(&self, who: &Member, at: &TenantContext) {
        let mut tx = self.test.db.control().await.unwrap();
        let role = Role::DealershipAdmin;
        crate::accounts::join(&mut tx, who.principal.user_id, at.id, role)
            .await
            .unwrap();
        tx.commit().await.unwrap();
    }

    /// Actions in the dealership's audit log, oldest first.
    pub(super) async fn audit(&self, tenant: &TenantContext) -> Vec<String> {
        use platform_db::schema::tenant::audit_events;
        let mut tx = self.test.db.tenant(tenant).await.unwrap();
        audit_events::table
            .order((audit_events::created_at, audit_events::id))
            .select(audit_events::action)
            .load(tx.conn())
            .await
            .unwrap()
    }
}

/// Somebody who is signed in.
pub(super) struct Member {
    pub(super) access: String,
    pub(super) refresh: String,
    pub(super) principal: Principal,
    pub(super) tenant: TenantContext,
}

pub(super) fn code<T>(result: platform_kernel::Result<T>) -> ErrorCode {
    match result {
        Ok(_) => panic!("this should have been refused"),
        Err(error) => error.code(),
    }
}
