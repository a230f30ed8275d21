//! The engine over a real Postgres.

mod queue;
mod runs;
mod support;
mod writing;
