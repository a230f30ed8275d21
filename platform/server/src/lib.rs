//! The binary: configuration, the wiring of all parts, and the roles it can play.
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

pub mod app;
pub mod assets;
mod background;
pub mod commands;
pub mod config;
pub mod logging;
mod outbound;
mod parts;
pub mod routes;
mod telemetry;
mod version;
mod wiring;
mod worker;
