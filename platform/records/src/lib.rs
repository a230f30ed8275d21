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
mod text;
pub mod upsert;
pub mod vehicles;

use platform_kernel::{Error, Result};
use utoipa_actix_web::service_config::ServiceConfig;

/// The slice's routes.
pub fn configure(config: &mut ServiceConfig) {
    customers::routes::configure(config);
    leads::routes::configure(config);
    dashboard::routes::configure(config);
}

/// What a list is searched for: trimmed, `None` when blank.
pub(crate) fn search(q: Option<&str>) -> Result<Option<&str>> {
    let Some(q) = q.map(str::trim).filter(|q| !q.is_empty()) else {
        return Ok(None);
    };
    if q.chars().count() > 200 || q.contains('\0') {
        return Err(Error::from(platform_kernel::ErrorCode::BadRequest).field(
            "/q",
            "invalid",
            "must have at most 200 characters",
        ));
    }
    Ok(Some(q))
}
