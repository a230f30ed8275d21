use super::car::{Identity, Named};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use platform_db::schema::tenant::vehicles;
use platform_kernel::id::VehicleId;

/// A row of `vehicles`.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = vehicles, check_for_backend(diesel::pg::Pg))]
pub struct Vehicle {
    pub id: VehicleId,
    pub vin: Option<String>,
    pub vin_valid: Option<bool>,
    pub stock_number: Option<String>,
    pub condition: String,
    pub year: Option<i32>,
    pub make: Option<String>,
    pub model: Option<String>,
    pub trim: Option<String>,
    pub odometer: Option<String>,
    pub price_minor: Option<i64>,
    pub price_currency: Option<String>,
}

impl Vehicle {
    pub(crate) fn identity(&self) -> Identity<'_> {
        Identity {
            vin: self.vin.as_deref(),
            stock_number: self.stock_number.as_deref(),
            year: self.year,
            make: self.make.as_deref(),
            model: self.model.as_deref(),
            trim: self.trim.as_deref(),
            condition: Some(self.condition.as_str()),
        }
    }

    pub(crate) fn named(&self) -> Named<'_> {
        Named {
            year: self.year,
            make: self.make.as_deref(),
            model: self.model.as_deref(),
            trim: self.trim.as_deref(),
            stock_number: self.stock_number.as_deref(),
            vin: self.vin.as_deref(),
        }
    }

    pub fn label(&self) -> String {
        self.named().label()
    }
}

/// A vehicle's columns to write; `None` leaves one as it is.
#[derive(Default, Insertable, AsChangeset)]
#[diesel(table_name = vehicles)]
pub(super) struct VehicleValues<'a> {
    pub(super) vin: Option<&'a str>,
    pub(super) vin_valid: Option<bool>,
    pub(super) stock_number: Option<&'a str>,
    pub(super) condition: Option<&'a str>,
    pub(super) year: Option<i32>,
    pub(super) make: Option<&'a str>,
    pub(super) model: Option<&'a str>,
    pub(super) trim: Option<&'a str>,
    pub(super) body_style: Option<&'a str>,
    pub(super) transmission: Option<&'a str>,
    pub(super) exterior_color: Option<&'a str>,
    pub(super) interior_color: Option<&'a str>,
    pub(super) odometer: Option<&'a str>,
    pub(super) price_minor: Option<i64>,
    pub(super) price_currency: Option<&'a str>,
    pub(super) updated_at: DateTime<Utc>,
}

impl VehicleValues<'_> {
    /// Whether there is nothing to write of what a vehicle is.
    pub(super) fn is_empty(&self) -> bool {
        let texts = [self.vin, self.make, self.model, self.trim];
        self.year.is_none() && texts.iter().all(Option::is_none)
    }
}
