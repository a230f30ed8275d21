//! How a run begins, and what may be asked of it from outside. Everything here runs in the
//! caller's transaction, whose commit wakes the workers.

use crate::event::{Event, EventBody, Settlement};
use crate::fold::ExecutionStatus;
use crate::live::{self, LiveBus};
use crate::model::{self, EffectRowState, Execution};
use crate::search;
use crate::text;
use crate::view::{ExecutionChange, ExecutionEventView};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, Jsonb, Nullable, SmallInt, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use platform_db::jobs::{Lane, NewJob};
use platform_db::schema::tenant::{execution_effects, execution_events, workflow_executions};
use platform_db::{TenantTx, statement};
use platform_kernel::id::{ExecutionId, LeadId, UserId, VersionId, WorkflowId};
use platform_kernel::trace::{self, Trace};
use platform_kernel::{Error, ErrorCode, Result, clock};
use serde_json::{Value, json};

/// The kind of job that carries a run.
pub const EXECUTION: &str = "execution";

/// A run to be started.
#[derive(Clone, Debug)]
pub struct NewExecution {
    pub id: ExecutionId,
    pub workflow_id: WorkflowId,
    pub version_id: VersionId,
    /// The trigger's id in the definition.
    pub trigger_id: String,
    pub trigger_type: String,
    /// `trigger` in the run's expressions.
    pub input: Value,
    pub lead_id: Option<LeadId>,
    pub started_by: Option<UserId>,
    pub lane: Lane,
    /// What people find the run by.
    pub business_key: Option<String>,
    /// Shares the places of the workflow's `max_concurrency`.
    pub concurrency_key: Option<String>,
    /// Not before this time.
    pub run_at: Option<DateTime<Utc>>,
    pub parent: Option<Parent>,
    /// The run whose event or change of a record began it; it counts among what came of the first one.
    pub caused_by: Option<Cause>,
    /// What its calls to the outside are part of.
    pub trace: Trace,
}

/// The step of a run that starts another run.
#[derive(Clone, Debug)]
pub struct Parent {
    pub execution_id: ExecutionId,
    pub step_id: String,
    /// How deep the new run is below the first one.
    pub depth: i16,
}

/// A run in a chain of events and changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cause {
    pub execution_id: ExecutionId,
    /// How many runs stand before the new one.
    pub depth: i16,
}

impl NewExecution {
    /// A run that nothing but its trigger asked for, in the trace of the running task.
    pub fn new(
        workflow_id: WorkflowId,
        version_id: VersionId,
        trigger_id: impl Into<String>,
        trigger_type: impl Into<String>,
        input: Value,
        lane: Lane,
    ) -> Self {
        Self {
            id: ExecutionId::new(),
            workflow_id,
            version_id,
            trigger_id: trigger_id.into(),
            trigger_type: trigger_type.into(),
            input,
            lead_id: None,
            started_by: None,
            lane,
            business_key: None,
            concurrency_key: None,
            run_at: None,
            parent: None,
            caused_by: None,
            trace: trace::current().unwrap_or_else(Trace::start),
        }
    }
}

/// The run, its first event, the words that it is found by, and its job: one round trip.
const ACCEPT: &str = "WITH run AS (INSERT INTO workflow_executions (id, workflow_id, version_id, \
        status, trigger_id, trigger_type, input, lead_id, started_by, next_seq, created_at, \
        business_key, concurrency_key, parent_execution_id, parent_step_id, depth, \
        trace, root_execution_id) \
        VALUES ($1, $2, $3, 'queued', $4, $5, $6, $7, $8, 2, $9, $10, $11, $12, $13, $14, \
        $18::jsonb ->> 'trace', \
        (SELECT coalesce(p.root_execution_id, p.id) FROM workflow_executions AS p \
            WHERE p.id = coalesce($12, $15)))), \
    event AS (INSERT INTO execution_events (execution_id, seq, kind, data, created_at) \
        VALUES ($16, 1, $17, $18, $19)), \
    found_by AS (INSERT INTO execution_search (execution_id, created_at, words) \
        VALUES ($20, $21, array_to_tsvector($22))) \
    SELECT control.enqueue_job($23, $24, $25, '{}', $26)";

/// Writes the run, its first event and its job. The run is durable when the caller's
/// transaction is; then `bus` tells of it.
pub async fn accept(
    tx: &mut TenantTx,
    bus: &LiveBus,
    mut new: NewExecution,
) -> Result<ExecutionId> {
    text::clean(&mut new.input);
    let (id, now) = (new.id, clock::now());
    let body = EventBody::ExecutionAccepted {
        trigger_id: new.trigger_id.clone(),
        trigger_type: new.trigger_type.clone(),
        trace: Some(new.trace.clone()),
    };
    let (kind, data) = body.to_columns()?;
    let key = new.business_key.as_deref();
    let words = search::words_of(new.workflow_id, &new.trigger_type, &new.input, key);
    let parent = new.parent.as_ref();
    let depth = match (parent, new.caused_by) {
        (Some(parent), _) => parent.depth,
        (None, Some(cause)) => cause.depth,
        (None, None) => 0,
    };
    statement(ACCEPT)
        .bind::<SqlUuid, _>(id.0)
        .bind::<SqlUuid, _>(new.workflow_id.0)
        .bind::<SqlUuid, _>(new.version_id.0)
        .bind::<Text, _>(&new.trigger_id)
        .bind::<Text, _>(&new.trigger_type)
        .bind::<Jsonb, _>(&new.input)
        .bind::<Nullable<SqlUuid>, _>(new.lead_id.map(|id| id.0))
        .bind::<Nullable<SqlUuid>, _>(new.started_by.map(|id| id.0))
        .bind::<Timestamptz, _>(now)
        .bind::<Nullable<Text>, _>(key)
        .bind::<Nullable<Text>, _>(new.concurrency_key.as_deref())
        .bind::<Nullable<SqlUuid>, _>(parent.map(|parent| parent.execution_id.0))
        .bind::<Nullable<Text>, _>(parent.map(|parent| parent.step_id.as_str()))
        .bind::<SmallInt, _>(depth)
        .bind::<Nullable<SqlUuid>, _>(new.caused_by.map(|cause| cause.execution_id.0))
        .bind::<SqlUuid, _>(id.0)
        .bind::<Text, _>(kind)
        .bind::<Jsonb, _>(data)
        .bind::<Timestamptz, _>(now)
        .bind::<SqlUuid, _>(id.0)
        .bind::<Timestamptz, _>(now)
        .bind::<Array<Text>, _>(words)
        .bind::<Text, _>(EXECUTION)
        .bind::<Text, _>(id.to_string())
        .bind::<SmallInt, _>(new.lane as i16)
        .bind::<Nullable<Timestamptz>, _>(new.run_at)
        .execute(tx.conn())
        .await?;
    tx.note_enqueued();
    let change = ExecutionChange {
        id,
        workflow_id: new.workflow_id,
        status: ExecutionStatus::Queued,
        trigger_type: new.trigger_type,
        lead_id: new.lead_id,
        started_at: None,
        ended_at: None,
        created_at: now,
        error: None,
    };
    let (bus, tenant) = (bus.clone(), tx.tenant().id);
    tx.after_commit(move || live::execution_changed(&bus, tenant, &change));
    metrics::counter!("auterity_engine_executions_accepted_total").increment(1);
    Ok(id)
}

/// Asks a run to stop. It stops at its next good place: what is being sent is not cut off.
pub async fn cancel(tx: &mut TenantTx, id: ExecutionId, reason: Option<&str>) -> Result<Execution> {
    let execution = lock_open(tx, id).await?;
    if execution.cancel_requested_at.is_none() {
        diesel::update(workflow_executions::table.find(id.0))
            .set((
                workflow_executions::cancel_requested_at.eq(clock::now()),
                workflow_executions::cancel_reason.eq(reason),
            ))
            .execute(tx.conn())
            .await?;
    }
    wake_execution(tx, id).await?;
    Ok(execution)
}

/// Asks a run to stop that others may have ended meanwhile.
pub(crate) async fn cancel_if_open(tx: &mut TenantTx, id: ExecutionId, reason: &str) -> Result<()> {
    let asked = diesel::update(workflow_executions::table.find(id.0))
        .filter(workflow_executions::ended_at.is_null())
        .filter(workflow_executions::cancel_requested_at.is_null())
        .set((
            workflow_executions::cancel_requested_at.eq(clock::now()),
            workflow_executions::cancel_reason.eq(reason),
        ))
        .execute(tx.conn())
        .await?;
    if asked > 0 {
        wake_execution(tx, id).await?;
    }
    Ok(())
}

/// Says what became of an effect whose outcome is unknown. A run that has not ended takes it up
/// on its next turn; of one that has ended only the books are put right.
pub async fn settle(
    tx: &mut TenantTx,
    bus: &LiveBus,
    id: ExecutionId,
    key: &str,
    outcome: Settlement,
) -> Result<Execution> {
    let execution = lock(tx, id).await?;
    let effect = model::find_effect(tx, id, key)
        .await?
        .ok_or(ErrorCode::NotFound)?;
    if effect.state != EffectRowState::Unknown || effect.settlement.is_some() {
        return Err(ErrorCode::Conflict.detail("The outcome of this effect is known already."));
    }
    let settled = execution.status.has_ended().then_some(match outcome {
        Settlement::Sent => EffectRowState::Confirmed,
        Settlement::NotSent => EffectRowState::Failed,
    });
    diesel::update(execution_effects::table.find(key))
        .set((
            execution_effects::settlement.eq(outcome.as_str()),
            execution_effects::state.eq(settled.unwrap_or(EffectRowState::Unknown)),
            execution_effects::updated_at.eq(clock::now()),
        ))
        .execute(tx.conn())
        .await?;
    if settled.is_none() {
        wake_execution(tx, id).await?;
        return Ok(execution);
    }
    let body = EventBody::EffectSettled {
        key: key.to_owned(),
        outcome,
    };
    let event = Event {
        seq: execution.next_seq,
        at: clock::now(),
        step_id: Some(effect.step_id),
        attempt: None,
        body,
    };
    let view = ExecutionEventView::try_from(&event)?;
    let (seq, step_id) = (event.seq, event.step_id.as_deref());
    insert_event(tx, id, seq, step_id, (&view.kind, &view.data), event.at).await?;
    let (bus, tenant) = (bus.clone(), tx.tenant().id);
    tx.after_commit(move || live::happened(&bus, tenant, id, &view));
    diesel::update(workflow_executions::table.find(id.0))
        .set(workflow_executions::next_seq.eq(seq + 1))
        .execute(tx.conn())
        .await?;
    Ok(execution)
}

/// Makes a run look again at once.
pub(crate) async fn wake_execution(tx: &mut TenantTx, id: ExecutionId) -> Result<()> {
    let job = NewJob::new(EXECUTION, id, Lane::Interactive, &json!({}))?;
    tx.enqueue(&job).await
}

async fn lock(tx: &mut TenantTx, id: ExecutionId) -> Result<Execution> {
    workflow_executions::table
        .find(id.0)
        .select(Execution::as_select())
        .for_update()
        .first(tx.conn())
        .await
        .map_err(Error::from)
}

pub(crate) async fn lock_open(tx: &mut TenantTx, id: ExecutionId) -> Result<Execution> {
    let execution = lock(tx, id).await?;
    if execution.status.has_ended() {
        return Err(ErrorCode::ExecutionEnded.into());
    }
    Ok(execution)
}

async fn insert_event(
    tx: &mut TenantTx,
    id: ExecutionId,
    seq: i64,
    step_id: Option<&str>,
    (kind, data): (&str, &Value),
    at: DateTime<Utc>,
) -> Result<()> {
    diesel::insert_into(execution_events::table)
        .values((
            execution_events::execution_id.eq(id.0),
            execution_events::seq.eq(seq),
            execution_events::kind.eq(kind),
            execution_events::step_id.eq(step_id),
            execution_events::data.eq(data),
            execution_events::created_at.eq(at),
        ))
        .execute(tx.conn())
        .await?;
    Ok(())
}
