//! People and businesses who buy cars and have them serviced.

mod model;
mod person;
mod queries;
pub(crate) mod recognise;
pub(crate) mod routes;
mod same;
mod view;

pub use model::Customer;
pub use person::{Person, Phone, display_phone};
pub use view::CustomerView;

pub(crate) use queries::{digits, find};
