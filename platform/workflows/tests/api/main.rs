//! The slice's routes over a real Postgres: what a dealership can do with workflows, and what
//! other systems can do with their hooks. Runs are accepted here; the engine runs them elsewhere.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests may fail loudly"
)]

mod addresses;
mod approvals;
mod bulk_replays;
mod changes;
mod events;
mod executions;
mod hooks;
mod leads;
mod limits;
mod openapi;
mod outside;
mod replays;
mod retention;
mod schedules;
mod search;
mod signatures;
mod support;
mod template_runs;
mod templates;
mod versions;
mod workflows;
