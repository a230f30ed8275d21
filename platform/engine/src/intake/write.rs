use super::{Arrival, Taken};
use crate::accept::EXECUTION;
use crate::event::EventBody;
use crate::fold::ExecutionStatus;
use crate::jobs::seats::Seat;
use crate::live::{self, LiveBus};
use crate::model::Execution;
use crate::search;
use crate::text;
use crate::view::ExecutionChange;
use crate::wake::Wake;
use chrono::TimeDelta;
use diesel::QueryableByName;
use diesel::sql_types::{
    Array, Bool, Interval, Jsonb, Nullable, Text, Timestamptz, Uuid as SqlUuid,
};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use platform_db::jobs::{FreshJob, enqueue_fresh};
use platform_db::{Database, PipelinedTx, statement};
use platform_kernel::id::ExecutionId;
use platform_kernel::{Result, clock};
use serde_json::Value;
use uuid::Uuid;

/// Writes batches of arrivals.
#[derive(Clone)]
pub(super) struct Writer {
    pub(super) db: Database,
    pub(super) bus: LiveBus,
    pub(super) wake: Wake,
}

/// An arrival's run, as it is to be written.
struct Row<'a> {
    arrival: &'a Arrival,
    execution: Execution,
    accepted: Value,
    /// What it is found by, a word a line.
    words: String,
}

#[derive(QueryableByName)]
struct Found {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Bool)]
    current: bool,
    #[diesel(sql_type = Bool)]
    accepted: bool,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    earlier: Option<Uuid>,
}

impl Writer {
    /// Answers in the order of `arrivals`, which is one of tenant and window first.
    pub(super) async fn take(&self, arrivals: &[&Arrival]) -> Result<Vec<Taken>> {
        let rows = arrivals.iter().map(|arrival| Row::of(arrival));
        let rows: Vec<Row<'_>> = rows.collect::<Result<_>>()?;
        let mut taken = Vec::with_capacity(rows.len());
        let mut tx = self.db.pipelined().await?;
        let together = |a: &Row<'_>, b: &Row<'_>| {
            a.arrival.tenant.id == b.arrival.tenant.id && a.arrival.window == b.arrival.window
        };
        for rows in rows.chunk_by(together) {
            if let Some(first) = rows.first() {
                let (tenant, window) = (&first.arrival.tenant, first.arrival.window);
                let inserting =
                    async |connection: &AsyncPgConnection| insert(connection, rows, window).await;
                let found = tx.enter_with(tenant, inserting).await?;
                taken.extend(answers(&mut tx, rows, &found).await?);
            }
        }
        let accepted = rows.into_iter().zip(&taken);
        let accepted = accepted.filter(|(_, taken)| matches!(taken, Taken::Accepted(_)));
        let accepted = self.seated(accepted.map(|(row, _)| row).collect());
        match enqueue_fresh(EXECUTION, &jobs(&accepted)) {
            Some(insert) => tx.commit_with(&insert).await?,
            None => tx.commit().await?,
        }
        self.tell(accepted);
        Ok(taken)
    }

    /// The rows of each tenant, as many of them with a seat as it may have.
    fn seated<'a>(&self, rows: Vec<Row<'a>>) -> Vec<(Row<'a>, Option<Seat>)> {
        let tenant = |row: &Row<'_>| row.arrival.tenant.id;
        let mut seats = Vec::with_capacity(rows.len());
        for rows in rows.chunk_by(|a, b| tenant(a) == tenant(b)) {
            let found = rows
                .first()
                .map(|row| self.wake.seats(tenant(row), rows.len()));
            let found = found.into_iter().flatten().map(Some);
            seats.extend(
                found
                    .chain(std::iter::repeat_with(|| None))
                    .take(rows.len()),
            );
        }
        rows.into_iter().zip(seats).collect()
    }

    /// Begins the runs that are durable now, and tells of them.
    fn tell(&self, accepted: Vec<(Row<'_>, Option<Seat>)>) {
        let count = accepted.len() as u64;
        metrics::counter!("auterity_engine_executions_accepted_total").increment(count);
        let mut queued = false;
        for (row, seat) in accepted {
            let (id, tenant) = (row.execution.id, row.arrival.tenant.id);
            let change = ExecutionChange::from(&row.execution);
            live::execution_changed(&self.bus, tenant, &change);
            self.wake.hand(row.execution);
            match seat {
                Some(seat) => seat.begin(id, tenant, row.arrival.execution.lane),
                None => queued = true,
            }
        }
        if queued {
            self.wake.wake();
        }
    }
}

impl<'a> Row<'a> {
    fn of(arrival: &'a Arrival) -> Result<Self> {
        let new = &arrival.execution;
        let mut input = new.input.clone();
        text::clean(&mut input);
        let body = EventBody::ExecutionAccepted {
            trigger_id: new.trigger_id.clone(),
            trigger_type: new.trigger_type.clone(),
            trace: Some(new.trace.clone()),
        };
        let (_, accepted) = body.to_columns()?;
        let execution = Execution {
            id: ExecutionId::new(),
            workflow_id: new.workflow_id,
            version_id: new.version_id,
            status: ExecutionStatus::Queued,
            trigger_id: new.trigger_id.clone(),
            trigger_type: new.trigger_type.clone(),
            input,
            output: None,
            error: None,
            lead_id: None,
            started_by: None,
            next_seq: 2,
            lease_epoch: 0,
            cancel_requested_at: None,
            cancel_reason: None,
            started_at: None,
            ended_at: None,
            created_at: clock::now(),
            business_key: new.business_key.clone(),
            concurrency_key: new.concurrency_key.clone(),
            holds_slot: false,
            pause_requested_at: None,
            parent_execution_id: None,
            parent_step_id: None,
            depth: 0,
            forked_from: None,
            forked_step_id: None,
            trace: Some(new.trace.to_string()),
        };
        Ok(Self {
            arrival,
            words: words(&execution),
            execution,
            accepted,
        })
    }
}

fn words(execution: &Execution) -> String {
    let words = search::words_of(
        execution.workflow_id,
        &execution.trigger_type,
        &execution.input,
        execution.business_key.as_deref(),
    );
    words.join("\n")
}

/// One statement for all arrivals of a tenant. What was made from a trigger that has changed since,
/// or came before, writes nothing.
const TAKE: &str = include_str!("take.sql");

async fn insert(
    mut connection: &AsyncPgConnection,
    rows: &[Row<'_>],
    window: TimeDelta,
) -> Result<Vec<Found>> {
    let Some(first) = rows.first() else {
        return Ok(Vec::new());
    };
    Ok(statement(TAKE)
        .planned_for(first.arrival.tenant.id)
        .bind::<Array<SqlUuid>, _>(each(rows, |row| row.execution.id.0))
        .bind::<Array<SqlUuid>, _>(each(rows, |row| row.arrival.trigger))
        .bind::<Array<Text>, _>(each(rows, |row| row.arrival.stamp.as_str()))
        .bind::<Array<Text>, _>(each(rows, |row| row.arrival.source.as_str()))
        .bind::<Array<Text>, _>(each(rows, |row| row.arrival.name.as_str()))
        .bind::<Array<SqlUuid>, _>(each(rows, |row| row.execution.workflow_id.0))
        .bind::<Array<SqlUuid>, _>(each(rows, |row| row.execution.version_id.0))
        .bind::<Array<Text>, _>(each(rows, |row| row.execution.trigger_id.as_str()))
        .bind::<Array<Text>, _>(each(rows, |row| row.execution.trigger_type.as_str()))
        .bind::<Array<Jsonb>, _>(each(rows, |row| &row.execution.input))
        .bind::<Array<Timestamptz>, _>(each(rows, |row| row.execution.created_at))
        .bind::<Array<Nullable<Text>>, _>(each(rows, |row| row.execution.business_key.as_deref()))
        .bind::<Array<Nullable<Text>>, _>(each(rows, |row| {
            row.execution.concurrency_key.as_deref()
        }))
        .bind::<Array<Jsonb>, _>(each(rows, |row| &row.accepted))
        .bind::<Array<Text>, _>(each(rows, |row| row.words.as_str()))
        .bind::<Interval, _>(window)
        .load(&mut connection)
        .await?)
}

async fn answers(tx: &mut PipelinedTx, rows: &[Row<'_>], found: &[Found]) -> Result<Vec<Taken>> {
    let mut taken = Vec::with_capacity(rows.len());
    for row in rows {
        let id = row.execution.id;
        let found = found.iter().find(|found| found.id == id.0);
        taken.push(match found {
            Some(found) if found.accepted => Taken::Accepted(id),
            Some(found) if found.current => match found.earlier {
                Some(earlier) => Taken::Repeated(Some(ExecutionId(earlier))),
                None => Taken::Repeated(earlier(tx, row.arrival).await?),
            },
            _ => Taken::Stale,
        });
    }
    Ok(taken)
}

fn each<'a, T>(rows: &'a [Row<'a>], column: impl Fn(&'a Row<'a>) -> T) -> Vec<T> {
    rows.iter().map(column).collect()
}

#[derive(QueryableByName)]
struct Earlier {
    #[diesel(sql_type = Nullable<SqlUuid>)]
    execution_id: Option<Uuid>,
}

/// The run of a delivery that another process took a moment ago: the statement that met it could
/// not see it yet.
async fn earlier(tx: &mut PipelinedTx, arrival: &Arrival) -> Result<Option<ExecutionId>> {
    let sql = "SELECT execution_id FROM trigger_deliveries WHERE source = $1 AND key = $2";
    let asking = statement(sql)
        .bind::<Text, _>(arrival.source.as_str())
        .bind::<Text, _>(arrival.name.as_str());
    let ask = async |mut connection: &AsyncPgConnection| Ok(asking.load(&mut connection).await?);
    let found: Vec<Earlier> = tx.ask(ask).await?;
    let found = found
        .into_iter()
        .next()
        .and_then(|found| found.execution_id);
    Ok(found.map(ExecutionId))
}

/// The jobs of the accepted runs: leased with a seat, else for whoever claims them.
fn jobs(accepted: &[(Row<'_>, Option<Seat>)]) -> Vec<FreshJob> {
    let job = |(row, seat): &(Row<'_>, Option<Seat>)| FreshJob {
        key: row.execution.id.0,
        tenant: row.arrival.tenant.id,
        lane: row.arrival.execution.lane,
        leased: seat.as_ref().map(|seat| (seat.worker(), seat.job())),
    };
    accepted.iter().map(job).collect()
}
