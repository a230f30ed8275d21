use super::{SCHEDULE_JOB, fire};
use chrono::TimeDelta;
use platform_db::Database;
use platform_db::jobs::{JobHandler, LeasedJob, Turn};
use platform_engine::{LiveBus, TenantDirectory, Wake};
use platform_kernel::tenant::TenantStatus;
use platform_kernel::{Error, Result, clock};
use serde::Deserialize;
use std::sync::Arc;
use uuid::Uuid;

/// How long the schedules of a tenant that is not active rest; reactivating wakes them.
const PARKED: TimeDelta = TimeDelta::seconds(300);
/// After a failure. A schedule is never given up, however often it failed.
const REST: TimeDelta = TimeDelta::seconds(30);

/// Fires schedules: the handler of jobs of kind `schedule`.
pub struct RunSchedules {
    pub db: Database,
    pub directory: Arc<dyn TenantDirectory>,
    pub bus: LiveBus,
    pub wake: Wake,
}

#[derive(Deserialize)]
struct Payload {
    trigger: Uuid,
}

impl RunSchedules {
    async fn look(&self, job: &LeasedJob) -> Result<Turn> {
        let payload: Payload =
            serde_json::from_value(job.payload.clone()).map_err(Error::internal)?;
        let tenant = match job.tenant_id {
            Some(id) => self.directory.find(id).await?,
            None => None,
        };
        let Some(tenant) = tenant.filter(|tenant| tenant.status != TenantStatus::Deleted) else {
            return Ok(Turn::Done);
        };
        let now = clock::now();
        if tenant.status != TenantStatus::Active {
            return Ok(Turn::Again { at: now + PARKED });
        }
        let mut tx = self.db.tenant(&tenant).await?;
        let again = fire::look(&mut tx, &self.bus, payload.trigger, now).await?;
        tx.commit().await?;
        self.wake.wake();
        Ok(again.map_or(Turn::Done, |at| Turn::Again { at }))
    }
}

#[async_trait::async_trait]
impl JobHandler for RunSchedules {
    fn kind(&self) -> &'static str {
        SCHEDULE_JOB
    }

    async fn run(&self, job: &LeasedJob) -> Result<Turn> {
        self.look(job).await.or_else(|error| {
            tracing::warn!(%error, job.key, "a schedule could not be looked at");
            Ok(Turn::Again {
                at: clock::now() + REST,
            })
        })
    }
}
