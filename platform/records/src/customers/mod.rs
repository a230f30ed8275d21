//! People and businesses who buy cars and have them serviced.

pub(crate) mod house;
mod model;
mod names;
mod person;
mod queries;
pub(crate) mod recognise;
pub(crate) mod routes;
mod same;
mod view;

pub use model::Customer;
pub(crate) use person::lock_keys;
pub use person::{Person, Phone, display_phone};
pub use view::CustomerView;

pub(crate) use queries::find;
