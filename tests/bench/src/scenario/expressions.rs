//! One dealership sends the most expensive expressions and bodies that it may; the others must not
//! feel it.

use super::hostile::{Answers, Attack};
use super::{Bench, count};
use crate::client::Dealership;
use crate::load::{self, Times};
use crate::report::{PERCENTILES, Section, Table, number, percentiles, print};
use anyhow::Context;
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

const READERS: usize = 4;
const READS: f64 = 100.0;
const PROBES: f64 = 20.0;
/// Alone and beside the attack in turn, so that a machine that gets slower meanwhile is not taken for
/// a neighbour.
const ROUNDS: u32 = 4;
const PATHS: [&str; 5] = [
    "/api/v1/leads",
    "/api/v1/executions",
    "/api/v1/workflows",
    "/api/v1/dashboard",
    "/api/v1/me",
];

pub async fn run(bench: &Bench) -> anyhow::Result<Section> {
    let mut section = Section::begin(
        "expressions",
        "the worst expressions of one dealership",
        format!(
            "{READERS} dealerships read leads, runs, workflows, dashboard and who they are, {READS} times a second \
             together, and somebody asks for `GET /health/live` {PROBES} times a second; then the same while another \
             dealership sends, over eight connections and as often as its limits allow (they count each 4 KiB of a \
             body like a request), the most expensive CEL, templates, patterns, drafts and deliveries of up to a \
             megabyte; and that {ROUNDS} times in turn."
        ),
        &bench.probe,
    )
    .await?;
    let mut readers = Vec::new();
    for number in 0..READERS {
        let name = format!("Reader {number}");
        readers.push(bench.server.dealership(&name).await?);
    }
    let attacker = bench.server.dealership("Attacker").await?;
    let attack = Attack::prepare(&bench.server, &attacker).await?;
    let mut alone_each = Table::new(&["request of the attack, sent alone", "status", "ms"]);
    for (name, status, took) in attack.one_by_one().await? {
        alone_each.row([
            name,
            status.to_string(),
            number(took.as_secs_f64() * 1_000.0),
        ]);
    }
    let seconds = bench.seconds(10.0);
    read(bench, &readers, bench.seconds(3.0)).await?;
    let (mut alone, mut beside) = (Reads::new()?, Reads::new()?);
    let mut answered = Answers::default();
    for _ in 0..ROUNDS {
        let quiet = read(bench, &readers, seconds).await?;
        let stop = Arc::new(AtomicBool::new(false));
        let sending = attack.begin(Arc::clone(&stop));
        tokio::time::sleep(Duration::from_secs(2)).await;
        let loud = read(bench, &readers, seconds).await;
        stop.store(true, Ordering::Relaxed);
        let sent = tokio::task::spawn_blocking(move || sending.join()).await?;
        let sent = sent.map_err(|_panic| anyhow::anyhow!("the attack broke off"))??;
        let loud = loud?;
        print(&format!(
            "  p99 alone {} ms, beside the attack {} ms; health at most {} and {} ms",
            number(quiet.reads.at(99.0)),
            number(loud.reads.at(99.0)),
            number(quiet.health.at(100.0)),
            number(loud.health.at(100.0)),
        ));
        alone.add(&quiet)?;
        beside.add(&loud)?;
        for (status, count) in sent.by_status {
            *answered.by_status.entry(status).or_default() += count;
        }
        answered.seconds += sent.seconds;
        // What was accepted is worked off before the next round begins alone.
        tokio::time::sleep(Duration::from_secs(5)).await;
    }
    let mut table = Table::new(&[&["", "count"], &PERCENTILES[..]].concat());
    for (what, times) in [
        ("reads, alone", &alone.reads),
        ("reads, beside the attack", &beside.reads),
        ("GET /health/live, alone", &alone.health),
        ("GET /health/live, beside the attack", &beside.health),
    ] {
        let cells = [what.to_owned(), times.0.len().to_string()];
        table.row(cells.into_iter().chain(percentiles(times)));
        section.keep(what, times.raw());
    }
    section.tables = vec![table, alone_each];
    let most = beside.health.at(100.0);
    section.at_most(
        "slowest GET /health/live",
        most,
        100.0,
        "ms",
        "the review: 8,152 ms",
    );
    let more = (beside.reads.at(99.0) / alone.reads.at(99.0) - 1.0) * 100.0;
    section.at_most(
        "others' reads p99, more than alone",
        more,
        20.0,
        "%",
        "the review: 18 ms became 7,050 ms",
    );
    section.note(format!(
        "The attack: {} requests in {} s, by status {:?}. Reads that failed: {}.",
        answered.by_status.values().sum::<u32>(),
        number(answered.seconds),
        answered.by_status,
        alone.errors + beside.errors,
    ));
    section.keep(
        "attack",
        json!({ "by_status": answered.by_status, "seconds": answered.seconds }),
    );
    Ok(section)
}

/// What the other dealerships see.
struct Reads {
    reads: Times,
    health: Times,
    errors: u32,
}

impl Reads {
    fn new() -> anyhow::Result<Self> {
        Ok(Self {
            reads: Times::new()?,
            health: Times::new()?,
            errors: 0,
        })
    }

    fn add(&mut self, more: &Self) -> anyhow::Result<()> {
        self.reads.0.add(&more.reads.0)?;
        self.health.0.add(&more.health.0)?;
        self.errors += more.errors;
        Ok(())
    }
}

async fn read(bench: &Bench, readers: &[Dealership], seconds: f64) -> anyhow::Result<Reads> {
    let reads = load::run(count(READS, seconds), READS, |number, _| {
        let number = number as usize;
        let reader = readers.get(number % readers.len().max(1));
        let path = PATHS.get(number / readers.len().max(1) % PATHS.len());
        async move {
            let (reader, path) = reader.zip(path).context("no dealership")?;
            let reply = bench.pool.get(path, &reader.token).await?;
            anyhow::ensure!(reply.status == 200, "{path}: {}", reply.status);
            Ok(())
        }
    });
    let health = load::run(count(PROBES, seconds), PROBES, |_, _| async {
        let reply = bench.pool.get("/health/live", "").await?;
        anyhow::ensure!(reply.status == 200, "{}", reply.status);
        Ok(())
    });
    let (reads, health) = tokio::try_join!(reads, health)?;
    if let Some(error) = reads.error.or(health.error) {
        print(&format!("  a read failed: {error}"));
    }
    Ok(Reads {
        reads: reads.times,
        health: health.times,
        errors: reads.errors + health.errors,
    })
}
