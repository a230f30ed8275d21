//! Measures a running Auterity from outside: how long requests take at a constant rate of
//! arrivals, how soon a lead's run begins, how long a dealership takes to be made. Every figure
//! stands beside a floor taken in the same run.

#![allow(
    clippy::indexing_slicing,
    reason = "indexing a JSON value gives null, and the answers are checked"
)]

mod client;
mod load;
mod report;

use clap::Parser;
use client::{Dealership, Server};
use std::time::Duration;

#[derive(Parser)]
#[command(about)]
struct Options {
    /// The server, for example `http://127.0.0.1:8080`.
    #[arg(long, env = "AUTERITY_TEST_APP_URL")]
    app: String,
    /// The mail catcher's REST address, where verification mails are read.
    #[arg(long, env = "AUTERITY_TEST_MAILDEV_URL")]
    mail: String,
    /// Requests a second.
    #[arg(long, default_value_t = 200)]
    rate: u32,
    #[arg(long, default_value_t = 20)]
    seconds: u32,
    /// Leads posted one by one while nothing else happens.
    #[arg(long, default_value_t = 60)]
    leads: u32,
    /// Dealerships signed up for the provisioning time.
    #[arg(long, default_value_t = 20)]
    dealerships: u32,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    let server = Server::new(&options.app, &options.mail)?;
    report::head(&options.app);

    let mut dealerships: Vec<Dealership> = Vec::new();
    let mut provisioning = load::Times::new()?;
    let mut signing_up = load::Times::new()?;
    for number in 0..options.dealerships.max(4) {
        let (dealership, times) = server.sign_up(number).await?;
        provisioning.record(times.verify);
        signing_up.record(times.sign_up);
        dealerships.push(dealership);
    }
    report::line(
        "sign-up answered (one argon2id hash: the floor)",
        &signing_up,
        None,
    );
    report::line(
        "dealership provisioned and signed in",
        &provisioning,
        Some((95.0, 300.0)),
    );

    let total = options.rate * options.seconds;
    let floor = load::run(total, options.rate, |_| server.ping()).await?;
    report::line(
        "floor: GET /health/live at the same rate",
        &floor.times,
        None,
    );
    let dealerships = &dealerships;
    let mixed = load::run(total, options.rate, |n| {
        let index = n as usize % dealerships.len().min(8);
        server.mixed_request(dealerships.get(index), n)
    })
    .await?;
    report::line("API, mixed, all requests", &mixed.times, Some((99.0, 50.0)));
    report::errors(mixed.errors, total);

    let busy = dealerships
        .first()
        .ok_or_else(|| anyhow::anyhow!("no dealership"))?;
    let hook = server.publish_lead_workflow(busy).await?;
    let mut accepted = load::Times::new()?;
    let mut started = load::Times::new()?;
    for number in 0..options.leads {
        let run = server.post_lead(busy, &hook, number).await?;
        accepted.record(run.accepted);
        started.record(run.first_step);
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    report::line("lead posted → 202 (stored, run accepted)", &accepted, None);
    report::line(
        "run accepted → first step running",
        &started,
        Some((99.0, 50.0)),
    );
    Ok(())
}
