//! What Postgres itself can do: pgbench makes the inserts of a run, nothing else.

use crate::probe::Probe;
use anyhow::{Context, ensure};
use std::path::Path;
use tokio::process::Command;

/// How the inserts are put into transactions.
#[derive(Clone, Copy, Debug)]
pub struct Batches {
    /// Runs accepted in one transaction.
    pub accepted: u32,
    /// Runs ended in one transaction.
    pub ended: u32,
}

const CLIENTS: u32 = 8;

/// Runs a second: each one row of a run, a job and a delivery, and its events and log lines.
pub async fn measure(
    probe: &Probe,
    pgbench: &str,
    url: &str,
    schema: &str,
    batches: Batches,
    seconds: u32,
) -> anyhow::Result<f64> {
    prepare(probe, schema).await?;
    let folder = std::env::temp_dir().join(format!("bench-floor-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let (accept, end) = (folder.join("accept.sql"), folder.join("end.sql"));
    std::fs::write(&accept, accept_script(batches.accepted))?;
    std::fs::write(&end, end_script(batches.ended))?;
    // As many runs are accepted as are ended.
    let (accepts, ends) = (weight(batches.ended), weight(batches.accepted));
    let output = Command::new(pgbench)
        .args([
            "-n",
            "-M",
            "prepared",
            "-c",
            &CLIENTS.to_string(),
            "-j",
            "1",
        ])
        .args(["-T", &seconds.to_string()])
        .arg("-f")
        .arg(weighted(&accept, accepts))
        .arg("-f")
        .arg(weighted(&end, ends))
        .arg(url)
        .output()
        .await?;
    std::fs::remove_dir_all(&folder)?;
    let text = String::from_utf8_lossy(&output.stdout);
    let complaint = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "pgbench: {complaint}");
    let tps: f64 = text
        .lines()
        .find_map(|line| line.strip_prefix("tps = "))
        .and_then(|rest| rest.split(' ').next()?.parse().ok())
        .with_context(|| format!("pgbench said nothing of tps: {text}"))?;
    let share = f64::from(accepts) / f64::from(accepts + ends);
    let runs = probe.one("SELECT count(*) FROM bench_floor.runs").await?;
    ensure!(runs.get::<_, i64>(0) > 0, "pgbench inserted nothing");
    probe.run("DROP SCHEMA bench_floor CASCADE").await?;
    Ok(tps * share * f64::from(batches.accepted))
}

fn weight(batch: u32) -> u32 {
    batch.clamp(1, 1_000)
}

fn weighted(script: &Path, weight: u32) -> String {
    format!("{}@{weight}", script.display())
}

/// The product's tables with their indexes, apart from its data.
async fn prepare(probe: &Probe, schema: &str) -> anyhow::Result<()> {
    let sql = format!(
        "DROP SCHEMA IF EXISTS bench_floor CASCADE; CREATE SCHEMA bench_floor; \
         CREATE TABLE bench_floor.runs (LIKE {schema}.workflow_executions INCLUDING ALL); \
         CREATE TABLE bench_floor.events (LIKE {schema}.execution_events INCLUDING ALL); \
         CREATE TABLE bench_floor.logs (LIKE {schema}.execution_logs INCLUDING ALL); \
         CREATE TABLE bench_floor.deliveries (LIKE {schema}.trigger_deliveries INCLUDING ALL); \
         CREATE TABLE bench_floor.jobs (LIKE control.jobs INCLUDING ALL); CHECKPOINT"
    );
    probe.run(&sql).await
}

const INPUT: &str = "'{\"number\":1,\"unique\":\"01936f0e-0000-7000-8000-000000000000\",\
    \"customer\":{\"first\":\"Pat\",\"last\":\"Bench\",\"email\":\"pat@bench.example\"},\
    \"vehicle\":{\"year\":2024,\"make\":\"Honda\",\"model\":\"Civic\",\"stock\":\"B1\"}}'::jsonb";

fn accept_script(batch: u32) -> String {
    format!(
        "BEGIN;\n\
         INSERT INTO bench_floor.runs (id, workflow_id, version_id, status, trigger_id, trigger_type, input) \
         SELECT gen_random_uuid(), '01936f0e-0000-7000-8000-000000000001', '01936f0e-0000-7000-8000-000000000002', \
         'queued', 'hook', 'webhook', {INPUT} FROM generate_series(1, {batch});\n\
         INSERT INTO bench_floor.events (execution_id, seq, kind, data) \
         SELECT gen_random_uuid(), 1, 'execution_accepted', '{{\"trigger_id\": \"hook\", \"trigger_type\": \"webhook\"}}' \
         FROM generate_series(1, {batch});\n\
         INSERT INTO bench_floor.deliveries (source, key) \
         SELECT 'trigger:01936f0e', 'body:' || gen_random_uuid() FROM generate_series(1, {batch});\n\
         INSERT INTO bench_floor.jobs (kind, key) \
         SELECT 'execution', gen_random_uuid() FROM generate_series(1, {batch});\n\
         COMMIT;\n"
    )
}

/// Started, step started, step succeeded, run succeeded, and a line of log.
fn end_script(batch: u32) -> String {
    format!(
        "BEGIN;\n\
         INSERT INTO bench_floor.events (execution_id, seq, kind, step_id, data) \
         SELECT id, seq, 'step_succeeded', 'set_1', {INPUT} \
         FROM (SELECT gen_random_uuid() AS id FROM generate_series(1, {batch})) AS runs, generate_series(2, 5) AS seq;\n\
         INSERT INTO bench_floor.logs (execution_id, seq, level, step_id, message) \
         SELECT gen_random_uuid(), 6, 'info', 'set_1', 'Set 1 is done.' FROM generate_series(1, {batch});\n\
         COMMIT;\n"
    )
}
