use super::model::Vehicle;
use super::queries::LeadVehicle;
use super::stated::{Stated, major_units};
use platform_kernel::id::VehicleId;
use serde::Serialize;
use utoipa::ToSchema;

/// A vehicle as it is on record.
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
    /// What the dealership asks, in whole units of the currency.
    pub price: Option<f64>,
    /// ISO 4217.
    pub price_currency: Option<String>,
    /// What the customer wants with it, where it belongs to a lead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interest: Option<String>,
    /// What the lead itself says of it, where it belongs to one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stated: Option<StatedView>,
}

/// A vehicle in the words of a lead, whatever the record says.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct StatedView {
    /// What the customer calls it, completed from the record.
    pub label: String,
    pub year: Option<i32>,
    pub make: Option<String>,
    pub model: Option<String>,
    pub trim: Option<String>,
    /// As typed.
    pub vin: Option<String>,
    /// As typed.
    pub stock_number: Option<String>,
    /// As written, for example `certified`.
    pub condition: Option<String>,
    pub body_style: Option<String>,
    pub transmission: Option<String>,
    pub exterior_color: Option<String>,
    pub interior_color: Option<String>,
    pub odometer: Option<String>,
    /// What the customer saw it offered for, in whole units of the currency.
    pub price: Option<f64>,
    /// What the customer offers.
    pub offer: Option<f64>,
    pub price_currency: Option<String>,
}

impl VehicleView {
    pub(crate) fn new(vehicle: Vehicle) -> Self {
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
            price: vehicle.price_minor.map(major_units),
            price_currency: vehicle.price_currency,
            interest: None,
            stated: None,
        }
    }
}

impl From<LeadVehicle> for VehicleView {
    fn from(item: LeadVehicle) -> Self {
        let label = item.label();
        Self {
            interest: item.interest,
            stated: Some(StatedView::new(item.stated, label)),
            ..Self::new(item.vehicle)
        }
    }
}

impl StatedView {
    pub(crate) fn new(stated: Stated, label: String) -> Self {
        Self {
            label,
            year: stated.year,
            make: stated.make,
            model: stated.model,
            trim: stated.trim,
            vin: stated.vin,
            stock_number: stated.stock_number,
            condition: stated.condition,
            body_style: stated.body_style,
            transmission: stated.transmission,
            exterior_color: stated.exterior_color,
            interior_color: stated.interior_color,
            odometer: stated.odometer,
            price: stated.price_minor.map(major_units),
            offer: stated.offer_minor.map(major_units),
            price_currency: stated.price_currency,
        }
    }
}
