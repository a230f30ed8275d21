//! Accepting what comes in from outside: many deliveries, of several tenants, in one transaction.
//! An answer comes only after the commit; see `docs/decisions/0021-accept-together.md`.

mod write;

use crate::accept::NewExecution;
use crate::gather::{self, BATCH};
use crate::live::LiveBus;
use crate::wake::Wake;
use chrono::TimeDelta;
use platform_db::Database;
use platform_kernel::id::{ExecutionId, TenantId};
use platform_kernel::tenant::TenantContext;
use platform_kernel::{Error, Result};
use tokio::sync::{mpsc, oneshot};
use uuid::Uuid;

/// A delivery that is to start a run at once.
#[derive(Clone, Debug)]
pub struct Arrival {
    pub tenant: TenantContext,
    /// The trigger's row.
    pub trigger: Uuid,
    /// The state of the trigger and its workflow that the rest was made from.
    pub stamp: String,
    /// Where it came from, and what names it there: the same again starts nothing.
    pub source: String,
    pub name: String,
    /// For how long.
    pub window: TimeDelta,
    pub execution: NewExecution,
}

/// What became of an arrival.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    Accepted(ExecutionId),
    /// It came before, and started this run then.
    Repeated(Option<ExecutionId>),
    /// The trigger is not what it was any more: read it again.
    Stale,
}

/// Takes arrivals in; cheap to clone.
#[derive(Clone)]
pub struct Intake {
    requests: mpsc::Sender<Request>,
}

struct Request {
    arrival: Arrival,
    answer: oneshot::Sender<Result<Taken>>,
}

impl Intake {
    /// Starts the task that writes; it ends when the last handle is dropped. Call it inside the
    /// runtime.
    pub fn start(db: Database, bus: LiveBus, wake: Wake) -> Self {
        let (requests, receiver) = mpsc::channel(4 * BATCH);
        let writer = write::Writer { db, bus, wake };
        platform_kernel::task::spawn(gather::serve(receiver, move |batch| {
            write(writer.clone(), batch)
        }));
        Self { requests }
    }

    /// Returns once the run is durable.
    pub async fn take(&self, arrival: Arrival) -> Result<Taken> {
        let (answer, answered) = oneshot::channel();
        let ended = || Error::internal("the intake has ended");
        let request = Request { arrival, answer };
        let sent = self.requests.send(request).await;
        sent.map_err(|_closed| ended())?;
        answered.await.map_err(|_gone| ended())?
    }
}

impl gather::Request for Request {
    fn tenant(&self) -> TenantId {
        self.arrival.tenant.id
    }
}

/// Writes a batch, and after it what repeats something in it.
async fn write(writer: write::Writer, mut batch: Vec<Request>) {
    while !batch.is_empty() {
        let later = set_aside(&mut batch);
        metrics::histogram!("auterity_engine_batch_accepts").record(batch.len() as f64);
        answer(&writer, std::mem::take(&mut batch)).await;
        batch = later;
    }
}

/// Puts the batch into one order for all processes, so that two never wait for each other, and
/// takes out what repeats another one in it: one statement cannot take the same name twice.
fn set_aside(batch: &mut Vec<Request>) -> Vec<Request> {
    let key = |request: &Request| {
        let arrival = &request.arrival;
        (
            arrival.tenant.id.0,
            arrival.window,
            arrival.source.clone(),
            arrival.name.clone(),
        )
    };
    batch.sort_by_cached_key(key);
    let (mut kept, mut later): (Vec<Request>, Vec<Request>) = (Vec::new(), Vec::new());
    for request in batch.drain(..) {
        match kept.last() {
            Some(before) if key(before) == key(&request) => later.push(request),
            _ => kept.push(request),
        }
    }
    *batch = kept;
    later
}

async fn answer(writer: &write::Writer, batch: Vec<Request>) {
    let arrivals: Vec<&Arrival> = batch.iter().map(|request| &request.arrival).collect();
    match writer.take(&arrivals).await {
        Ok(taken) => {
            for (request, taken) in batch.into_iter().zip(taken) {
                // A caller that hung up does not wait for its answer any more.
                let _ = request.answer.send(Ok(taken));
            }
        }
        Err(error) => {
            if batch.len() > 1 {
                tracing::warn!(%error, deliveries = batch.len(), "a batch failed; its deliveries go one by one");
                metrics::counter!("auterity_engine_batches_split_total").increment(1);
            }
            for request in batch {
                let taken = writer.take(&[&request.arrival]).await;
                let taken = taken.map(|taken| taken.first().copied().unwrap_or(Taken::Stale));
                let _ = request.answer.send(taken);
            }
        }
    }
}
