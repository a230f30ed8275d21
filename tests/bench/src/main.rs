//! Measures a running Auterity from outside and writes what came of it to `docs/benchmarks.md`.
//! Every scenario mirrors one that others have published, and stands beside what the same
//! Postgres does at most.

#![allow(
    clippy::indexing_slicing,
    reason = "indexing a JSON value gives null, and the answers are checked"
)]
#![allow(
    clippy::disallowed_methods,
    reason = "a program apart from the server: no traces, and the machine's own clock"
)]

mod client;
mod floor;
mod http;
mod load;
mod probe;
mod report;
mod scenario;
mod watch;
mod workflows;

use clap::Parser;
use client::Server;
use http::Pool;
use probe::Probe;
use report::{SCENARIOS, Section};
use scenario::{Bench, api, expressions, history, live, neighbours, steps, throughput};
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Parser)]
#[command(about)]
struct Options {
    /// Scenarios to measure: api, s1, s2, s3, s6, s7, s8, s10, s12,
    /// expressions or all.
    #[arg(default_value = "all", value_delimiter = ',')]
    scenarios: Vec<String>,
    /// The server, for example `http://127.0.0.1:8080`.
    #[arg(long, env = "AUTERITY_TEST_APP_URL")]
    app: String,
    /// The server's metrics, which tell the sizes of its batches.
    #[arg(long, env = "AUTERITY_TEST_METRICS_URL")]
    metrics: Option<String>,
    /// The mail catcher's REST address, where verification mails are read.
    #[arg(long, env = "AUTERITY_TEST_MAILDEV_URL")]
    mail: String,
    /// The server's database, as its owner.
    #[arg(long, env = "AUTERITY_TEST_DATABASE_URL", hide_env_values = true)]
    database: String,
    /// The server's process, whose processor time is told.
    #[arg(long, env = "AUTERITY_BENCH_SERVER_PID")]
    server_pid: Option<u32>,
    /// Postgres's own benchmark, for the floor.
    #[arg(long, env = "AUTERITY_BENCH_PGBENCH")]
    pgbench: Option<String>,
    /// Makes loads longer or shorter.
    #[arg(long, default_value_t = 1.0)]
    scale: f64,
    /// The folder of the figures; the page beside it is written anew.
    #[arg(long)]
    write: Option<PathBuf>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run(Options::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            report::print(&format!("bench: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

async fn run(options: Options) -> anyhow::Result<()> {
    let bench = Bench {
        server: Server::new(&options.app, &options.mail)?,
        probe: Probe::connect(&options.database, options.server_pid, options.metrics).await?,
        pool: Pool::new(&options.app)?,
        database: options.database,
        pgbench: options.pgbench,
        scale: options.scale,
    };
    let mut failed = Vec::new();
    for id in SCENARIOS {
        let wanted = |name: &String| name == id || name == "all";
        if !options.scenarios.iter().any(wanted) {
            continue;
        }
        match Box::pin(measure(&bench, id)).await {
            Ok(section) => {
                if let Some(folder) = &options.write {
                    section.save(folder)?;
                    report::write_page(folder, &folder.with_extension("md"))?;
                }
            }
            Err(error) => {
                report::print(&format!("  {id} could not be measured: {error:#}"));
                failed.push(id);
            }
        }
    }
    anyhow::ensure!(failed.is_empty(), "not measured: {}", failed.join(", "));
    Ok(())
}

async fn measure(bench: &Bench, id: &str) -> anyhow::Result<Section> {
    match id {
        "api" => api::run(bench).await,
        "s1" => throughput::run(bench).await,
        "s2" => steps::three(bench).await,
        "s3" => steps::forty(bench).await,
        "s6" => steps::by_length(bench).await,
        "s7" => neighbours::run(bench).await,
        "s8" => faults(bench).await,
        "s10" => history::run(bench).await,
        "s12" => live::run(bench).await,
        "expressions" => expressions::run(bench).await,
        other => anyhow::bail!("there is no scenario {other}"),
    }
}

/// S8 has a program of its own.
async fn faults(bench: &Bench) -> anyhow::Result<Section> {
    let text = "`make faults` kills workers, Postgres and Redis at random moments under load and counts what was \
                lost or doubled: see [faults.md](faults.md).";
    Section::begin("s8", "kill -9 at random moments", text, &bench.probe).await
}
