//! Triggers of type `schedule`: when they fire, and the job that sees to it.

mod describe;
mod fire;
mod job;
mod queries;
pub mod routes;
mod schedule;

pub use job::RunSchedules;
pub(crate) use schedule::{MOST_CATCH_UP, Schedule};

use crate::triggers::{SCHEDULE, TriggerRow, queries as triggers};
use chrono::{DateTime, TimeDelta, Utc};
use platform_db::TenantTx;
use platform_db::jobs::{Lane, NewJob};
use platform_kernel::id::WorkflowId;
use platform_kernel::{Result, clock};
use serde_json::{Value, json};
use uuid::Uuid;

/// The kind of job that fires a schedule; its key is `<tenant>/<trigger's row>`.
pub const SCHEDULE_JOB: &str = "schedule";

/// When a trigger that is being published fires first. A schedule that was there already and has
/// not changed goes on where it was.
pub(crate) fn first_fire(
    tx: &TenantTx,
    config: &Value,
    before: Option<&TriggerRow>,
) -> Option<DateTime<Utc>> {
    let same = before.filter(|row| row.enabled && row.type_ == SCHEDULE && row.config == *config);
    match same.and_then(|row| row.next_run_at) {
        Some(next) => Some(next),
        None => next_fire(tx, config),
    }
}

fn next_fire(tx: &TenantTx, config: &Value) -> Option<DateTime<Utc>> {
    let schedule = Schedule::read(config, &tx.tenant().time_zone).ok()?;
    schedule.next_after(clock::now())
}

/// Lets the schedules of a workflow go on from now, after it was put away for a while.
pub(crate) async fn restart(tx: &mut TenantTx, workflow: WorkflowId) -> Result<()> {
    for row in triggers::list(tx, workflow).await? {
        if row.type_ != SCHEDULE || !row.enabled {
            continue;
        }
        let next = next_fire(tx, &row.config);
        queries::set_cursor(tx, row.id, next, None).await?;
        if let Some(next) = next {
            enqueue(tx, row.id, &row.config, next).await?;
        }
    }
    Ok(())
}

/// Puts the schedules of a workflow to rest.
pub(crate) async fn stop(tx: &mut TenantTx, workflow: WorkflowId) -> Result<()> {
    queries::clear_cursors(tx, workflow).await?;
    Ok(())
}

/// Sees to it that somebody looks at the schedule when it fires.
pub(crate) async fn enqueue(
    tx: &mut TenantTx,
    trigger: Uuid,
    config: &Value,
    next: DateTime<Utc>,
) -> Result<()> {
    let schedule = Schedule::read(config, &tx.tenant().time_zone).ok();
    let jitter = schedule.map_or(TimeDelta::zero(), |s| s.jitter(trigger.as_bytes()));
    let key = format!("{}/{trigger}", tx.tenant().id);
    let payload = json!({ "trigger": trigger });
    let job = NewJob::new(SCHEDULE_JOB, key, Lane::Schedule, &payload)?;
    tx.enqueue(&job.at(next + jitter)).await
}
