use crate::accept::EXECUTION;
use crate::db_store::DbStore;
use crate::live::LiveBus;
use crate::registry::StepRegistry;
use crate::run::{self, Ended};
use crate::store::Store;
use crate::wake::Wake;
use async_trait::async_trait;
use platform_db::Database;
use platform_db::jobs::JobRef;
use platform_db::jobs::{JobHandler, LeasedJob, Turn};
use platform_kernel::id::{ExecutionId, TenantId, WorkerId};
use platform_kernel::tenant::{TenantContext, TenantStatus};
use platform_kernel::{Error, Result, clock};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

/// Resolves the tenants whose runs are due.
#[async_trait]
pub trait TenantDirectory: Send + Sync {
    async fn find(&self, id: TenantId) -> Result<Option<TenantContext>>;
}

/// How long the runs of a tenant that is not active rest between looks; reactivating wakes them.
const PARKED: Duration = Duration::from_secs(300);

/// Runs executions: the handler of jobs of kind `execution`.
pub struct Engine {
    store: Arc<dyn Store>,
    registry: Arc<StepRegistry>,
    directory: Arc<dyn TenantDirectory>,
    live: LiveBus,
    worker: WorkerId,
    wake: Arc<OnceLock<Wake>>,
}

impl Engine {
    /// `worker` is the id under which the runner leases jobs: see
    /// [`crate::jobs::Runner::with_id`]. Call it inside the runtime.
    pub fn new(
        db: Database,
        registry: Arc<StepRegistry>,
        directory: Arc<dyn TenantDirectory>,
        live: LiveBus,
        worker: WorkerId,
    ) -> Arc<Self> {
        let wake = Arc::new(OnceLock::new());
        Arc::new(Self {
            store: Arc::new(DbStore::new(db, live.clone(), Arc::clone(&wake))),
            registry,
            directory,
            live,
            worker,
            wake,
        })
    }

    /// Takes the runs that this process accepts from `wake`, without reading again what it has just
    /// written. Only the first call has an effect.
    pub fn take_handed_over(&self, wake: Wake) {
        let _set_before = self.wake.set(wake);
    }

    pub fn registry(&self) -> &Arc<StepRegistry> {
        &self.registry
    }

    pub fn live(&self) -> &LiveBus {
        &self.live
    }

    async fn turn(&self, job: &LeasedJob) -> Result<Turn> {
        let id: ExecutionId = job.key.parse().map_err(Error::internal)?;
        let tenant = match self.directory.find(job.tenant()?).await? {
            None => return Ok(Turn::Done),
            Some(tenant) => tenant,
        };
        match tenant.status {
            TenantStatus::Active => {}
            TenantStatus::Deleted => return Ok(Turn::Done),
            _ => {
                return Ok(Turn::Again {
                    at: clock::now() + PARKED,
                });
            }
        }
        let job_ref = JobRef {
            id: job.id,
            owner: self.worker,
            lease_epoch: job.lease_epoch,
        };
        let turn = run::Turn {
            store: Arc::clone(&self.store),
            registry: Arc::clone(&self.registry),
            live: Some(self.live.clone()),
            tenant,
            execution_id: id,
            job: job_ref,
            takeovers: job.takeovers,
            lease: job.lease.clone(),
        };
        match Box::pin(run::take_turn(turn)).await? {
            Ended::Over { job_deleted } => {
                if job_deleted {
                    job.lease.give();
                }
                Ok(Turn::Done)
            }
            Ended::Parked { at } => Ok(Turn::Again { at }),
        }
    }
}

#[async_trait]
impl JobHandler for Engine {
    fn kind(&self) -> &'static str {
        EXECUTION
    }

    async fn run(&self, job: &LeasedJob) -> Result<Turn> {
        self.turn(job).await
    }
}

/// A directory of tenants that never change, for tests and tools.
pub struct FixedDirectory(pub Vec<TenantContext>);

#[async_trait]
impl TenantDirectory for FixedDirectory {
    async fn find(&self, id: TenantId) -> Result<Option<TenantContext>> {
        Ok(self.0.iter().find(|tenant| tenant.id == id).cloned())
    }
}
