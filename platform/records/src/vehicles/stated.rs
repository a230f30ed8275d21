//! A vehicle in the words of the lead that names it. It stays with the lead whatever the record
//! says: the price that was seen, the offer, the colour wished for are the customer's; what the
//! dealership keeps is the record's.

use super::car::{Identity, Named};
use super::model::Vehicle;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What a lead says of a vehicle; `lead_vehicles.stated`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Stated {
    /// What to call it by these words alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub year: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub make: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trim: Option<String>,
    /// As typed, be it a VIN or not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vin: Option<String>,
    /// As typed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stock_number: Option<String>,
    /// As written, for example `certified`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub condition: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body_style: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transmission: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exterior_color: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interior_color: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub odometer: Option<String>,
    /// What the customer saw it offered for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub price_minor: Option<i64>,
    /// What the customer offers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offer_minor: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub price_currency: Option<String>,
}

impl Stated {
    /// From a row; what cannot be read says nothing.
    pub(crate) fn from_value(value: &Value) -> Self {
        Self::deserialize(value).unwrap_or_default()
    }

    pub(crate) fn to_value(&self) -> Value {
        serde_json::to_value(self)
            .unwrap_or_else(|_unwritable| Value::Object(serde_json::Map::new()))
    }

    /// Its label by these words alone; none where they name no vehicle.
    pub(crate) fn with_label(mut self) -> Self {
        let named = self.make.is_some() || self.model.is_some();
        self.label = named.then(|| {
            let named = Named {
                year: self.year,
                make: self.make.as_deref(),
                model: self.model.as_deref(),
                trim: self.trim.as_deref(),
                ..Named::default()
            };
            named.label()
        });
        self
    }

    /// Adds what `later` says and this does not; whether that was anything.
    pub(crate) fn fill(&mut self, later: &Self) -> bool {
        let before = self.clone();
        let fill = |own: &mut Option<String>, other: &Option<String>| {
            if own.is_none() {
                own.clone_from(other);
            }
        };
        self.year = self.year.or(later.year);
        self.price_minor = self.price_minor.or(later.price_minor);
        self.offer_minor = self.offer_minor.or(later.offer_minor);
        fill(&mut self.make, &later.make);
        fill(&mut self.model, &later.model);
        fill(&mut self.trim, &later.trim);
        fill(&mut self.vin, &later.vin);
        fill(&mut self.stock_number, &later.stock_number);
        fill(&mut self.condition, &later.condition);
        fill(&mut self.body_style, &later.body_style);
        fill(&mut self.transmission, &later.transmission);
        fill(&mut self.exterior_color, &later.exterior_color);
        fill(&mut self.interior_color, &later.interior_color);
        fill(&mut self.odometer, &later.odometer);
        fill(&mut self.price_currency, &later.price_currency);
        *self = std::mem::take(self).with_label();
        *self != before
    }

    /// What to call the vehicle: by the lead's words, with the record's where the lead is silent.
    pub(crate) fn label_with(&self, record: &Named<'_>) -> String {
        if self.label.is_none() {
            return record.label();
        }
        let named = Named {
            year: self.year.or(record.year),
            make: self.make.as_deref().or(record.make),
            model: self.model.as_deref().or(record.model),
            trim: self.trim.as_deref().or(record.trim),
            ..Named::default()
        };
        named.label()
    }

    /// What tells the vehicle from others: the lead's words, and the record's where it is silent.
    pub(crate) fn identity_with<'a>(&'a self, record: &'a Vehicle) -> Identity<'a> {
        let known = record.identity();
        Identity {
            year: self.year.or(known.year),
            make: self.make.as_deref().or(known.make),
            model: self.model.as_deref().or(known.model),
            trim: self.trim.as_deref().or(known.trim),
            ..known
        }
    }
}

/// Prices of cars are far below 2^53 cents, so a JSON number holds them exactly enough.
pub(crate) fn major_units(minor: i64) -> f64 {
    minor as f64 / 100.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_later_fills_gaps_and_replaces_nothing() {
        let mut stated = Stated {
            make: Some("Toyota".to_owned()),
            model: Some("RAV4".to_owned()),
            price_minor: Some(3_499_500),
            ..Stated::default()
        }
        .with_label();
        let later = Stated {
            year: Some(2026),
            model: Some("Rav 4".to_owned()),
            trim: Some("LE".to_owned()),
            price_minor: Some(1),
            ..Stated::default()
        };
        assert!(stated.fill(&later));
        assert_eq!(stated.label.as_deref(), Some("2026 Toyota RAV4 LE"));
        assert_eq!(stated.price_minor, Some(3_499_500));
        assert!(!stated.fill(&later));
    }

    #[test]
    fn a_row_that_cannot_be_read_says_nothing() {
        for odd in [
            serde_json::json!([]),
            serde_json::json!({"year": "x"}),
            Value::Null,
        ] {
            assert_eq!(Stated::from_value(&odd), Stated::default());
        }
    }
}
