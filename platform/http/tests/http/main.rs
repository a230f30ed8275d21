//! What a caller sees of the ground that all routes stand on.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests may fail loudly"
)]

mod health;
mod idempotency;
mod limits;
mod problems;
mod security;
mod sockets;
mod support;
mod visits;
