//! One binary, one subcommand for each role.

mod admin;
mod given_up;
mod migrate;
mod openapi;
mod run;
mod simulator;

pub(crate) use migrate::{migrate_all, owner};

use crate::app::Roles;
use crate::config::{Config, Reader};
use crate::logging::LogStream;
use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// AI-powered workflow automation for automotive dealerships.
#[derive(Parser)]
#[command(name = "auterity", version, about)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the REST API, the WebSocket and the web app's files.
    Serve,
    /// Run workflow executions, timers and background jobs.
    Work,
    /// Provision dealerships, apply their rights, remove what is past its retention: what needs the
    /// database owner's login.
    Tend,
    /// Migrate the control schema, then every dealership's.
    Migrate(migrate::Options),
    /// Operate the platform.
    #[command(subcommand)]
    Admin(admin::Command),
    /// Migrate, serve, work and tend in one process, for one machine.
    Up,
    /// Stand in for a language model: an OpenAI-compatible endpoint with deterministic answers.
    Simulator(simulator::Options),
    /// Print the OpenAPI document.
    Openapi,
}

/// Runs the command and gives the process's exit code; mistakes are printed to standard error.
pub fn run(cli: Cli) -> ExitCode {
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => return failed(&error.into()),
    };
    match runtime.block_on(execute(cli.command)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => failed(&error),
    }
}

async fn execute(command: Command) -> anyhow::Result<()> {
    match command {
        Command::Simulator(options) => simulator::run(options).await,
        Command::Openapi => openapi::run(),
        Command::Serve => run::run(config(LogStream::Stdout)?, Roles::SERVE).await,
        Command::Work => run::run(config(LogStream::Stdout)?, Roles::WORK).await,
        Command::Tend => run::run(config(LogStream::Stdout)?, Roles::TEND).await,
        Command::Up => run::run(config(LogStream::Stdout)?, Roles::UP).await,
        Command::Migrate(options) => migrate::run(&config(LogStream::Stderr)?, options).await,
        Command::Admin(command) => admin::run(&config(LogStream::Stderr)?, command).await,
    }
}

fn config(log: LogStream) -> anyhow::Result<Config> {
    let config = Config::read(Reader::from_env())?;
    crate::logging::start(config.log, &config.log_filter, log);
    Ok(config)
}

#[expect(
    clippy::print_stderr,
    reason = "a command line tells its mistakes there"
)]
fn failed(error: &anyhow::Error) -> ExitCode {
    eprintln!("auterity: {error:#}");
    ExitCode::FAILURE
}

/// Prints a command's result.
#[expect(
    clippy::print_stdout,
    reason = "what a command answers goes to standard output"
)]
pub(crate) fn print(text: &str) {
    println!("{text}");
}
