//! Who people are: sign-up, sign-in, tokens, members, invitations, and what each may do.
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

mod accounts;
pub mod admin;
mod audit;
mod authenticator;
mod bounds;
mod config;
mod device;
mod fields;
mod identity;
mod invitations;
mod jobs;
mod keys;
mod login;
mod mail;
mod me;
mod members;
pub mod metrics;
mod network;
mod password;
mod recovery;
mod sessions;
mod signup;
mod throttle;
mod tidy;
mod token;
mod transaction;

#[cfg(test)]
mod tests;

pub use config::{IdentityConfig, PasswordConfig, SignupBounds};
pub use identity::Identity;
pub use me::ConnectionView;

use utoipa_actix_web::service_config::ServiceConfig;

/// All routes of this slice.
pub fn configure(config: &mut ServiceConfig<'_>) {
    signup::routes::configure(config);
    login::routes::configure(config);
    sessions::routes::configure(config);
    recovery::routes::configure(config);
    keys::routes::configure(config);
    me::configure(config);
    members::routes::configure(config);
    invitations::routes::configure(config);
    audit::configure(config);
}
