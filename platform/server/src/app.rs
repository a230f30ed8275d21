//! The only wiring: everything is made here, for the binary and for the tests alike.

use crate::assets::Assets;
use crate::config::Config;
use crate::routes::{internal_server, public_server};
use actix_web::dev::ServerHandle;
use actix_web::web;
use platform_db::{Database, DatabaseConfig, Redis};
use platform_engine::jobs::{Runner, RunnerConfig};
use platform_engine::registry::StepRegistry;
use platform_engine::{Engine, LiveBus, TenantDirectory, Wake};
use platform_http::middleware;
use platform_http::{Health, HttpState, Hub, Origins, TenantResolver, TopicSource};
use platform_identity::{ConnectionView, Identity, IdentityConfig};
use platform_kernel::id::{TenantId, WorkerId};
use platform_kernel::ports::{ChatModel, HttpCaller, LeadParser, Mailer};
use platform_kernel::tenant::TenantContext;
use platform_messaging::Messaging;
use platform_messaging::live::{NotificationsTopic, for_sockets};
use platform_records::live::LeadsTopic;
use platform_workflows::{ExecutionTopics, Hooks, Workflows};
use policies::Policy;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use tenants::lifecycle::Lifecycle;
use tenants::{ApplyRights, ProvisionTenant, Registry};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// What stands behind the ports.
#[derive(Clone)]
pub struct Adapters {
    pub mailer: Arc<dyn Mailer>,
    pub chat: Arc<dyn ChatModel>,
    pub http: Arc<dyn HttpCaller>,
    pub leads: Arc<dyn LeadParser>,
}

/// What a process does.
#[derive(Clone, Copy, Debug)]
pub struct Roles {
    pub serve: bool,
    pub work: bool,
    /// Migrate before anything else.
    pub migrate: bool,
}

/// A process, ready to run.
pub struct App {
    parts: Parts,
    listener: Option<TcpListener>,
    internal_listener: TcpListener,
    runner: Option<Runner>,
    http_workers: usize,
}

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
    pub(crate) live: LiveBus,
    pub(crate) wake: Wake,
    pub(crate) steps: Arc<StepRegistry>,
    pub(crate) metrics: metrics_exporter_prometheus::PrometheusHandle,
}

impl App {
    /// Wires everything and binds the ports; nothing is served yet.
    pub async fn build(config: Config, adapters: Adapters, roles: Roles) -> anyhow::Result<Self> {
        if roles.migrate {
            crate::commands::migrate_all(&config).await?;
        }
        let parts = parts(&config, &adapters).await?;
        let runner = match roles.work {
            true => Some(runner(&config, &parts, &adapters)?),
            false => None,
        };
        let listener = roles
            .serve
            .then(|| TcpListener::bind(config.http.listen))
            .transpose()?;
        Ok(Self {
            parts,
            listener,
            internal_listener: TcpListener::bind(config.http.internal_listen)?,
            runner,
            http_workers: config.http.workers.max(1),
        })
    }

    /// Where the API listens.
    pub fn address(&self) -> Option<SocketAddr> {
        self.listener.as_ref().and_then(|l| l.local_addr().ok())
    }

    /// The service of accounts, for what only operators do.
    pub fn identity(&self) -> &Identity {
        &self.parts.identity
    }

    /// Where metrics and health listen.
    pub fn internal_address(&self) -> Option<SocketAddr> {
        self.internal_listener.local_addr().ok()
    }

    /// Runs until `shutdown`, then finishes what is in hand.
    pub async fn run(self, shutdown: CancellationToken) -> anyhow::Result<()> {
        let mut tasks = JoinSet::new();
        background(&self.parts, &shutdown, &mut tasks);
        let internal = internal_server(&self.parts, self.internal_listener)?;
        let mut handles = vec![internal.handle()];
        tasks.spawn(async move { Ok(internal.await?) });
        if let Some(listener) = self.listener {
            let server = public_server(&self.parts, listener, self.http_workers)?;
            handles.push(server.handle());
            tasks.spawn(async move { Ok(server.await?) });
        }
        if let Some(runner) = self.runner {
            let shutdown = shutdown.clone();
            tasks.spawn(async move { Ok(runner.run(shutdown).await?) });
        }
        let stop = shutdown.clone();
        let parts = self.parts.clone();
        tasks.spawn(async move {
            stop.cancelled().await;
            drain(&parts, handles).await;
            Ok(())
        });
        // The first part that ends takes the others with it.
        let mut outcome = Ok(());
        while let Some(ended) = tasks.join_next().await {
            let ended = ended.map_err(anyhow::Error::from).and_then(|result| result);
            if outcome.is_ok() {
                outcome = ended;
            }
            shutdown.cancel();
        }
        outcome
    }
}

/// Stops taking requests, lets those in hand finish, closes the sockets.
async fn drain(parts: &Parts, handles: Vec<ServerHandle>) {
    parts.health.drain();
    parts.hub.shutdown();
    for handle in handles.into_iter().rev() {
        handle.stop(true).await;
    }
}

/// Makes what requests and jobs work with.
async fn parts(config: &Config, adapters: &Adapters) -> anyhow::Result<Parts> {
    let redis = Redis::new(&config.redis_url)?;
    let db = database(config)?;
    let registry = Registry::new(db.clone(), redis.clone());
    let wake = Wake::new(Some(redis.clone()));
    let identity = identity(config, &db, &redis, &registry, &wake, adapters).await?;
    let live = LiveBus::new(Some(redis.clone()));
    let steps = Arc::new(step_types(config, adapters, &live)?);
    let policy = Policy::load().await?;
    let tenants: Arc<dyn TenantResolver> = Arc::new(registry.clone());
    let public_url = config.http.public_url.as_str();
    let workflows = Workflows::new(Arc::clone(&steps), wake.clone(), public_url)?;
    let leads = Arc::clone(&adapters.leads);
    let hooks = Hooks::new(
        db.clone(),
        Arc::clone(&tenants),
        leads,
        wake.clone(),
        live.clone(),
    );
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
        metrics: platform_http::metrics::install()?,
        db,
        hub,
        health,
        assets,
        identity,
        registry,
        workflows,
        hooks,
        live,
        wake,
        steps,
    })
}

/// What sockets may listen to.
fn topics(db: &Database, policy: &Policy) -> Vec<Arc<dyn TopicSource>> {
    vec![
        Arc::new(ExecutionTopics::new(db.clone(), policy.clone())),
        Arc::new(LeadsTopic {
            policy: policy.clone(),
        }),
        Arc::new(NotificationsTopic {
            policy: policy.clone(),
        }),
    ]
}

/// The worker and everything it can do.
fn runner(config: &Config, parts: &Parts, adapters: &Adapters) -> anyhow::Result<Runner> {
    let owner = crate::commands::owner(config)?;
    let mut handlers = parts.identity.job_handlers(&adapters.mailer);
    handlers.push(Arc::new(ProvisionTenant {
        owner: owner.clone(),
        app_role: config.database_app_role.clone(),
        registry: parts.registry.clone(),
    }));
    handlers.push(Arc::new(ApplyRights {
        owner,
        db: parts.db.clone(),
        registry: parts.registry.clone(),
    }));
    let worker = WorkerId::new();
    let directory = Arc::new(Directory(parts.registry.clone()));
    let steps = Arc::clone(&parts.steps);
    handlers.push(Engine::new(
        parts.db.clone(),
        steps,
        directory,
        parts.live.clone(),
        worker,
    ));
    let settings = RunnerConfig {
        name: format!("auterity-{}", std::process::id()),
        concurrency: config.work.concurrency,
        drain: config.work.drain,
        dead_after: config.work.lease,
        heartbeat: config.work.lease / 5,
        ..RunnerConfig::default()
    };
    Ok(Runner::with_id(
        worker,
        parts.db.clone(),
        parts.wake.clone(),
        handlers,
        settings,
    ))
}

/// The registry of tenants as the engine asks it.
struct Directory(Registry);

#[async_trait::async_trait]
impl TenantDirectory for Directory {
    async fn find(&self, id: TenantId) -> platform_kernel::Result<Option<TenantContext>> {
        self.0.by_id(id).await
    }
}

fn database(config: &Config) -> anyhow::Result<Database> {
    Ok(Database::new(&DatabaseConfig {
        app_url: config.database_app_url.clone(),
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
    wake: &Wake,
    adapters: &Adapters,
) -> anyhow::Result<Identity> {
    let mut settings = IdentityConfig::new(config.http.public_url.clone());
    settings.passwords.memory_kib = config.password_memory_kib;
    settings.connections = vec![
        ConnectionView::from(adapters.mailer.describe()),
        ConnectionView::from(adapters.chat.describe()),
    ];
    let master = config.master_key.clone();
    let wake = wake.clone();
    Ok(Identity::new(
        db.clone(),
        redis.clone(),
        registry.clone(),
        master,
        Arc::new(move || wake.wake()),
        settings,
    )
    .await?)
}

/// Every step and trigger that a workflow may use.
fn step_types(
    config: &Config,
    adapters: &Adapters,
    live: &LiveBus,
) -> anyhow::Result<StepRegistry> {
    let mut steps = StepRegistry::new();
    platform_engine::steps::add_core(
        &mut steps,
        Arc::clone(&adapters.chat),
        Arc::clone(&adapters.http),
    )?;
    platform_records::upsert::register(&mut steps, live.clone())?;
    let messaging = Messaging {
        mailer: Arc::clone(&adapters.mailer),
        message_id_domain: config
            .http
            .public_url
            .host_str()
            .unwrap_or("localhost")
            .to_owned(),
        bus: live.clone(),
    };
    messaging.register(&mut steps)?;
    platform_workflows::register_triggers(&mut steps)?;
    Ok(steps)
}

/// Tasks that keep this process in step with the others.
fn background(
    parts: &Parts,
    shutdown: &CancellationToken,
    tasks: &mut JoinSet<anyhow::Result<()>>,
) {
    let until = |shutdown: &CancellationToken,
                 work: futures_util::future::BoxFuture<'static, ()>| {
        let shutdown = shutdown.clone();
        async move {
            tokio::select! {
                () = shutdown.cancelled() => {}
                () = work => {}
            }
            Ok(())
        }
    };
    let registry = parts.registry.clone();
    tasks.spawn(until(
        shutdown,
        Box::pin(async move { registry.listen().await }),
    ));
    let identity = parts.identity.clone();
    tasks.spawn(until(
        shutdown,
        Box::pin(async move { identity.keep_fresh().await }),
    ));
    let (live, stop) = (parts.live.clone(), shutdown.clone());
    tasks.spawn(async move {
        live.listen(stop).await;
        Ok(())
    });
    tasks.spawn(until(shutdown, Box::pin(tidy(parts.db.clone()))));
    tasks.spawn(until(
        shutdown,
        Box::pin(bridge(parts.live.clone(), parts.hub.clone())),
    ));
}

/// Removes what has expired, once an hour.
async fn tidy(db: Database) {
    let mut tick = tokio::time::interval(std::time::Duration::from_secs(3_600));
    loop {
        tick.tick().await;
        if let Err(error) = middleware::purge_expired_keys(&db).await {
            tracing::warn!(%error, "expired idempotency keys were not removed");
        }
    }
}

/// Passes what the engine and the slices publish on to the sockets.
async fn bridge(live: LiveBus, hub: Hub) {
    use tokio::sync::broadcast::error::RecvError;
    let mut messages = live.subscribe();
    loop {
        match messages.recv().await {
            Ok(delivery) => hub.deliver(delivery.tenant, for_sockets(&delivery.message)),
            // Every socket is closed, and resumes from what is stored.
            Err(RecvError::Lagged(lost)) => {
                tracing::warn!(lost, "live messages were lost");
                hub.lost();
            }
            Err(RecvError::Closed) => return,
        }
    }
}

/// What the commands of `auterity admin` work with.
pub(crate) struct OperatorParts {
    pub(crate) identity: Identity,
    pub(crate) registry: Registry,
    pub(crate) lifecycle: Lifecycle,
}

pub(crate) async fn operator_parts(config: &Config) -> anyhow::Result<OperatorParts> {
    let redis = Redis::new(&config.redis_url)?;
    let db = database(config)?;
    let registry = Registry::new(db.clone(), redis.clone());
    let wake = Wake::new(Some(redis.clone()));
    let identity = identity(
        config,
        &db,
        &redis,
        &registry,
        &wake,
        &Adapters::new(config)?,
    )
    .await?;
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
