//! S2, S3 and S6: what steps cost.

use super::throughput::warm_up;
use super::{Bench, count};
use crate::load::Times;
use crate::report::{COSTS, PERCENTILES, Section, Table, costs, number, percentiles};
use crate::watch::{Target, closed_loop, drive, post};
use crate::workflows;
use serde_json::json;
use std::time::{Duration, Instant};

/// Starts a run and waits until its end can be read, asking without a pause: nothing else runs.
async fn alone(bench: &Bench, target: &Target, number: u32) -> anyhow::Result<Duration> {
    let sql = format!(
        "SELECT status FROM {}.workflow_executions \
         WHERE id = $1::text::uuid AND ended_at IS NOT NULL",
        target.schema
    );
    let statement = bench.probe.sql.prepare(&sql).await?;
    let started = Instant::now();
    let id = post(&bench.pool, Some(target), number).await?;
    loop {
        let row = bench.probe.sql.query_opt(&statement, &[&id]).await?;
        if let Some(row) = row {
            let status: &str = row.get(0);
            anyhow::ensure!(status == "succeeded", "a run ended as {status}");
            return Ok(started.elapsed());
        }
        anyhow::ensure!(started.elapsed().as_secs() < 60, "a run did not end");
        tokio::time::sleep(Duration::from_micros(300)).await;
    }
}

async fn one_by_one(bench: &Bench, target: &Target, runs: u32) -> anyhow::Result<Times> {
    for number in 0..10 {
        alone(bench, target, number).await?;
    }
    let mut times = Times::new()?;
    for number in 0..runs {
        times.record(alone(bench, target, number).await?);
    }
    Ok(times)
}

/// S2: three trivial steps, one by one and 200 at a time.
pub async fn three(bench: &Bench) -> anyhow::Result<Section> {
    let mut section = Section::begin(
        "s2",
        "three light steps, one by one and 200 at once",
        "Three `transform` steps in a row (text, number, reference). *One by one*: 100 runs, each posted when the \
         last one's end was readable. *200 clients*: each posts its next run when it could read the end of its last.",
        &bench.probe,
    )
    .await?;
    let (_, target) = bench.target("S2", &workflows::light_steps(3)).await?;
    let times = one_by_one(bench, &target, 100).await?;
    let mut table = Table::new(&[&["", "runs", "runs /s"], &PERCENTILES[..], &COSTS[..]].concat());
    let blank = COSTS.map(|_| String::new());
    let rate = 1_000.0 / times.0.mean() * 1_000.0;
    let cells = [
        "one by one".to_owned(),
        times.0.len().to_string(),
        number(rate),
    ];
    table.row(cells.into_iter().chain(percentiles(&times)).chain(blank));
    section.at_most(
        "median of a run alone",
        times.at(50.0),
        8.0,
        "ms",
        "Restate 13.0 ms here, 4.1 ms published; Windmill 103 ms",
    );
    section.keep("alone", times.raw());
    warm_up(bench, std::slice::from_ref(&target)).await?;
    let meter = bench.probe.meter().await?;
    let length = Duration::from_secs_f64(bench.seconds(15.0));
    let (times, rate) = closed_loop(&bench.probe, &bench.pool, &target, 200, length).await?;
    let spent = meter.stop().await?;
    let runs = u32::try_from(times.0.len())?;
    let cells = ["200 clients".to_owned(), runs.to_string(), number(rate)];
    let cells = cells.into_iter().chain(percentiles(&times));
    table.row(cells.chain(costs(&spent, runs)));
    section.at_least(
        "200 at once",
        rate,
        1_000.0,
        "workflows/s",
        "Restate 476/s here, 2,057/s published; Windmill 152/s",
    );
    section.keep(
        "clients_200",
        json!({ "times": times.raw(), "rate": rate, "costs": spent }),
    );
    section.tables.push(table);
    Ok(section)
}

/// S3: forty light steps, ten heavy ones.
pub async fn forty(bench: &Bench) -> anyhow::Result<Section> {
    let mut section = Section::begin(
        "s3",
        "40 light steps, 10 heavy steps in a row",
        "The Windmill page runs 40 × fibonacci(10) and 10 × fibonacci(33) as scripts. There is no script language \
         here, so the light step is a `transform` of text, number and reference, and the heavy step is a CEL \
         expression of 10,000 multiplications in nested loops, near the most that one expression may take; what \
         counts there is the time beside the computing.",
        &bench.probe,
    )
    .await?;
    let mut table = Table::new(&[&["", "runs"], &PERCENTILES[..]].concat());
    let light = workflows::light_steps(40);
    let heavy = workflows::chain((1..=10).map(workflows::heavy).collect());
    for (what, definition, runs) in [("40 light steps", light, 50), ("10 heavy steps", heavy, 20)] {
        let (_, target) = bench.target(&format!("S3 {what}"), &definition).await?;
        let times = one_by_one(bench, &target, runs).await?;
        let cells = [what.to_owned(), runs.to_string()];
        table.row(cells.into_iter().chain(percentiles(&times)));
        section.keep(what, times.raw());
        if what.starts_with("40") {
            let line = "Windmill 2.09 s (dedicated), Prefect 4.87, Kestra 6.04, Airflow 116 s";
            section.at_most(what, times.at(50.0) / 1_000.0, 0.25, "s (median)", line);
        }
    }
    section.tables.push(table);
    Ok(section)
}

/// S6: one, three and nine steps at low and at high load.
pub async fn by_length(bench: &Bench) -> anyhow::Result<Section> {
    let mut section = Section::begin(
        "s6",
        "1, 3 and 9 steps at low and at high load",
        "Light `transform` steps at 10 and at 500 deliveries a second.",
        &bench.probe,
    )
    .await?;
    let head = [
        &["steps", "rate /s", "ended /s"],
        &PERCENTILES[..],
        &COSTS[..],
    ]
    .concat();
    let mut table = Table::new(&head);
    for steps in [1, 3, 9] {
        let definition = workflows::light_steps(steps);
        let (_, target) = bench.target(&format!("S6 {steps}"), &definition).await?;
        let targets = [target];
        warm_up(bench, &targets).await?;
        for rate in [10.0, 500.0] {
            let total = count(rate, bench.seconds(12.0));
            let meter = bench.probe.meter().await?;
            let patience = Duration::from_secs(10);
            let load = (total, rate);
            let done = drive(&bench.probe, &bench.pool, &targets, load, patience).await?;
            let spent = meter.stop().await?;
            let cells = [steps.to_string(), number(rate), number(done.rate)];
            let cells = cells.into_iter().chain(percentiles(&done.ended));
            table.row(cells.chain(costs(&spent, total)));
            section.keep(
                &format!("{steps}_at_{rate}"),
                json!({ "ended": done.ended.raw(), "accepted": done.accepted.raw(), "costs": spent }),
            );
            if steps == 3 && rate < 100.0 {
                let line = "Restate p50 15 ms, p99 69 ms (3 nodes)";
                section.at_most(
                    "3 steps, low load, p99",
                    done.ended.at(99.0),
                    69.0,
                    "ms",
                    line,
                );
            }
        }
    }
    section.tables.push(table);
    Ok(section)
}
