//! What tests need and the product must not have. A development dependency only.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "tests may fail loudly and read their own environment"
)]

mod database;

pub use database::{APP_ROLE, TestDatabase};
