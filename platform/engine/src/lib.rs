//! The workflow engine: definitions and their validation, expressions, step types, the event log
//! and its fold, leased execution turns, effects, timers, and the job runner. It knows no HTTP.
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

pub mod definition;
pub mod event;
pub mod expression;
pub mod failure;
pub mod fold;
pub mod model;
mod plan;
pub mod registry;
pub mod schema;
pub mod step;
pub mod validate;
