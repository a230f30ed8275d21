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

mod answer;
mod capabilities;
mod config;
mod exchange;
mod failure;
mod lessons;
mod lifetime;
mod model;
mod request;
mod schema;

#[cfg(test)]
mod tests;

pub use config::{OpenAiConfig, OpenAiConfigError};
pub use lifetime::{ModelEnd, model_end};
pub use model::OpenAiModel;
