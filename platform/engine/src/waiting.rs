//! Steps that wait for something others do, and how others say what came of it.
//!
//! What is waited for is a row of `execution_waits`. Whoever resolves it writes there and wakes
//! the run's job; the run's own turn takes it up. So the row decides, and a wake-up is a hint.

use crate::accept::wake_execution;
use crate::step::{StepContext, StepError, StepOutput};
use crate::text;
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Jsonb, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use platform_db::TenantTx;
use platform_db::schema::tenant::execution_waits;
use platform_kernel::id::{ExecutionId, WorkflowEventId};
use platform_kernel::{Error, Result, clock};
use serde_json::{Value, json};

/// A step that opens something, waits until others have dealt with it, and goes on with that.
#[async_trait]
pub trait WaitingStep: Send + Sync {
    /// Runs in the transaction that records that the step waits.
    async fn open(
        &self,
        tx: &mut TenantTx,
        context: &StepContext,
        config: Value,
    ) -> std::result::Result<Opened, StepError>;

    /// Runs in the transaction that records what came of it. An error that may be tried again
    /// repeats this and not the wait.
    async fn resolved(
        &self,
        tx: &mut TenantTx,
        context: &StepContext,
        request: &Value,
        resolution: &Value,
    ) -> std::result::Result<StepOutput, StepError>;

    /// `until` has come without a resolution; `round` counts from 1.
    async fn due(
        &self,
        tx: &mut TenantTx,
        context: &StepContext,
        request: &Value,
        round: u32,
    ) -> std::result::Result<Due, StepError>;

    /// What is likely to come of it, for runs that are only tried out; `None` lets its time pass.
    fn rehearse(&self, request: &Value) -> Option<Value> {
        let _ = request;
        None
    }

    /// The run ends, or gives up, while the step waits: closes what `open` opened.
    async fn close(
        &self,
        tx: &mut TenantTx,
        context: &StepContext,
        request: &Value,
    ) -> Result<(), Error> {
        let _ = (tx, context, request);
        Ok(())
    }
}

/// What a waiting step began with.
#[derive(Clone, Debug, PartialEq)]
pub enum Opened {
    Waiting(Waiting),
    /// There is nothing to wait for.
    Done(StepOutput),
}

/// What a step waits for.
#[derive(Clone, Debug, PartialEq)]
pub struct Waiting {
    /// `event`, `approval` or `child`.
    pub kind: &'static str,
    /// The event's name; the approval's or the child run's id.
    pub name: String,
    /// Which of the events of that name; empty where any will do.
    pub key: String,
    /// For people: what is waited for.
    pub summary: String,
    /// When the step wants to look again although nothing came.
    pub until: Option<DateTime<Utc>>,
    /// What the step needs later on; it is stored, so it holds no secret.
    pub request: Value,
}

/// What a step does when its time has come and nothing else.
#[derive(Clone, Debug, PartialEq)]
pub enum Due {
    /// The wait is over.
    Output(StepOutput),
    /// It goes on until then.
    Until(DateTime<Utc>),
}

/// Resolves a step's wait. Returns `false` if it has none open, or another caller resolved it first.
pub async fn resolve_wait(
    tx: &mut TenantTx,
    execution_id: ExecutionId,
    step_id: &str,
    resolution: Value,
) -> Result<bool> {
    resolve(tx, execution_id, step_id, None, resolution).await
}

/// The same, if the step waits for `name`: a step that was tried again may wait for another one.
pub(crate) async fn resolve(
    tx: &mut TenantTx,
    execution_id: ExecutionId,
    step_id: &str,
    name: Option<&str>,
    mut resolution: Value,
) -> Result<bool> {
    text::clean(&mut resolution);
    let mut open = diesel::update(execution_waits::table)
        .filter(execution_waits::execution_id.eq(execution_id.0))
        .filter(execution_waits::step_id.eq(step_id))
        .filter(execution_waits::resolved_at.is_null())
        .into_boxed();
    if let Some(name) = name {
        open = open.filter(execution_waits::name.eq(name));
    }
    let resolved = open
        .set((
            execution_waits::resolution.eq(&resolution),
            execution_waits::resolved_at.eq(clock::now()),
        ))
        .execute(tx.conn())
        .await?;
    if resolved > 0 {
        wake_execution(tx, execution_id).await?;
    }
    Ok(resolved > 0)
}

/// An event that was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PublishedEvent {
    pub id: WorkflowEventId,
    /// Steps that waited for it.
    pub waits_resolved: usize,
}

/// What a step that waited for an event is told of it, and what workflows that it starts are
/// given.
pub fn event_value(
    id: WorkflowEventId,
    name: &str,
    key: &str,
    data: &Value,
    at: DateTime<Utc>,
) -> Value {
    let at = at.to_rfc3339_opts(chrono::SecondsFormat::Micros, true);
    json!({"id": id, "name": name, "key": key, "data": data, "at": at})
}

#[derive(QueryableByName)]
struct Woken {
    #[diesel(sql_type = SqlUuid)]
    execution_id: uuid::Uuid,
}

/// Tells an event: it is written down and ends the waits for it. Starting the workflows that it
/// triggers is the caller's.
pub async fn publish_event(
    tx: &mut TenantTx,
    name: &str,
    key: &str,
    mut data: Value,
    execution_id: Option<ExecutionId>,
) -> Result<PublishedEvent> {
    text::clean(&mut data);
    let (id, now) = (WorkflowEventId::new(), clock::now());
    lock_event(tx, name, true).await?;
    diesel::sql_query(
        "INSERT INTO workflow_events (id, name, key, data, execution_id, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind::<SqlUuid, _>(id.0)
    .bind::<Text, _>(name)
    .bind::<Text, _>(key)
    .bind::<Jsonb, _>(&data)
    .bind::<Nullable<SqlUuid>, _>(execution_id.map(|id| id.0))
    .bind::<Timestamptz, _>(now)
    .execute(tx.conn())
    .await?;
    let resolution = json!({"event": event_value(id, name, key, &data, now)});
    let woken: Vec<Woken> = diesel::sql_query(
        "UPDATE execution_waits SET resolution = $3, resolved_at = $4 \
         WHERE kind = 'event' AND name = $1 AND (key = '' OR key = $2) AND resolved_at IS NULL \
         RETURNING execution_id",
    )
    .bind::<Text, _>(name)
    .bind::<Text, _>(key)
    .bind::<Jsonb, _>(&resolution)
    .bind::<Timestamptz, _>(now)
    .load(tx.conn())
    .await?;
    let mut runs: Vec<uuid::Uuid> = woken.iter().map(|wait| wait.execution_id).collect();
    runs.sort_unstable();
    runs.dedup();
    for run in runs {
        wake_execution(tx, ExecutionId(run)).await?;
    }
    Ok(PublishedEvent {
        id,
        waits_resolved: woken.len(),
    })
}

/// Until the end of the transaction nobody else tells an event of this name, or, for who tells
/// one, begins to wait for it: so that neither misses the other.
pub(crate) async fn lock_event(tx: &mut TenantTx, name: &str, telling: bool) -> Result<()> {
    let sql = if telling {
        "SELECT pg_advisory_xact_lock(hashtextextended($1, 7))"
    } else {
        "SELECT pg_advisory_xact_lock_shared(hashtextextended($1, 7))"
    };
    let lock = format!("{}/{name}", tx.tenant().id);
    diesel::sql_query(sql)
        .bind::<Text, _>(lock)
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// The earliest event of this name since the run began that none of the run's waits has taken.
pub(crate) async fn earlier_event(
    tx: &mut TenantTx,
    execution_id: ExecutionId,
    name: &str,
    key: &str,
) -> Result<Option<Value>> {
    #[derive(QueryableByName)]
    struct Told {
        #[diesel(sql_type = SqlUuid)]
        id: uuid::Uuid,
        #[diesel(sql_type = Text)]
        key: String,
        #[diesel(sql_type = Jsonb)]
        data: Value,
        #[diesel(sql_type = Timestamptz)]
        created_at: DateTime<Utc>,
    }
    let told: Option<Told> = diesel::sql_query(
        "SELECT e.id, e.key, e.data, e.created_at FROM workflow_events e \
         JOIN workflow_executions x ON x.id = $1 \
         WHERE e.name = $2 AND ($3 = '' OR e.key = $3) AND e.created_at >= x.created_at \
         AND NOT EXISTS (SELECT FROM execution_waits w WHERE w.execution_id = $1 \
             AND w.resolution -> 'event' ->> 'id' = e.id::text) \
         ORDER BY e.created_at, e.id LIMIT 1",
    )
    .bind::<SqlUuid, _>(execution_id.0)
    .bind::<Text, _>(name)
    .bind::<Text, _>(key)
    .get_result(tx.conn())
    .await
    .optional()?;
    Ok(told.map(|told| {
        let id = WorkflowEventId(told.id);
        event_value(id, name, &told.key, &told.data, told.created_at)
    }))
}

/// Writes down which event a step took without waiting, so that no later wait of the run takes
/// the same one.
pub(crate) async fn keep_taken(
    tx: &mut TenantTx,
    context: &StepContext,
    name: &str,
    key: &str,
    resolution: &Value,
) -> Result<()> {
    let wait = Waiting {
        kind: "event",
        name: name.to_owned(),
        key: key.to_owned(),
        summary: String::new(),
        until: None,
        request: Value::Null,
    };
    keep(tx, context, &wait, Some(resolution)).await
}

/// Writes a wait's row; that of an earlier attempt at the step gives way.
pub(crate) async fn keep(
    tx: &mut TenantTx,
    context: &StepContext,
    wait: &Waiting,
    resolution: Option<&Value>,
) -> Result<()> {
    let row = (
        execution_waits::kind.eq(wait.kind),
        execution_waits::name.eq(&wait.name),
        execution_waits::key.eq(&wait.key),
        execution_waits::request.eq(&wait.request),
        execution_waits::resolution.eq(resolution),
        execution_waits::resolved_at.eq(resolution.map(|_| context.now)),
        execution_waits::created_at.eq(context.now),
    );
    diesel::insert_into(execution_waits::table)
        .values((
            execution_waits::execution_id.eq(context.execution_id.0),
            execution_waits::step_id.eq(&context.step_id),
            row,
        ))
        .on_conflict((execution_waits::execution_id, execution_waits::step_id))
        .do_update()
        .set(row)
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Which of these steps' waits are resolved.
pub(crate) async fn resolved_of(
    tx: &mut TenantTx,
    execution_id: ExecutionId,
    steps: &[String],
) -> Result<Vec<String>> {
    Ok(execution_waits::table
        .filter(execution_waits::execution_id.eq(execution_id.0))
        .filter(execution_waits::step_id.eq_any(steps))
        .filter(execution_waits::resolved_at.is_not_null())
        .order((execution_waits::resolved_at, execution_waits::step_id))
        .select(execution_waits::step_id)
        .load(tx.conn())
        .await?)
}

/// What a wait's row says.
pub(crate) struct WaitRow {
    pub(crate) request: Value,
    /// Set when it is resolved.
    pub(crate) resolution: Option<Value>,
}

/// A wait's row, which nobody resolves until the end of the transaction.
pub(crate) async fn lock_wait(
    tx: &mut TenantTx,
    execution_id: ExecutionId,
    step_id: &str,
) -> Result<Option<WaitRow>> {
    type Columns = (Value, Option<Value>, Option<DateTime<Utc>>);
    let row: Option<Columns> = execution_waits::table
        .find((execution_id.0, step_id))
        .select((
            execution_waits::request,
            execution_waits::resolution,
            execution_waits::resolved_at,
        ))
        .for_update()
        .first(tx.conn())
        .await
        .optional()?;
    Ok(row.map(|(request, resolution, resolved_at)| WaitRow {
        request,
        resolution: resolved_at.map(|_| resolution.unwrap_or(Value::Null)),
    }))
}

/// What an open wait was opened with.
pub(crate) async fn request_of(
    tx: &mut TenantTx,
    execution_id: ExecutionId,
    step_id: &str,
) -> Result<Option<Value>> {
    Ok(execution_waits::table
        .find((execution_id.0, step_id))
        .filter(execution_waits::resolved_at.is_null())
        .select(execution_waits::request)
        .first(tx.conn())
        .await
        .optional()?)
}

/// Nobody waits any more.
pub(crate) async fn forget(
    tx: &mut TenantTx,
    execution_id: ExecutionId,
    step_id: &str,
) -> Result<()> {
    diesel::delete(execution_waits::table.find((execution_id.0, step_id)))
        .filter(execution_waits::resolved_at.is_null())
        .execute(tx.conn())
        .await?;
    Ok(())
}
