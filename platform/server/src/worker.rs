//! The worker: everything that is done in the background.

use crate::app::Adapters;
use crate::config::Config;
use crate::parts::Parts;
use platform_engine::jobs::{Runner, RunnerConfig};
use platform_engine::{Engine, TenantDirectory};
use platform_http::TenantResolver;
use platform_kernel::id::{TenantId, WorkerId};
use platform_kernel::tenant::TenantContext;
use platform_workflows::retention::{Retention, RetentionPolicy};
use platform_workflows::{
    AdvanceRollouts, BulkReplays, HookKeys, RunBacktests, RunSchedules, SendApprovalMail,
    TellOfChanges,
};
use std::sync::Arc;
use tenants::{ApplyRights, ProvisionTenant, Registry};

/// The worker and everything it can do.
pub(crate) fn runner(
    config: &Config,
    parts: &Parts,
    adapters: &Adapters,
) -> anyhow::Result<Runner> {
    let owner = crate::commands::owner(config)?;
    let mut handlers = parts.identity.job_handlers(&adapters.mailer);
    handlers.push(Arc::new(ProvisionTenant {
        owner: owner.clone(),
        app_role: config.database_app_role.clone(),
        registry: parts.registry.clone(),
    }));
    handlers.push(Arc::new(Retention {
        owner: owner.clone(),
        db: parts.db.clone(),
        policy: RetentionPolicy {
            events_days: config.retention.events_days,
            logs_days: config.retention.logs_days,
            runs_days: config.retention.runs_days,
        },
        keys: HookKeys::new(&config.master_key),
    }));
    handlers.push(Arc::new(ApplyRights {
        owner,
        db: parts.db.clone(),
        registry: parts.registry.clone(),
    }));
    handlers.push(Arc::new(AdvanceRollouts(parts.rollouts.clone())));
    handlers.push(Arc::new(SendApprovalMail {
        db: parts.db.clone(),
        tenants: Arc::new(parts.registry.clone()),
        mailer: Arc::clone(&adapters.mailer),
        master: config.master_key.clone(),
        public_url: config.http.public_url.to_string(),
    }));
    let worker = WorkerId::new();
    let directory: Arc<dyn TenantDirectory> = Arc::new(Directory(parts.registry.clone()));
    handlers.push(Arc::new(RunSchedules {
        db: parts.db.clone(),
        backlog: Some(parts.backlog.clone()),
        directory: Arc::clone(&directory),
        bus: parts.live.clone(),
        wake: parts.wake.clone(),
    }));
    handlers.push(Arc::new(TellOfChanges {
        db: parts.db.clone(),
        backlog: Some(parts.backlog.clone()),
        directory: Arc::clone(&directory),
        bus: parts.live.clone(),
        wake: parts.wake.clone(),
    }));
    handlers.push(Arc::new(BulkReplays::new(
        parts.db.clone(),
        Arc::clone(&directory),
        parts.live.clone(),
        parts.wake.clone(),
    )));
    let steps = Arc::clone(&parts.steps);
    handlers.push(Arc::new(RunBacktests::new(
        parts.db.clone(),
        Arc::clone(&steps),
        Arc::clone(&directory),
    )));
    let engine = Engine::new(
        parts.db.clone(),
        steps,
        directory,
        parts.live.clone(),
        worker,
    );
    engine.wakes(parts.wake.clone());
    handlers.push(engine);
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
