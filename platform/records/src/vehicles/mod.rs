//! Cars, whether on the lot or on the customer's drive.

mod car;
mod model;
mod queries;
pub(crate) mod settle;
mod stated;
mod view;

pub use car::Car;
pub use model::Vehicle;
pub use stated::Stated;
pub use view::{StatedView, VehicleView};

pub(crate) use car::{Named, condition};
pub(crate) use queries::{LeadVehicle, find, of_leads};
pub(crate) use stated::major_units;
