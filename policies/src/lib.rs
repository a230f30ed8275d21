//! The four roles and what they may do. `model.conf` and `policy.csv` are the truth; at start
//! they are compiled to a bit set, which is what decides each request.
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

mod enforcer;
mod permission;
mod role;

pub use enforcer::Policy;
pub use permission::{Permission, PermissionMarker, markers};
pub use role::Role;
