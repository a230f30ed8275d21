//! Sends text messages through Twilio's Messages API (2010-04-01).
//!
//! Twilio takes no idempotency key: a request whose answer is lost is looked for among the
//! account's messages, and where it is not found a person has to say.
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
mod sender;

#[cfg(test)]
mod tests;

pub use config::{TwilioConfig, TwilioConfigError};
pub use sender::TwilioSender;
