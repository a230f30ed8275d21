//! What requests, jobs and operators work with.

use crate::app::Adapters;
use crate::assets::Assets;
use crate::config::Config;
use actix_web::web;
use platform_db::{Database, DatabaseConfig, Redis};
use platform_engine::registry::StepRegistry;
use platform_engine::{Backlog, LiveBus, Wake};
use platform_http::{Health, HttpState, Hub, Origins, TenantResolver, TopicSource};
use platform_identity::{ConnectionView, Identity, IdentityConfig, SignupBounds};
use platform_messaging::Messaging;
use platform_messaging::live::NotificationsTopic;
use platform_records::live::LeadsTopic;
use platform_workflows::{
    Approvals, ApprovalsTopic, ExecutionTopics, HookKeys, Hooks, Rollouts, Secrets, Workflows,
};
use policies::Policy;
use std::sync::Arc;
use tenants::Registry;
use tenants::lifecycle::Lifecycle;

/// What requests and jobs work with; cheap to clone.
#[derive(Clone)]
pub(crate) struct Parts {
    pub(crate) db: Database,
    pub(crate) state: web::Data<HttpState>,
    pub(crate) hub: Hub,
    pub(crate) health: Health,
    pub(crate) assets: Option<Assets>,
    pub(crate) identity: Identity,
    pub(crate) registry: Registry,
    pub(crate) lifecycle: Lifecycle,
    pub(crate) workflows: Workflows,
    pub(crate) hooks: Hooks,
    pub(crate) approvals: Approvals,
    pub(crate) rollouts: Rollouts,
    pub(crate) live: LiveBus,
    pub(crate) wake: Wake,
    pub(crate) steps: Arc<StepRegistry>,
    pub(crate) backlog: Backlog,
    pub(crate) metrics: metrics_exporter_prometheus::PrometheusHandle,
}

/// Makes what requests and jobs work with.
pub(crate) async fn parts(config: &Config, adapters: &Adapters) -> anyhow::Result<Parts> {
    let redis = config.redis.clone();
    let db = database(config)?;
    let registry = Registry::new(db.clone(), redis.clone());
    let wake = Wake::new(Some(redis.clone()));
    let enqueued = wake.clone();
    db.on_enqueued(move || enqueued.wake());
    let identity = identity(config, &db, &redis, &registry, adapters).await?;
    let live = LiveBus::new(Some(redis.clone()));
    let backlog = Backlog::new(db.clone(), config.work.backlog_limit);
    let steps = Arc::new(step_types(config, adapters, &live, &backlog)?);
    let policy = Policy::load().await?;
    let tenants: Arc<dyn TenantResolver> = Arc::new(registry.clone());
    let public_url = config.http.public_url.as_str();
    let secrets = Secrets::new(config.master_key.clone());
    let keys = HookKeys::new(&config.master_key);
    let workflows = Workflows::new(Arc::clone(&steps), live.clone(), public_url, keys.clone())?
        .with_secrets(secrets.clone())
        .with_backlog(backlog.clone());
    let leads = Arc::clone(&adapters.leads);
    let hooks = Hooks::new(
        db.clone(),
        Arc::clone(&tenants),
        leads,
        wake.clone(),
        live.clone(),
        keys,
    )
    .with_secrets(secrets)
    .with_backlog(backlog.clone());
    let rollouts = Rollouts::new(db.clone(), Arc::clone(&tenants), workflows.clone());
    let approvals = Approvals::new(db.clone(), Arc::clone(&tenants), live.clone());
    let hub = Hub::new(topics(&db, &policy));
    let assets = config
        .http
        .web_root
        .as_deref()
        .map(Assets::load)
        .transpose()?;
    let health = Health::new(db.clone(), redis.clone());
    let mut state = HttpState::new(
        db.clone(),
        redis,
        policy,
        config.master_key.clone(),
        Arc::new(identity.clone()),
        tenants,
    );
    state.base_domain.clone_from(&config.http.base_domain);
    state.trusted_proxy_hops = config.http.trusted_proxy_hops;
    state.rate_limits.enabled = config.http.rate_limits;
    state.origins = Origins::new(
        &config.http.public_url,
        &config.http.base_domain,
        &config.http.allowed_origins,
    );
    Ok(Parts {
        state: web::Data::new(state),
        lifecycle: Lifecycle {
            db: db.clone(),
            registry: registry.clone(),
        },
        metrics: crate::telemetry::install()?,
        db,
        hub,
        health,
        assets,
        identity,
        registry,
        workflows,
        hooks,
        approvals,
        rollouts,
        live,
        wake,
        steps,
        backlog,
    })
}

/// What sockets may listen to.
fn topics(db: &Database, policy: &Policy) -> Vec<Arc<dyn TopicSource>> {
    vec![
        Arc::new(ExecutionTopics::new(db.clone(), policy.clone())),
        Arc::new(LeadsTopic {
            policy: policy.clone(),
        }),
        Arc::new(ApprovalsTopic {
            policy: policy.clone(),
        }),
        Arc::new(NotificationsTopic {
            policy: policy.clone(),
        }),
    ]
}

fn database(config: &Config) -> anyhow::Result<Database> {
    Ok(Database::new(&DatabaseConfig {
        app: config.database_app.clone(),
        session: config.database_session.clone(),
        control_connections: config.database_control_connections,
        shards: config.database_shards,
        connections_per_shard: config.database_connections_per_shard,
        statement_timeout: config.database_statement_timeout,
    })?)
}

async fn identity(
    config: &Config,
    db: &Database,
    redis: &Redis,
    registry: &Registry,
    adapters: &Adapters,
) -> anyhow::Result<Identity> {
    let mut settings = IdentityConfig::new(config.http.public_url.clone());
    settings.passwords.memory_kib = config.password_memory_kib;
    settings.signups = match config.http.rate_limits {
        true => config.signups,
        false => SignupBounds::NONE,
    };
    let texts = adapters.texts.as_ref().map(|texts| texts.describe());
    settings.connections = [adapters.mailer.describe(), adapters.chat.describe()]
        .into_iter()
        .chain(texts)
        .map(ConnectionView::from)
        .collect();
    let master = config.master_key.clone();
    Ok(Identity::new(
        db.clone(),
        redis.clone(),
        registry.clone(),
        master,
        settings,
    )
    .await?)
}

/// Every step and trigger that a workflow may use.
fn step_types(
    config: &Config,
    adapters: &Adapters,
    live: &LiveBus,
    backlog: &Backlog,
) -> anyhow::Result<StepRegistry> {
    let mut steps = StepRegistry::new();
    platform_engine::steps::add_core(
        &mut steps,
        Arc::clone(&adapters.chat),
        Arc::clone(&adapters.http),
    )?;
    platform_engine::steps::add_workflow_run(&mut steps, live.clone(), Some(backlog.clone()))?;
    platform_records::upsert::register(&mut steps, live.clone())?;
    let messaging = Messaging {
        mailer: Arc::clone(&adapters.mailer),
        texts: adapters.texts.clone(),
        message_id_domain: config
            .http
            .public_url
            .host_str()
            .unwrap_or("localhost")
            .to_owned(),
        bus: live.clone(),
    };
    messaging.register(&mut steps)?;
    platform_workflows::approvals::register(&mut steps, live.clone())?;
    platform_workflows::files::register(&mut steps)?;
    platform_workflows::events::register(&mut steps, live.clone(), Some(backlog.clone()))?;
    platform_workflows::register_triggers(&mut steps)?;
    Ok(steps)
}

/// What the commands of `auterity admin` work with.
pub(crate) struct OperatorParts {
    pub(crate) identity: Identity,
    pub(crate) registry: Registry,
    pub(crate) lifecycle: Lifecycle,
}

pub(crate) async fn operator_parts(config: &Config) -> anyhow::Result<OperatorParts> {
    let redis = config.redis.clone();
    let db = database(config)?;
    let registry = Registry::new(db.clone(), redis.clone());
    let wake = Wake::new(Some(redis.clone()));
    db.on_enqueued(move || wake.wake());
    let adapters = Adapters::new(config)?;
    let identity = identity(config, &db, &redis, &registry, &adapters).await?;
    let lifecycle = Lifecycle {
        db,
        registry: registry.clone(),
    };
    Ok(OperatorParts {
        identity,
        registry,
        lifecycle,
    })
}
