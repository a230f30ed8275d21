//! Rows of a run's tables as other slices read them, and their queries.

use crate::definition::Definition;
use crate::event::{Event, EventBody};
use crate::failure::Failure;
use crate::fold::ExecutionStatus;
use crate::step::LogLevel;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use platform_db::TenantTx;
use platform_db::schema::tenant::{
    execution_effects, execution_events, execution_logs, workflow_executions, workflow_versions,
};
use platform_kernel::id::{ExecutionId, LeadId, UserId, VersionId, WorkflowId};
use platform_kernel::{Error, Result};
use serde_json::Value;

/// A run.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = workflow_executions, check_for_backend(diesel::pg::Pg))]
pub struct Execution {
    pub id: ExecutionId,
    pub workflow_id: WorkflowId,
    pub version_id: VersionId,
    pub status: ExecutionStatus,
    pub trigger_id: String,
    pub trigger_type: String,
    pub input: Value,
    pub output: Option<Value>,
    pub error: Option<Value>,
    pub lead_id: Option<LeadId>,
    pub started_by: Option<UserId>,
    pub next_seq: i64,
    pub lease_epoch: i64,
    pub cancel_requested_at: Option<DateTime<Utc>>,
    pub cancel_reason: Option<String>,
    pub started_at: Option<DateTime<Utc>>,
    pub ended_at: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
    pub business_key: Option<String>,
    pub concurrency_key: Option<String>,
    pub holds_slot: bool,
    pub pause_requested_at: Option<DateTime<Utc>>,
    pub parent_execution_id: Option<ExecutionId>,
    pub parent_step_id: Option<String>,
    pub depth: i16,
    pub forked_from: Option<ExecutionId>,
    pub forked_step_id: Option<String>,
    /// The trace that it belongs to, as `traceparent`.
    pub trace: Option<String>,
}

impl Execution {
    pub fn failure(&self) -> Option<Failure> {
        serde_json::from_value(self.error.clone()?).ok()
    }
}

platform_kernel::words! {
    /// Where an effect stands in `execution_effects`.
    pub enum EffectRowState {
        Intended = "intended",
        /// The handover is marked: from here on it may have happened.
        Sending = "sending",
        Confirmed = "confirmed",
        Failed = "failed",
        Unknown = "unknown",
    }
}

/// What a run does, or did, to the outside world.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = execution_effects, check_for_backend(diesel::pg::Pg))]
pub struct Effect {
    pub key: String,
    pub execution_id: ExecutionId,
    pub step_id: String,
    pub kind: String,
    pub state: EffectRowState,
    pub summary: String,
    pub simulated: bool,
    pub request: Value,
    pub response: Option<Value>,
    pub provider_reference: Option<String>,
    pub settlement: Option<String>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// A stored log line.
#[derive(Clone, Debug)]
pub struct Log {
    pub seq: i64,
    pub at: DateTime<Utc>,
    pub level: LogLevel,
    pub step_id: Option<String>,
    pub message: String,
    pub data: Option<Value>,
}

/// Finds a run.
pub async fn find_execution(tx: &mut TenantTx, id: ExecutionId) -> Result<Option<Execution>> {
    Ok(workflow_executions::table
        .find(id)
        .select(Execution::as_select())
        .first(tx.conn())
        .await
        .optional()?)
}

/// Finds runs of the tenant whose role the connection has.
pub(crate) async fn find_executions(
    connection: &mut AsyncPgConnection,
    ids: &[ExecutionId],
) -> Result<Vec<Execution>> {
    Ok(workflow_executions::table
        .filter(workflow_executions::id.eq_any(ids))
        .select(Execution::as_select())
        .load(connection)
        .await?)
}

/// The definition of a published version and the parameters it was made with.
pub async fn find_definition(tx: &mut TenantTx, id: VersionId) -> Result<(Definition, Value)> {
    let (definition, parameters): (Value, Option<Value>) = workflow_versions::table
        .find(id)
        .select((workflow_versions::definition, workflow_versions::parameters))
        .first(tx.conn())
        .await?;
    let definition = serde_json::from_value(definition).map_err(Error::internal)?;
    Ok((definition, parameters.unwrap_or(Value::Null)))
}

type EventColumns = (
    i64,
    DateTime<Utc>,
    Option<String>,
    Option<i32>,
    String,
    Value,
);

/// Events of a run after `after`, in order; `limit` of them, or all.
pub async fn events(
    tx: &mut TenantTx,
    id: ExecutionId,
    after: i64,
    limit: Option<i64>,
) -> Result<Vec<Event>> {
    let rows: Vec<EventColumns> = execution_events::table
        .filter(execution_events::execution_id.eq(id.0))
        .filter(execution_events::seq.gt(after))
        .order(execution_events::seq)
        .limit(limit.unwrap_or(i64::MAX))
        .select((
            execution_events::seq,
            execution_events::created_at,
            execution_events::step_id,
            execution_events::attempt,
            execution_events::kind,
            execution_events::data,
        ))
        .load(tx.conn())
        .await?;
    rows.into_iter().map(read_event).collect()
}

fn read_event((seq, at, step_id, attempt, kind, data): EventColumns) -> Result<Event> {
    Ok(Event {
        seq,
        at,
        step_id,
        attempt: attempt.and_then(|n| u32::try_from(n).ok()),
        body: EventBody::from_columns(&kind, data)?,
    })
}

type LogColumns = (
    i64,
    DateTime<Utc>,
    String,
    Option<String>,
    String,
    Option<Value>,
);

/// Log lines of a run after `after`, in order.
pub async fn logs(tx: &mut TenantTx, id: ExecutionId, after: i64, limit: i64) -> Result<Vec<Log>> {
    let rows: Vec<LogColumns> = execution_logs::table
        .filter(execution_logs::execution_id.eq(id.0))
        .filter(execution_logs::seq.gt(after))
        .order(execution_logs::seq)
        .limit(limit)
        .select((
            execution_logs::seq,
            execution_logs::created_at,
            execution_logs::level,
            execution_logs::step_id,
            execution_logs::message,
            execution_logs::data,
        ))
        .load(tx.conn())
        .await?;
    let read = |(seq, at, level, step_id, message, data): LogColumns| Log {
        seq,
        at,
        level: LogLevel::parse(&level),
        step_id,
        message,
        data,
    };
    Ok(rows.into_iter().map(read).collect())
}

/// Effects of a run, oldest first.
pub async fn effects(tx: &mut TenantTx, id: ExecutionId) -> Result<Vec<Effect>> {
    Ok(execution_effects::table
        .filter(execution_effects::execution_id.eq(id.0))
        .order(execution_effects::created_at)
        .select(Effect::as_select())
        .load(tx.conn())
        .await?)
}

/// One effect of a run.
pub async fn find_effect(tx: &mut TenantTx, id: ExecutionId, key: &str) -> Result<Option<Effect>> {
    Ok(execution_effects::table
        .filter(execution_effects::execution_id.eq(id.0))
        .filter(execution_effects::key.eq(key))
        .select(Effect::as_select())
        .first(tx.conn())
        .await
        .optional()?)
}
