//! Dealership groups and their dealerships: the registry that resolves them, their schemas, and
//! their life from provisioning to suspension.
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

pub mod allowance;
mod dto;
pub mod fleet;
pub mod lifecycle;
mod model;
pub mod provisioning;
mod registry;
pub mod retention;
pub mod rights;
mod routes;

pub use dto::{AdminTenantView, TenantView};
pub use provisioning::ProvisionTenant;
pub use registry::Registry;
pub use rights::ApplyRights;
pub use routes::configure;
