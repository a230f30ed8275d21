//! The engine over a real Postgres.

mod admission;
mod backlog;
mod depth;
mod fairness;
mod intake;
mod queue;
mod redis;
mod runs;
mod seats;
mod support;
mod waits;
mod writing;
