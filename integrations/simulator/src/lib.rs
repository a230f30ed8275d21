//! A stand-in for outside systems in development and tests. So far it plays a language model
//! behind an OpenAI-compatible address: deterministic, offline, free, and able to fail on request.
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        reason = "tests may fail loudly"
    )
)]

mod app;
mod chat;
mod compose;
mod facts;
mod fault;
mod pairs;
mod reply;
mod signs;
mod tasks;
mod wording;

#[cfg(test)]
mod tests;

pub use app::{Running, configure, serve, start};
pub use chat::MODEL;
