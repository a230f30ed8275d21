//! `POST /hooks/{key}`: what other systems post starts runs. A delivery is answered once it is
//! durable, and a repeated one starts nothing.

mod body;
mod dto;
mod lead;
mod reply;
pub mod routes;
mod signature;
mod together;
mod webhook;

pub use dto::{AcceptedLead, HookAccepted};
pub use reply::HookResult;
pub(crate) use reply::LONGEST_WAIT_SECONDS;

use crate::secrets::Secrets;
use crate::triggers::queries::{self as triggers, AtAddress, Listening};
use crate::triggers::{ADF_LEAD, HookKeys, WEBHOOK, key};
use body::{Delivery, Kind};
use moka::sync::Cache;
use platform_db::jobs::Lane;
use platform_db::{Database, TenantTx};
use platform_engine::{Backlog, Intake, LiveBus, Wake};
use platform_http::TenantResolver;
use platform_http::authorize::require_active;
use platform_kernel::ports::LeadParser;
use platform_kernel::tenant::TenantContext;
use platform_kernel::{Error, ErrorCode, Result, clock};
use platform_records::live::lead_changed;
use signature::Signature;
use std::sync::Arc;
use std::time::Duration;

/// Takes deliveries; put into the app once, as `web::Data<Hooks>`.
#[derive(Clone)]
pub struct Hooks {
    db: Database,
    tenants: Arc<dyn TenantResolver>,
    parser: Arc<dyn LeadParser>,
    live: LiveBus,
    intake: Intake,
    /// What listens behind which key, as it was when last read: the intake finds out when that is
    /// not so any more.
    known: Cache<String, Arc<AtAddress>>,
    keys: HookKeys,
    secrets: Secrets,
    backlog: Option<Backlog>,
    /// Places for senders who wait for a result.
    waiting: Arc<reply::Waiters>,
}

impl Hooks {
    /// Call it inside the runtime.
    pub fn new(
        db: Database,
        tenants: Arc<dyn TenantResolver>,
        parser: Arc<dyn LeadParser>,
        wake: Wake,
        live: LiveBus,
        keys: HookKeys,
    ) -> Self {
        Self {
            keys,
            intake: Intake::start(db.clone(), live.clone(), wake),
            known: together::known(),
            db,
            tenants,
            parser,
            live,
            secrets: Secrets::default(),
            backlog: None,
            waiting: Arc::new(reply::Waiters::new()),
        }
    }

    /// Opens the secrets that deliveries are signed with.
    #[must_use]
    pub fn with_secrets(mut self, secrets: Secrets) -> Self {
        self.secrets = secrets;
        self
    }

    /// How many runs of a dealership may wait; without it as many as come.
    #[must_use]
    pub fn with_backlog(mut self, backlog: Backlog) -> Self {
        self.backlog = Some(backlog);
        self
    }

    /// The tenant that a hook's key names, if it may be used now.
    async fn tenant_behind(&self, key: &str) -> Result<TenantContext> {
        let id = key::tenant_of(key).ok_or(ErrorCode::NotFound)?;
        let tenant = self.tenants.by_id(id).await?.ok_or(ErrorCode::NotFound)?;
        require_active(&tenant)?;
        Ok(tenant)
    }

    /// Takes a delivery in one transaction; the answer may be given once this has returned. With
    /// it comes how long the sender may wait for the result.
    async fn take(
        &self,
        tenant: &TenantContext,
        key: &str,
        delivery: Delivery,
    ) -> Result<(HookAccepted, Option<Duration>)> {
        if let Some(backlog) = &self.backlog {
            backlog.check(tenant.id, Lane::Event).await?;
        }
        let kind = delivery.kind(self.parser.as_ref());
        if kind == Kind::Json
            && let Some(taken) = self.take_together(tenant, key, &delivery).await?
        {
            return Ok(taken);
        }
        let mut tx = self.db.tenant(tenant).await?;
        let listening = self.at_address(&mut tx, key).await?.listening;
        match (listening.trigger.type_.as_str(), kind) {
            // Whatever comes to the address of leads is kept.
            (ADF_LEAD, _) => {
                drop(tx);
                self.take_document(tenant, key, delivery).await
            }
            (WEBHOOK, Kind::Json | Kind::Other) => self.take_json(tx, &listening, &delivery).await,
            (WEBHOOK, Kind::Xml) => Err(ErrorCode::UnsupportedMediaType.detail(
                "this address takes JSON; post ADF leads to the address of an adf_lead trigger",
            )),
            _ => Err(ErrorCode::NotFound.into()),
        }
    }

    async fn take_json(
        &self,
        mut tx: TenantTx,
        listening: &Listening,
        delivery: &Delivery,
    ) -> Result<(HookAccepted, Option<Duration>)> {
        self.require_signature(&mut tx, listening, delivery).await?;
        let accepted = webhook::accept_json(&mut tx, &self.live, listening, delivery).await?;
        tx.commit().await?;
        Ok((accepted, reply::patience(&listening.trigger.config)))
    }

    /// A document is parsed off the async threads and outside any transaction, but only once it
    /// is known that something waits for it.
    async fn take_document(
        &self,
        tenant: &TenantContext,
        key: &str,
        delivery: Delivery,
    ) -> Result<(HookAccepted, Option<Duration>)> {
        let document = lead::parse(Arc::clone(&self.parser), delivery, tenant).await?;
        let mut tx = self.db.tenant(tenant).await?;
        let listening = self.at_address(&mut tx, key).await?.listening;
        if listening.trigger.type_ != ADF_LEAD {
            return Err(ErrorCode::NotFound.into());
        }
        let leads = lead::accept_document(&mut tx, &self.live, &listening, &document).await?;
        tx.commit().await?;
        for lead in &leads {
            lead_changed(&self.live, tenant.id, lead.lead_id, lead.status);
        }
        Ok((HookAccepted::of_leads(leads), None))
    }

    /// Refuses a delivery that is not signed as the trigger asks.
    async fn require_signature(
        &self,
        tx: &mut TenantTx,
        listening: &Listening,
        delivery: &Delivery,
    ) -> Result<()> {
        let config = &listening.trigger.config;
        let Some(signature) = Signature::of(config).map_err(Error::internal)? else {
            return Ok(());
        };
        let secret = self.secrets.open(tx, &signature.secret).await?;
        let secret = secret.ok_or_else(|| Error::internal("a trigger's secret is missing"))?;
        let header = |name: &str| {
            let value = delivery.headers.get(name)?.to_str().ok()?;
            Some(value.to_owned())
        };
        signature
            .check(&secret, header, &delivery.body, clock::now())
            .map_err(|reason| ErrorCode::SignatureInvalid.detail(reason))
    }

    /// What listens behind a key.
    async fn at_address(&self, tx: &mut TenantTx, key: &str) -> Result<AtAddress> {
        let hash = self.keys.hash(key);
        if let Some(found) = triggers::find_at_address(tx, &hash).await? {
            return Ok(found);
        }
        // The version before kept keys in the clear; retention seals them, or the first delivery.
        let known = triggers::find_by_key(tx, key).await?;
        let trigger = known.ok_or(ErrorCode::NotFound)?;
        let tenant = tx.tenant().id;
        let connection = tx.conn();
        self.keys
            .ensure(connection, tenant, trigger, Some(key))
            .await?;
        let found = triggers::find_at_address(tx, &hash).await?;
        found.ok_or_else(|| ErrorCode::NotFound.into())
    }
}
