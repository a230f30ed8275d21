//! Canonical dealership data: customers, vehicles and leads, how leads come in, and the
//! dashboard over them.
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

pub mod changes;
pub mod customers;
pub mod dashboard;
mod find;
pub mod intake;
pub mod leads;
pub mod live;
mod lock;
pub mod members;
pub mod messages;
mod search;
mod text;
pub mod upsert;
pub mod vehicles;

use utoipa_actix_web::service_config::ServiceConfig;

/// The slice's routes.
pub fn configure(config: &mut ServiceConfig) {
    customers::routes::configure(config);
    leads::routes::configure(config);
    dashboard::routes::configure(config);
}
