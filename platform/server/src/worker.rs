//! The worker: everything that is done in the background.

use crate::app::{Adapters, Roles};
use crate::config::Config;
use crate::parts::Parts;
use platform_db::jobs::JobHandler;
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

/// The worker of a process with these roles, if they give it anything to do.
pub(crate) fn runner(
    config: &Config,
    parts: &Parts,
    adapters: &Adapters,
    roles: Roles,
) -> anyhow::Result<Option<Runner>> {
    let worker = WorkerId::new();
    let mut handlers = Vec::new();
    if roles.work {
        handlers.extend(working(config, parts, adapters, worker));
    }
    if roles.tend {
        handlers.extend(tending(config, parts)?);
    }
    if handlers.is_empty() {
        return Ok(None);
    }
    let settings = RunnerConfig {
        name: format!("auterity-{}", std::process::id()),
        concurrency: config.work.concurrency,
        drain: config.work.drain,
        dead_after: config.work.lease,
        heartbeat: config.work.lease / 5,
        ..RunnerConfig::default()
    };
    let (db, wake) = (parts.db.clone(), parts.wake.clone());
    Ok(Some(Runner::with_id(worker, db, wake, handlers, settings)))
}

/// What changes schemas and rights, with the owner's login. Processes that run what dealerships wrote
/// and parse what strangers send do without it.
fn tending(config: &Config, parts: &Parts) -> anyhow::Result<Vec<Arc<dyn JobHandler>>> {
    let owner = crate::commands::owner(config)?;
    Ok(vec![
        Arc::new(ProvisionTenant {
            owner: owner.clone(),
            app_role: config.database_app_role.clone(),
            registry: parts.registry.clone(),
        }),
        Arc::new(Retention {
            owner: owner.clone(),
            db: parts.db.clone(),
            policy: RetentionPolicy {
                events_days: config.retention.events_days,
                logs_days: config.retention.logs_days,
                runs_days: config.retention.runs_days,
            },
            keys: HookKeys::new(&config.master_key),
        }),
        Arc::new(ApplyRights {
            owner,
            db: parts.db.clone(),
            registry: parts.registry.clone(),
        }),
    ])
}

/// Runs of workflows and everything else that is done in the background.
fn working(
    config: &Config,
    parts: &Parts,
    adapters: &Adapters,
    worker: WorkerId,
) -> Vec<Arc<dyn JobHandler>> {
    let mut handlers = parts.identity.job_handlers(&adapters.mailer);
    handlers.push(Arc::new(AdvanceRollouts(parts.rollouts.clone())));
    handlers.push(Arc::new(SendApprovalMail {
        db: parts.db.clone(),
        tenants: Arc::new(parts.registry.clone()),
        mailer: Arc::clone(&adapters.mailer),
        master: config.master_key.clone(),
        public_url: config.http.public_url.to_string(),
    }));
    let directory: Arc<dyn TenantDirectory> = Arc::new(Directory(parts.registry.clone()));
    handlers.push(Arc::new(RunSchedules {
        db: parts.db.clone(),
        backlog: Some(parts.backlog.clone()),
        directory: Arc::clone(&directory),
        bus: parts.live.clone(),
    }));
    handlers.push(Arc::new(TellOfChanges {
        db: parts.db.clone(),
        backlog: Some(parts.backlog.clone()),
        directory: Arc::clone(&directory),
        bus: parts.live.clone(),
    }));
    handlers.push(Arc::new(BulkReplays::new(
        parts.db.clone(),
        Arc::clone(&directory),
        parts.live.clone(),
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
    engine.take_handed_over(parts.wake.clone());
    handlers.push(engine);
    handlers
}

/// The registry of tenants as the engine asks it.
struct Directory(Registry);

#[async_trait::async_trait]
impl TenantDirectory for Directory {
    async fn find(&self, id: TenantId) -> platform_kernel::Result<Option<TenantContext>> {
        self.0.by_id(id).await
    }
}
