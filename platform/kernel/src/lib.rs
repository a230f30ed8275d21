//! What every part of the house shares: ids, clock, errors, values that people type,
//! secrets, pages, and the ports through which outside systems are reached.
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

pub mod clock;
pub mod compute;
pub mod error;
pub mod error_code;
pub mod id;
pub mod number;
pub mod page;
pub mod ports;
pub mod retry_after;
pub mod secret;
pub mod task;
pub mod tenant;
pub mod text;
pub mod trace;
pub mod word;

pub use error::{Error, FieldError, Result};
pub use error_code::ErrorCode;
