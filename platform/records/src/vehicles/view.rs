use super::model::Vehicle;
use platform_kernel::id::VehicleId;
use serde::Serialize;
use utoipa::ToSchema;

/// A vehicle.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct VehicleView {
    pub id: VehicleId,
    /// For example `2025 Toyota RAV4 XLE`.
    pub label: String,
    pub year: Option<i32>,
    pub make: Option<String>,
    pub model: Option<String>,
    pub trim: Option<String>,
    pub vin: Option<String>,
    /// Whether the VIN's check digit matches; vehicles built for other markets need none.
    pub vin_valid: Option<bool>,
    pub stock_number: Option<String>,
    /// `new`, `used` or `unknown`.
    pub condition: String,
    /// What the customer wants with it, where it belongs to a lead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interest: Option<String>,
}

impl VehicleView {
    pub(crate) fn new(vehicle: Vehicle, interest: Option<String>) -> Self {
        Self {
            id: vehicle.id,
            label: vehicle.label(),
            year: vehicle.year,
            make: vehicle.make,
            model: vehicle.model,
            trim: vehicle.trim,
            vin: vehicle.vin,
            vin_valid: vehicle.vin_valid,
            stock_number: vehicle.stock_number,
            condition: vehicle.condition,
            interest,
        }
    }
}
