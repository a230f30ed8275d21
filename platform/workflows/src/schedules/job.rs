use super::{SCHEDULE_JOB, fire};
use chrono::TimeDelta;
use platform_db::Database;
use platform_db::jobs::{JobHandler, Lane, LeasedJob, Turn};
use platform_engine::{Backlog, LiveBus, TenantDirectory};
use platform_kernel::tenant::TenantStatus;
use platform_kernel::{Error, Result, clock};
use serde::Deserialize;
use std::sync::Arc;
use uuid::Uuid;

/// How long the schedules of a tenant that is not active rest; reactivating wakes them.
const PARKED: TimeDelta = TimeDelta::seconds(300);
/// When a schedule looks again that found too many runs waiting.
const NO_ROOM: TimeDelta = TimeDelta::seconds(10);
/// After a failure. A schedule is never given up, however often it failed.
const REST: TimeDelta = TimeDelta::seconds(30);

/// Fires schedules: the handler of jobs of kind `schedule`.
pub struct RunSchedules {
    pub db: Database,
    /// How many runs of a dealership may wait; without it as many as come.
    pub backlog: Option<Backlog>,
    pub directory: Arc<dyn TenantDirectory>,
    pub bus: LiveBus,
}

#[derive(Deserialize)]
struct Payload {
    trigger: Uuid,
}

impl RunSchedules {
    async fn look(&self, job: &LeasedJob) -> Result<Turn> {
        let payload: Payload =
            serde_json::from_value(job.payload.clone()).map_err(Error::internal)?;
        let tenant = self.directory.find(job.tenant()?).await?;
        let Some(tenant) = tenant.filter(|tenant| tenant.status != TenantStatus::Deleted) else {
            return Ok(Turn::Done);
        };
        let now = clock::now();
        if tenant.status != TenantStatus::Active {
            return Ok(Turn::Again { at: now + PARKED });
        }
        // What is due is made up for as the schedule says, once there is room.
        if let Some(backlog) = &self.backlog
            && !backlog.has_room(tenant.id, Lane::Schedule).await?
        {
            return Ok(Turn::Again { at: now + NO_ROOM });
        }
        let mut tx = self.db.tenant(&tenant).await?;
        let again = fire::look(&mut tx, &self.bus, payload.trigger, now).await?;
        tx.commit().await?;
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
