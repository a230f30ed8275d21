//! Calls the web addresses that workflows name, and only those that are really on the public
//! internet (OWASP: server-side request forgery).
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

mod address;
mod caller;
mod failure;
mod own;
mod request;
mod resolver;
mod target;

#[cfg(test)]
mod tests;

pub use caller::{GuardedHttp, GuardedHttpError};
pub use target::GuardedHttpConfig;
