use clap::Parser;
use platform_server::commands::{Cli, run};
use std::process::ExitCode;

/// Runs make and drop many small values; the system's allocator took an eighth of the time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    run(Cli::parse())
}
