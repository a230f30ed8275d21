//! Asks a language model behind an OpenAI-compatible address (`/v1/chat/completions`).
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

mod config;
mod failure;
mod model;
mod schema;
mod transport;

#[cfg(test)]
mod tests;

pub use config::{OpenAiConfig, OpenAiConfigError};
pub use model::OpenAiModel;
