//! One look at a schedule: at most one fire time is seen to, and the cursor moves with it.

use super::queries;
use super::schedule::{Due, Overlap, Schedule, is_late};
use crate::admission;
use crate::triggers::queries::{Listening, find_listening_row};
use crate::triggers::{SCHEDULE, TriggerRow, deliveries};
use chrono::{DateTime, TimeDelta, Utc};
use platform_db::TenantTx;
use platform_db::jobs::Lane;
use platform_engine::{LiveBus, NewExecution, accept, cancel};
use platform_kernel::{ErrorCode, Result};
use serde_json::json;
use uuid::Uuid;

/// How long a fire time waits before it asks again whether the run before it has ended.
const ASK_AGAIN: TimeDelta = TimeDelta::seconds(15);
/// Between fire times that are made up for, so that the first one's run may end.
const BETWEEN: TimeDelta = TimeDelta::seconds(1);

/// Fires the schedule if it is time. Answers when to look again; `None` when it rests for good.
pub(super) async fn look(
    tx: &mut TenantTx,
    bus: &LiveBus,
    trigger: Uuid,
    now: DateTime<Utc>,
) -> Result<Option<DateTime<Utc>>> {
    let Some(row) = queries::lock(tx, trigger).await? else {
        return Ok(None);
    };
    let Some(next) = row.next_run_at else {
        return Ok(None);
    };
    let listening = find_listening_row(tx, trigger).await?;
    let schedule = readable(&row, &tx.tenant().time_zone);
    let (Some(listening), Some(schedule)) = (listening, schedule) else {
        queries::set_cursor(tx, trigger, None, None).await?;
        return Ok(None);
    };
    let jitter = schedule.jitter(trigger.as_bytes());
    // On this clock the schedule fires without jitter.
    let clock = now - jitter;
    if next > clock {
        return Ok(Some(next + jitter));
    }
    if !schedule.fires_at(next) {
        let next = schedule.next_after(clock);
        queries::set_cursor(tx, trigger, next, None).await?;
        return Ok(next.map(|next| next + jitter));
    }
    let due = schedule.due(next, clock);
    if due.missed > 0 {
        tracing::warn!(missed = due.missed, trigger.id = %trigger, "fire times of a schedule were missed");
    }
    let Some(fire) = due.fires.first().copied() else {
        queries::set_cursor(tx, trigger, due.next, None).await?;
        return Ok(due.next.map(|next| next + jitter));
    };
    let started = match see_to(tx, bus, &listening, &schedule, fire, clock).await? {
        Seen::Wait => {
            queries::set_cursor(tx, trigger, Some(fire), None).await?;
            return Ok(Some(now + ASK_AGAIN));
        }
        Seen::Skipped => None,
        Seen::Started => Some(fire),
    };
    let next = after(&due);
    queries::set_cursor(tx, trigger, next, started).await?;
    Ok(next.map(|next| (next + jitter).max(now + BETWEEN)))
}

fn readable(row: &TriggerRow, zone: &str) -> Option<Schedule> {
    if row.type_ != SCHEDULE {
        return None;
    }
    let schedule = Schedule::read(&row.config, zone);
    let told = |(place, message): &(&str, String)| {
        tracing::error!(place, message, trigger.id = %row.id, "a schedule cannot be read any more");
    };
    schedule.inspect_err(told).ok()
}

/// The fire time after the first that is due.
fn after(due: &Due) -> Option<DateTime<Utc>> {
    due.fires.get(1).copied().or(due.next)
}

enum Seen {
    Started,
    Skipped,
    /// The run before it has to end first.
    Wait,
}

async fn see_to(
    tx: &mut TenantTx,
    bus: &LiveBus,
    listening: &Listening,
    schedule: &Schedule,
    fire: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<Seen> {
    let trigger = &listening.trigger;
    let open = queries::open_runs(tx, trigger.workflow_id, &trigger.trigger_id).await?;
    if !open.is_empty() {
        match schedule.overlap {
            Overlap::Queue => return Ok(Seen::Wait),
            // What is made up for takes its turn after the run before it.
            Overlap::Skip if is_late(fire, now) => return Ok(Seen::Wait),
            Overlap::Skip => return Ok(Seen::Skipped),
            Overlap::CancelPrevious => {}
        }
    }
    let source = format!("schedule:{}", trigger.id);
    let name = fire.to_rfc3339();
    if !deliveries::claim(tx, &source, &name, deliveries::NAMED).await? {
        return Ok(Seen::Skipped);
    }
    for run in open {
        match cancel(tx, run, Some("The next run of the schedule is due.")).await {
            Err(error) if error.code() != ErrorCode::ExecutionEnded => return Err(error),
            _ => {}
        }
    }
    let execution = NewExecution::new(
        trigger.workflow_id,
        listening.version,
        &trigger.trigger_id,
        SCHEDULE,
        json!({ "scheduled_at": fire, "time_zone": schedule.zone.name() }),
        Lane::Schedule,
    );
    let (settings, parameters) = (listening.settings.as_ref(), listening.parameters.as_ref());
    let execution = admission::prepare(execution, settings, parameters, tx.tenant()).await;
    let id = accept(tx, bus, execution).await?;
    deliveries::link(tx, &source, &name, id).await?;
    Ok(Seen::Started)
}
