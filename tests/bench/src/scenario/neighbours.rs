//! S7: one dealership floods the queue; the others must not feel it.

use super::throughput::began;
use super::{Bench, count};
use crate::load::Times;
use crate::report::{PERCENTILES, Section, Table, number, percentiles, print};
use crate::watch::{Durable, Patience, Target, drive};
use crate::workflows;
use serde_json::json;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Victims: how many dealerships, and deliveries a second of each.
const VICTIMS: [(usize, f64); 2] = [(3, 10.0), (2, 4.0)];
const FLOOD: f64 = 300.0;
/// Alone and beside the flood in turn, so that a machine that gets slower meanwhile is not taken
/// for a neighbour.
const ROUNDS: u32 = 4;

pub async fn run(bench: &Bench) -> anyhow::Result<Section> {
    let mut section = Section::begin(
        "s7",
        "noisy neighbour",
        format!(
            "Every run calls an address on this machine that answers after 60 to 100 ms. Three dealerships start \
             10 runs a second each, two start 4 each; then the same while another one floods the queue with \
             {FLOOD} a second; and that {ROUNDS} times in turn. What counts is the victims' wait, from when a delivery was due to its first step \
             running. A delivery of the flood that is refused with 429 counts as refused."
        ),
        &bench.probe,
    )
    .await?;
    let url = format!("http://127.0.0.1:{}/", slow_address().await?);
    let definition = workflows::call(&url);
    let mut groups = Vec::new();
    for (dealerships, rate) in VICTIMS {
        let mut targets = Vec::new();
        for _ in 0..dealerships {
            targets.push(bench.target("S7 victim", &definition).await?.1);
        }
        #[expect(clippy::cast_precision_loss, reason = "two or three dealerships")]
        groups.push((targets, rate * dealerships as f64));
    }
    let flood = vec![bench.target("S7 flood", &definition).await?.1];
    let seconds = bench.seconds(12.0);
    victims(bench, &groups, bench.seconds(3.0)).await?;
    let (mut alone, mut beside) = (Victims::new()?, Victims::new()?);
    let mut flooded = Flood::default();
    for _ in 0..ROUNDS {
        let quiet = victims(bench, &groups, seconds).await?;
        let load = (count(FLOOD, seconds + 4.0), FLOOD);
        let flooding = drive(&bench.probe, &bench.pool, &flood, load, seldom(5));
        let begun = async {
            tokio::time::sleep(Duration::from_secs(2)).await;
            victims(bench, &groups, seconds).await
        };
        let (flooding, begun) = tokio::join!(flooding, begun);
        let (flooding, begun) = (flooding?, begun?);
        print(&format!(
            "  p95 alone {} ms, beside the flood {} ms",
            number(quiet.waits.at(95.0)),
            number(begun.waits.at(95.0)),
        ));
        flooded.add(&flooding);
        alone.add(&quiet)?;
        beside.add(&begun)?;
    }
    let mut table = Table::new(&[&["victims", "runs"], &PERCENTILES[..]].concat());
    for (what, times) in [
        ("accepted, alone", &alone.accepted),
        ("accepted, with the flood", &beside.accepted),
        ("wait, alone", &alone.waits),
        ("wait, with the flood", &beside.waits),
    ] {
        let cells = [what.to_owned(), times.0.len().to_string()];
        table.row(cells.into_iter().chain(percentiles(times)));
    }
    section.tables.push(table);
    let more = (beside.waits.at(95.0) / alone.waits.at(95.0) - 1.0) * 100.0;
    let line = "Windmill: 34 s against 1 s without fair shares";
    section.at_most("victims' p95 wait, more than alone", more, 20.0, "%", line);
    section.note(format!(
        "The flood: {} ended, {} refused, {} still waiting 5 s after it; the victims' slowest end took {} ms.",
        flooded.ended,
        flooded.refused,
        flooded.open,
        number(beside.slowest),
    ));
    section.keep(
        "waits",
        json!({ "alone": alone.waits.raw(), "with_flood": beside.waits.raw() }),
    );
    Ok(section)
}

/// Ends are not what is measured here.
fn seldom(seconds: u64) -> Patience {
    Patience {
        last: Duration::from_secs(seconds),
        look: Duration::from_millis(100),
    }
}

/// All victims together.
struct Victims {
    /// From when a delivery was due to its answer.
    accepted: Times,
    /// From when a delivery was due to its first step running.
    waits: Times,
    /// The longest time to the end.
    slowest: f64,
}

impl Victims {
    fn new() -> anyhow::Result<Self> {
        Ok(Self {
            accepted: Times::new()?,
            waits: Times::new()?,
            slowest: 0.0,
        })
    }

    fn add(&mut self, more: &Self) -> anyhow::Result<()> {
        self.accepted.0.add(&more.accepted.0)?;
        self.waits.0.add(&more.waits.0)?;
        self.slowest = self.slowest.max(more.slowest);
        Ok(())
    }
}

/// What became of the flood's deliveries.
#[derive(Default)]
struct Flood {
    ended: usize,
    refused: u32,
    open: u32,
}

impl Flood {
    fn add(&mut self, more: &Durable) {
        self.ended += more.runs.len();
        self.refused += more.refused;
        self.open += more.open;
    }
}

async fn victims(
    bench: &Bench,
    groups: &[(Vec<Target>, f64)],
    seconds: f64,
) -> anyhow::Result<Victims> {
    let patience = seldom(30);
    let loads = groups.iter().map(|(targets, rate)| async move {
        let load = (count(*rate, seconds), *rate);
        let done = drive(&bench.probe, &bench.pool, targets, load, patience).await?;
        anyhow::Ok((targets, done))
    });
    let done: Vec<(&Vec<Target>, Durable)> = futures_util::future::try_join_all(loads).await?;
    let mut all = Victims::new()?;
    for (targets, done) in &done {
        all.waits.0.add(began(bench, targets, done).await?.0)?;
        all.accepted.0.add(&done.accepted.0)?;
        all.slowest = all.slowest.max(done.ended.at(100.0));
        if done.refused + done.failed + done.open > 0 {
            print(&format!(
                "  victims: {} refused, {} failed, {} open {:?}",
                done.refused, done.failed, done.open, done.error
            ));
        }
    }
    Ok(all)
}

/// Answers every request after 60 to 100 ms; gives its port.
async fn slow_address() -> anyhow::Result<u16> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let port = listener.local_addr()?.port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            // A connection that breaks is the caller's business.
            tokio::spawn(async move { answer(stream).await.ok() });
        }
    });
    Ok(port)
}

async fn answer(mut stream: TcpStream) -> anyhow::Result<()> {
    let mut bytes = Vec::new();
    loop {
        bytes.clear();
        while !bytes.ends_with(b"\r\n\r\n") {
            if stream.read_buf(&mut bytes).await? == 0 {
                return Ok(());
            }
        }
        tokio::time::sleep(Duration::from_millis(rand::random_range(60..100))).await;
        let reply = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 11\r\n\r\n{\"ok\":true}";
        stream.write_all(reply).await?;
    }
}
