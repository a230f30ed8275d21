//! A stand-in for outside systems in development and tests: a language model behind an
//! OpenAI-compatible address, and Twilio's Messages API. Deterministic, offline, free, and able to
//! fail on request.
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
mod rules;
mod signs;
mod sms;
mod strict;
mod tasks;
mod wording;

#[cfg(test)]
mod tests;

pub use app::{Running, configure, serve, start};
pub use chat::MODEL;
pub use sms::{ACCOUNT_SID, Text, Texts};
