//! The engine over a real Postgres.

mod admission;
mod backlog;
mod fairness;
mod queue;
mod redis;
mod runs;
mod support;
mod writing;
