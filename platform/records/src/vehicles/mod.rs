//! Cars, whether on the lot or on the customer's drive.

mod car;
mod model;
mod queries;
pub(crate) mod settle;
mod view;

pub use car::{Car, label};
pub use model::Vehicle;
pub use view::VehicleView;

pub(crate) use car::{Identity, is_trade_in};
pub(crate) use queries::{LeadVehicle, find, of_leads};
