//! Places: how many runs of a workflow, or of each value of its `concurrency_key`, are under way at
//! once. A place is a mark on the row of a run that has not ended, so it ends with the run, and a
//! worker that dies takes none with it. Who ends calls the next one in the same commit.

use crate::accept::wake_execution;
use crate::definition::Settings;
use crate::model::Execution;
use crate::run::Turn;
use crate::store::Snapshot;
use chrono::{DateTime, TimeDelta, Utc};
use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Bool, Text, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use platform_db::{TenantTx, statement};
use platform_kernel::Result;
use platform_kernel::id::{ExecutionId, WorkflowId};
use rand::RngExt;
use uuid::Uuid;

/// So many of those who wait look again every half minute, should nobody call them; the ones
/// behind them have time.
const FRONT: i64 = 50;

/// The places that a run shares with others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Places {
    workflow: WorkflowId,
    /// Empty where the workflow has no key, or it gave nothing for this run.
    key: String,
    most: u32,
}

impl Places {
    /// `None` where the workflow does not limit its runs.
    pub(crate) fn of(execution: &Execution, settings: &Settings) -> Option<Self> {
        Some(Self {
            workflow: execution.workflow_id,
            key: execution.concurrency_key.clone().unwrap_or_default(),
            most: settings.max_concurrency?,
        })
    }
}

/// Asks for the run's place when it needs one and has none; answers when to ask again if there is
/// none to be had. A run that is to stop or to pause needs none.
pub(crate) async fn wait(turn: &Turn, found: &Snapshot) -> Result<Option<DateTime<Utc>>> {
    let execution = &found.execution;
    let asked = execution
        .cancel_requested_at
        .or(execution.pause_requested_at);
    let Some(graph) = found.graph.as_ref().filter(|_| asked.is_none()) else {
        return Ok(None);
    };
    if execution.holds_slot {
        return Ok(None);
    }
    match Places::of(execution, &graph.definition.settings) {
        Some(places) => {
            let wait = turn
                .store
                .admit(&turn.tenant, execution.id, &places)
                .await?;
            Ok(wait.map(|wait| turn.store.now() + wait))
        }
        None => Ok(None),
    }
}

#[derive(QueryableByName)]
struct Asked {
    #[diesel(sql_type = Bool)]
    holds_slot: bool,
    #[diesel(sql_type = BigInt)]
    before: i64,
}

const LOCK: &str = "SELECT pg_advisory_xact_lock(hashtextextended($1::text, 7000003))";

/// The oldest comes first: a place that is free but that an older run has asked for is not given.
/// One that has not come for a quarter of an hour is not waited for. A run that a run waits for which
/// has a place in the same line shares it: it is part of what that one does, and would otherwise
/// wait for its own caller.
const ASK: &str = "WITH RECURSIVE ask AS (SELECT $1::uuid AS id, $2::uuid AS workflow_id, $3::text AS key, \
        $4::bigint AS most, $5::bigint AS look), \
    held AS (SELECT count(*) AS n FROM (SELECT FROM workflow_executions AS e, ask AS a \
        WHERE e.workflow_id = a.workflow_id AND coalesce(e.concurrency_key, '') = a.key \
        AND e.slot_asked_at IS NOT NULL AND e.status IN ('queued', 'running', 'waiting', 'paused') \
        AND e.holds_slot LIMIT (SELECT most FROM ask)) AS x), \
    before AS (SELECT count(*) AS n FROM (SELECT FROM workflow_executions AS e, ask AS a \
        WHERE e.workflow_id = a.workflow_id AND coalesce(e.concurrency_key, '') = a.key \
        AND e.slot_asked_at IS NOT NULL AND e.status IN ('queued', 'running', 'waiting', 'paused') \
        AND NOT e.holds_slot AND e.id < a.id AND e.cancel_requested_at IS NULL \
        AND e.pause_requested_at IS NULL AND e.slot_asked_at > now() - interval '15 minutes' \
        LIMIT (SELECT look FROM ask)) AS x), \
    callers AS (SELECT e.parent_execution_id AS id, e.parent_step_id AS step_id, e.id AS child, e.depth \
        FROM workflow_executions AS e, ask AS a WHERE e.id = a.id \
        UNION ALL SELECT e.parent_execution_id, e.parent_step_id, e.id, e.depth FROM callers AS c \
        JOIN execution_waits AS w ON w.execution_id = c.id AND w.step_id = c.step_id \
            AND w.name = c.child::text AND w.resolved_at IS NULL \
        JOIN workflow_executions AS e ON e.id = c.id AND e.depth < c.depth), \
    shared AS (SELECT EXISTS (SELECT FROM callers AS c JOIN workflow_executions AS e ON e.id = c.child, \
        ask AS a WHERE e.id <> a.id AND e.workflow_id = a.workflow_id \
        AND coalesce(e.concurrency_key, '') = a.key AND e.holds_slot) AS is) \
    UPDATE workflow_executions AS e SET holds_slot = shared.is OR held.n + before.n < a.most, \
        slot_asked_at = now() \
    FROM ask AS a, held, before, shared WHERE e.id = a.id RETURNING e.holds_slot, before.n AS before";

/// Gives the run a place, or answers how long it is to wait before it asks again uncalled.
pub(crate) async fn ask(
    tx: &mut TenantTx,
    places: &Places,
    id: ExecutionId,
) -> Result<Option<TimeDelta>> {
    lock(tx, places).await?;
    let most = i64::from(places.most);
    let asked: Asked = statement(ASK)
        .bind::<SqlUuid, _>(id.0)
        .bind::<SqlUuid, _>(places.workflow.0)
        .bind::<Text, _>(&places.key)
        .bind::<BigInt, _>(most)
        .bind::<BigInt, _>(most + FRONT)
        .get_result(tx.conn())
        .await?;
    let seconds = if asked.before < most + FRONT {
        20..=30
    } else {
        300..=600
    };
    let wait = TimeDelta::seconds(rand::rng().random_range(seconds));
    Ok((!asked.holds_slot).then_some(wait))
}

#[derive(QueryableByName)]
struct Next {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
}

const NEXT: &str = "WITH ask AS (SELECT $1::uuid AS workflow_id, $2::text AS key, $3::bigint AS most), \
    held AS (SELECT count(*) AS n FROM (SELECT FROM workflow_executions AS e, ask AS a \
        WHERE e.workflow_id = a.workflow_id AND coalesce(e.concurrency_key, '') = a.key \
        AND e.slot_asked_at IS NOT NULL AND e.status IN ('queued', 'running', 'waiting', 'paused') \
        AND e.holds_slot LIMIT (SELECT most FROM ask)) AS x) \
    SELECT e.id FROM workflow_executions AS e, ask AS a \
    WHERE e.workflow_id = a.workflow_id AND coalesce(e.concurrency_key, '') = a.key \
        AND e.slot_asked_at IS NOT NULL AND e.status IN ('queued', 'running', 'waiting', 'paused') \
        AND NOT e.holds_slot AND e.pause_requested_at IS NULL \
    ORDER BY e.id LIMIT (SELECT greatest(a.most - held.n, 0) FROM ask AS a, held)";

/// Calls those who have waited longest for the places that are free; in the transaction in which a
/// run ends, after its row says so.
pub(crate) async fn pass_on(tx: &mut TenantTx, places: &Places) -> Result<()> {
    lock(tx, places).await?;
    let next: Vec<Next> = statement(NEXT)
        .bind::<SqlUuid, _>(places.workflow.0)
        .bind::<Text, _>(&places.key)
        .bind::<BigInt, _>(i64::from(places.most))
        .load(tx.conn())
        .await?;
    for run in next {
        wake_execution(tx, ExecutionId(run.id)).await?;
    }
    Ok(())
}

/// Two who ask for the same places, or give one back, do it one after the other.
async fn lock(tx: &mut TenantTx, places: &Places) -> Result<()> {
    statement(LOCK)
        .bind::<Text, _>(format!("{}/{}", places.workflow, places.key))
        .execute(tx.conn())
        .await?;
    Ok(())
}
