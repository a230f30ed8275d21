//! The day at a glance.

mod days;
mod queries;
pub(crate) mod routes;
mod service;
mod view;

pub use view::{DashboardDay, DashboardScope, DashboardView};
