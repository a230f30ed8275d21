//! A run that repeats another one, whole or from one of its steps on: what the other run did
//! before is taken over from its events, so nothing of it is sent, asked or paid for again.

mod choice;
#[cfg(test)]
mod tests;

pub use choice::ForkFrom;

use crate::accept::{NewExecution, accept};
use crate::definition::Definition;
use crate::event::{Event, EventBody, Forked};
use crate::fold::ExecutionStatus;
use crate::keys::{Keys, Seen};
use crate::live::LiveBus;
use crate::model::{self, Execution};
use crate::text;
use choice::TakenOver;
use diesel::prelude::*;
use diesel::sql_types::{
    Array, BigInt, Integer, Jsonb, Nullable, Text, Timestamptz, Uuid as SqlUuid,
};
use diesel_async::RunQueryDsl;
use platform_db::TenantTx;
use platform_db::jobs::Lane;
use platform_db::schema::tenant::workflow_executions;
use platform_kernel::id::{ExecutionId, UserId, VersionId};
use platform_kernel::tenant::TenantContext;
use platform_kernel::{ErrorCode, Result, clock};
use serde_json::Value;
use std::collections::BTreeMap;

/// How a run is repeated.
#[derive(Clone, Debug)]
pub struct Fork {
    pub from: ForkFrom,
    /// What the steps see as `trigger`, in place of what they saw.
    pub input: Option<Value>,
    /// Outputs of steps before `from`, in place of those that they gave.
    pub outputs: BTreeMap<String, Value>,
    /// Another version to run; that of the repeated run without it.
    pub version: Option<VersionId>,
    pub started_by: Option<UserId>,
    pub lane: Lane,
}

impl Fork {
    /// A run that repeats another one as it was.
    pub fn new(from: ForkFrom, lane: Lane) -> Self {
        Self {
            from,
            input: None,
            outputs: BTreeMap::new(),
            version: None,
            started_by: None,
            lane,
        }
    }
}

/// Accepts a run that repeats `source`. It is durable when the caller's transaction is.
///
/// # Errors
/// `NotFound`; `Conflict` when the version or the history is gone, or the trigger is not in the
/// version; `ValidationFailed` with pointers `/from_step` and `/outputs/…`.
pub async fn fork(
    tx: &mut TenantTx,
    bus: &LiveBus,
    source: ExecutionId,
    mut fork: Fork,
) -> Result<ExecutionId> {
    let run = model::find_execution(tx, source).await?;
    let run = run.ok_or(ErrorCode::NotFound)?;
    let old = version(tx, run.version_id).await?;
    let new = match fork.version {
        Some(other) if other != run.version_id => Some(version(tx, other).await?),
        _ => None,
    };
    let new = new.as_ref().unwrap_or(&old);
    let events = events_for(tx, &run, &fork.from).await?;
    fork.outputs.values_mut().for_each(text::clean);
    let taken = choice::choose(&old.0, &new.0, &events, &fork.from, &fork.outputs)?;
    let repeated = repeated(tx.tenant(), &run, new, &fork).await?;
    let id = accept(tx, bus, repeated).await?;
    take_over(tx, id, source, taken).await?;
    Ok(id)
}

/// The step whose failure ended a run, or that it was cut off at; `Conflict` when the run did not
/// end badly.
pub fn check_retry(run: &Execution) -> Result<()> {
    match run.status {
        ExecutionStatus::Failed | ExecutionStatus::Cancelled => Ok(()),
        _ => Err(ErrorCode::Conflict.detail("only a failed or cancelled run can be tried again")),
    }
}

/// A definition and the parameters that it was made with.
type Version = (Definition, Value);

async fn version(tx: &mut TenantTx, id: VersionId) -> Result<Version> {
    match model::find_definition(tx, id).await {
        Ok(version) => Ok(version),
        Err(error) if error.code() == ErrorCode::NotFound => {
            Err(ErrorCode::Conflict.detail("the version that it ran is gone"))
        }
        Err(error) => Err(error),
    }
}

/// What happened to the run, as far as it is needed; an ended run whose events are removed can
/// only be repeated from its start.
async fn events_for(tx: &mut TenantTx, run: &Execution, from: &ForkFrom) -> Result<Vec<Event>> {
    if *from == ForkFrom::Start {
        return Ok(Vec::new());
    }
    let events = model::events(tx, run.id, 0, None).await?;
    if events.is_empty() {
        let detail = "the run's history is no longer kept; repeat it from its start";
        return Err(ErrorCode::Conflict.detail(detail));
    }
    Ok(events)
}

async fn repeated(
    tenant: &TenantContext,
    run: &Execution,
    (definition, parameters): &Version,
    fork: &Fork,
) -> Result<NewExecution> {
    let input = fork.input.clone().unwrap_or_else(|| run.input.clone());
    let seen = Seen::new(&input, Some(parameters), tenant);
    let keys = Keys::of(&definition.settings, &seen).await;
    let version = fork.version.unwrap_or(run.version_id);
    let trigger = trigger_of(run, definition)?;
    let new = NewExecution::new(
        run.workflow_id,
        version,
        trigger,
        &run.trigger_type,
        input,
        fork.lane,
    );
    Ok(NewExecution {
        lead_id: run.lead_id,
        started_by: fork.started_by,
        business_key: keys.business_key,
        concurrency_key: keys.concurrency_key,
        ..new
    })
}

/// The trigger to begin at: the same one, or the first of its type. Runs that other runs started
/// need none.
fn trigger_of(run: &Execution, definition: &Definition) -> Result<String> {
    let same = definition.trigger(&run.trigger_id);
    let same = same.filter(|trigger| trigger.type_ == run.trigger_type);
    let like = || {
        let mut triggers = definition.triggers.iter();
        triggers.find(|trigger| trigger.type_ == run.trigger_type)
    };
    if let Some(trigger) = same.or_else(like) {
        return Ok(trigger.id.clone());
    }
    match run.trigger_type.as_str() {
        "workflow" | "error" => Ok(run.trigger_id.clone()),
        type_ => Err(ErrorCode::Conflict.detail(format!(
            "the version has no trigger of type {type_} any more"
        ))),
    }
}

const TAKE_OVER: &str = "INSERT INTO execution_events \
    (execution_id, seq, step_id, attempt, kind, data, created_at) \
    SELECT $1, x.seq, x.step_id, x.attempt, x.kind, x.data, $7 \
    FROM unnest($2, $3, $4, $5, $6) AS x(seq, step_id, attempt, kind, data)";

/// Writes what the new run begins with.
async fn take_over(
    tx: &mut TenantTx,
    id: ExecutionId,
    source: ExecutionId,
    taken: TakenOver,
) -> Result<()> {
    let forked = EventBody::Forked(Forked {
        execution_id: source,
        step_id: taken.step_id.clone(),
        edited: taken.edited,
    });
    let first = (None, None, forked);
    let others = taken.events.into_iter();
    let others = others.map(|event| (event.step_id, event.attempt, event.body));
    let (mut seqs, mut steps, mut attempts) = (Vec::new(), Vec::new(), Vec::new());
    let (mut kinds, mut data) = (Vec::new(), Vec::new());
    // The first event, `execution_accepted`, is there.
    for (seq, (step, attempt, body)) in (2_i64..).zip(std::iter::once(first).chain(others)) {
        let (kind, value) = body.to_columns()?;
        seqs.push(seq);
        steps.push(step);
        attempts.push(attempt.and_then(|n| i32::try_from(n).ok()));
        kinds.push(kind);
        data.push(value);
    }
    let next_seq = 2 + i64::try_from(seqs.len()).unwrap_or(i64::MAX - 2);
    diesel::sql_query(TAKE_OVER)
        .bind::<SqlUuid, _>(id.0)
        .bind::<Array<BigInt>, _>(seqs)
        .bind::<Array<Nullable<Text>>, _>(steps)
        .bind::<Array<Nullable<Integer>>, _>(attempts)
        .bind::<Array<Text>, _>(kinds)
        .bind::<Array<Jsonb>, _>(data)
        .bind::<Timestamptz, _>(clock::now())
        .execute(tx.conn())
        .await?;
    diesel::update(workflow_executions::table.find(id.0))
        .set((
            workflow_executions::next_seq.eq(next_seq),
            workflow_executions::forked_from.eq(source.0),
            workflow_executions::forked_step_id.eq(taken.step_id),
        ))
        .execute(tx.conn())
        .await?;
    Ok(())
}
