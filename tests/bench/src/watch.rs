//! Sees from outside when a run's end can be read: asks Postgres, on a connection of its own, for
//! the runs that were accepted and have not been seen to end.

use crate::http::Pool;
use crate::load::{self, Times};
use crate::probe::Probe;
use crate::workflows;
use anyhow::ensure;
use serde_json::Value;
use std::cell::RefCell;
use std::collections::{HashMap, VecDeque};
use std::rc::Rc;
use std::time::{Duration, Instant};
use tokio::sync::mpsc;

/// Ids asked for at once, the oldest first.
const ASKED: usize = 400;

/// Where runs are started.
#[derive(Clone, Debug)]
pub struct Target {
    /// The hook's path.
    pub hook: String,
    /// The dealership's schema.
    pub schema: String,
}

/// What a load came to.
pub struct Durable {
    /// From when a delivery was due to its answer.
    pub accepted: Times,
    /// From when a delivery was due to its run's end being readable.
    pub ended: Times,
    pub refused: u32,
    pub error: Option<String>,
    /// Runs that ended otherwise than well.
    pub failed: u32,
    /// Runs that were accepted and not seen to end in time.
    pub open: u32,
    /// Seconds from the last delivery to the last end.
    pub drained: f64,
    /// Ends a second, from the first delivery to the last end.
    pub rate: f64,
    /// The runs that ended, with when they were due as seconds since 1970.
    pub runs: Vec<(String, f64)>,
}

type Accepted = (usize, String, Instant);

/// How ends are waited for.
#[derive(Clone, Copy)]
pub struct Patience {
    /// After the last delivery was sent.
    pub last: Duration,
    /// Between two looks: where ends are measured often, elsewhere seldom, because looking takes
    /// from what is measured.
    pub look: Duration,
}

impl From<Duration> for Patience {
    fn from(last: Duration) -> Self {
        let look = Duration::from_millis(10);
        Self { last, look }
    }
}

/// Posts deliveries to the targets in turn, `rate` a second for `total` deliveries, and waits for
/// the ends.
pub async fn drive(
    probe: &Probe,
    pool: &Pool,
    targets: &[Target],
    (total, rate): (u32, f64),
    patience: impl Into<Patience>,
) -> anyhow::Result<Durable> {
    let (sender, receiver) = mpsc::unbounded_channel();
    let begin = Instant::now();
    let posting = async {
        let outcome = load::run(total, rate, |number, due| {
            let (sender, at) = (sender.clone(), number as usize % targets.len().max(1));
            async move {
                let id = post(pool, targets.get(at), number).await?;
                sender.send((at, id, due))?;
                Ok(())
            }
        })
        .await;
        drop(sender);
        outcome.map(|outcome| (outcome, Instant::now()))
    };
    let watching = watch(probe, targets, receiver, patience.into());
    let (posted, watched) = tokio::join!(posting, watching);
    let ((posted, sent), watched) = (posted?, watched?);
    let last = watched.last.unwrap_or(begin);
    Ok(Durable {
        accepted: posted.times,
        refused: posted.errors,
        error: posted.error,
        failed: watched.failed,
        open: watched.open,
        drained: last.saturating_duration_since(sent).as_secs_f64(),
        rate: f64::from(u32::try_from(watched.runs.len())?)
            / last
                .saturating_duration_since(begin)
                .as_secs_f64()
                .max(0.001),
        ended: watched.ended,
        runs: watched.runs,
    })
}

/// Posts one delivery and answers its run's id.
pub async fn post(pool: &Pool, target: Option<&Target>, number: u32) -> anyhow::Result<String> {
    let hook = target.map(|target| target.hook.as_str()).unwrap_or("/");
    let reply = pool.post(hook, &workflows::delivery(number)).await?;
    ensure!(
        reply.status == 202,
        "{}: {}",
        reply.status,
        String::from_utf8_lossy(&reply.body)
    );
    let answer: Value = serde_json::from_slice(&reply.body)?;
    crate::client::text(&answer, "/execution_id")
}

struct Watched {
    ended: Times,
    failed: u32,
    open: u32,
    last: Option<Instant>,
    runs: Vec<(String, f64)>,
}

async fn watch(
    probe: &Probe,
    targets: &[Target],
    mut accepted: mpsc::UnboundedReceiver<Accepted>,
    patience: Patience,
) -> anyhow::Result<Watched> {
    let mut seen = Watched {
        ended: Times::new()?,
        failed: 0,
        open: 0,
        last: None,
        runs: Vec::new(),
    };
    let mut statements = Vec::new();
    for target in targets {
        statements.push(statement(probe, target).await?);
    }
    let mut open: Vec<VecDeque<(String, Instant)>> =
        targets.iter().map(|_| VecDeque::new()).collect();
    let mut sending = true;
    let mut until: Option<Instant> = None;
    let mut tick = tokio::time::interval(patience.look);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    while sending || open.iter().any(|open| !open.is_empty()) {
        tick.tick().await;
        loop {
            match accepted.try_recv() {
                Ok((at, id, due)) => {
                    if let Some(open) = open.get_mut(at) {
                        open.push_back((id, due));
                    }
                }
                Err(mpsc::error::TryRecvError::Empty) => break,
                Err(mpsc::error::TryRecvError::Disconnected) => {
                    sending = false;
                    break;
                }
            }
        }
        if !sending && Instant::now() > *until.get_or_insert_with(|| Instant::now() + patience.last)
        {
            break;
        }
        for (open, statement) in open.iter_mut().zip(&statements) {
            look(probe, statement, open, &mut seen).await?;
        }
    }
    seen.open = u32::try_from(open.iter().map(VecDeque::len).sum::<usize>())?;
    Ok(seen)
}

async fn statement(probe: &Probe, target: &Target) -> anyhow::Result<tokio_postgres::Statement> {
    let sql = format!(
        "SELECT id::text, status FROM {}.workflow_executions \
         WHERE id = ANY ($1::text[]::uuid[]) AND ended_at IS NOT NULL",
        target.schema
    );
    Ok(probe.sql.prepare(&sql).await?)
}

async fn look(
    probe: &Probe,
    statement: &tokio_postgres::Statement,
    open: &mut VecDeque<(String, Instant)>,
    seen: &mut Watched,
) -> anyhow::Result<()> {
    let ids: Vec<String> = open.iter().take(ASKED).map(|(id, _)| id.clone()).collect();
    if ids.is_empty() {
        return Ok(());
    }
    let rows = probe.sql.query(statement, &[&ids]).await?;
    let now = Instant::now();
    let wall = chrono::Utc::now().timestamp_micros();
    let ended: HashMap<String, bool> = rows
        .iter()
        .map(|row| (row.get(0), row.get::<_, &str>(1) == "succeeded"))
        .collect();
    open.retain(|(id, due)| {
        let Some(well) = ended.get(id) else {
            return true;
        };
        let time = now.saturating_duration_since(*due);
        seen.ended.record(time);
        seen.failed += u32::from(!well);
        seen.last = Some(now);
        #[expect(clippy::cast_precision_loss, reason = "microseconds fit a double")]
        let due = wall as f64 / 1e6 - time.as_secs_f64();
        seen.runs.push((id.clone(), due));
        false
    });
    Ok(())
}

/// Keeps `clients` runs on their way for `length`: each client posts when its last run has ended.
pub async fn closed_loop(
    probe: &Probe,
    pool: &Pool,
    target: &Target,
    clients: u32,
    length: Duration,
) -> anyhow::Result<(Times, f64)> {
    let (sender, receiver) =
        mpsc::unbounded_channel::<(String, tokio::sync::oneshot::Sender<()>)>();
    let times = Rc::new(RefCell::new(Times::new()?));
    let begin = Instant::now();
    let client = |number: u32| {
        let (sender, times) = (sender.clone(), Rc::clone(&times));
        async move {
            let mut round = 0;
            while begin.elapsed() < length {
                let started = Instant::now();
                let id = post(pool, Some(target), number * 100_000 + round).await?;
                let (done, ended) = tokio::sync::oneshot::channel();
                sender.send((id, done))?;
                ended.await?;
                times.borrow_mut().record(started.elapsed());
                round += 1;
            }
            anyhow::Ok(round)
        }
    };
    let clients = futures_util::future::try_join_all((0..clients).map(client));
    let watching = wake_clients(probe, target, receiver);
    let rounds = tokio::select! {
        rounds = clients => rounds?,
        stopped = watching => return Err(stopped.err().unwrap_or_else(|| anyhow::anyhow!("stopped"))),
    };
    let seconds = begin.elapsed().as_secs_f64();
    let times = Rc::try_unwrap(times).map_err(|_left| anyhow::anyhow!("a client is left"));
    Ok((
        times?.into_inner(),
        f64::from(rounds.iter().sum::<u32>()) / seconds,
    ))
}

async fn wake_clients(
    probe: &Probe,
    target: &Target,
    mut accepted: mpsc::UnboundedReceiver<(String, tokio::sync::oneshot::Sender<()>)>,
) -> anyhow::Result<()> {
    let statement = statement(probe, target).await?;
    let mut open: HashMap<String, tokio::sync::oneshot::Sender<()>> = HashMap::new();
    loop {
        tokio::time::sleep(Duration::from_millis(3)).await;
        while let Ok((id, done)) = accepted.try_recv() {
            open.insert(id, done);
        }
        let ids: Vec<&String> = open.keys().collect();
        if ids.is_empty() {
            continue;
        }
        for row in probe.sql.query(&statement, &[&ids]).await? {
            if let Some(done) = open.remove(row.get::<_, &str>(0)) {
                // A client that was dropped does not wait any more.
                let _ = done.send(());
            }
        }
    }
}
