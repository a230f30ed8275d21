//! Sends mail over SMTP (RFC 5321), so that at every failure it is known whether the mail may be
//! on its way.
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
mod mailer;
mod message;
mod session;

#[cfg(test)]
mod tests;

pub use config::{Security, SmtpConfig, SmtpConfigError, Timeouts};
pub use mailer::SmtpMailer;
