//! What `trigger` is in a workflow that a lead starts.

use super::reading::Reading;
use crate::customers::{Customer, Person, display_phone};
use crate::leads::{Lead, queries};
use crate::vehicles::{self, LeadVehicle, StatedView, condition, major_units};
use platform_db::TenantTx;
use platform_kernel::id::LeadId;
use platform_kernel::{Error, Result};
use serde_json::{Value, json};

/// Whether a lead is the first one, belongs to an earlier one, or repeats it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Occasion {
    First,
    FollowUp,
    Repeat,
}

pub(super) async fn build(
    tx: &mut TenantTx,
    id: LeadId,
    reading: &Reading,
    customer: Option<&Customer>,
    occasion: Occasion,
) -> Result<Value> {
    let lead = queries::find(tx, id).await?;
    let lead = lead.ok_or_else(|| Error::internal("a lead vanished while it was stored"))?;
    let all = ordered(vehicles::of_leads(tx, &[id]).await?, reading);
    let (offered, wanted): (Vec<_>, Vec<_>) = all.iter().partition(|v| v.is_trade_in());
    let wanted: Vec<Value> = wanted.into_iter().map(vehicle).collect();
    Ok(json!({
        "lead": lead_part(&lead, reading, occasion),
        "customer": customer.map(|customer| customer_part(customer, reading.person.as_ref())),
        "vehicle": wanted.first(),
        "vehicles": wanted,
        "trade_in": offered.first().map(|v| vehicle(v)),
    }))
}

/// Those that this document is about come first, so that an answer names what was asked about.
fn ordered(mut all: Vec<LeadVehicle>, reading: &Reading) -> Vec<LeadVehicle> {
    let place = |vehicle: &LeadVehicle| {
        let named = reading.cars.iter().position(|car| {
            car.is_trade_in() == vehicle.is_trade_in()
                && vehicle.identity().is_same(&car.identity())
        });
        named.unwrap_or(usize::MAX)
    };
    all.sort_by_key(place);
    all
}

fn lead_part(lead: &Lead, reading: &Reading, occasion: Occasion) -> Value {
    json!({
        "id": lead.id,
        "source": reading.source.as_ref().or(lead.source.as_ref()),
        "interest": reading.interest.as_ref().or(lead.interest.as_ref()),
        // What was written this time, where a lead was sent again.
        "comments": reading.comments.as_ref().or(lead.comments.as_ref()),
        "requested_at": reading.requested_at.or(lead.requested_at),
        "received_at": lead.received_at,
        "status": lead.status,
        "is_duplicate": occasion == Occasion::Repeat,
        "is_follow_up": occasion == Occasion::FollowUp,
    })
}

/// The person as they named themselves in this lead: that is who has to be answered, whatever
/// else is on record.
fn customer_part(customer: &Customer, person: Option<&Person>) -> Value {
    let nameless = Person::default();
    let person = person.unwrap_or(&nameless);
    let named = person.full_name.is_some();
    let (first, last, full) = if named {
        (&person.first_name, &person.last_name, person.title())
    } else {
        (
            &customer.first_name,
            &customer.last_name,
            customer.full_name.clone(),
        )
    };
    let email = person
        .email
        .as_ref()
        .map(|e| e.as_str())
        .or(customer.email.as_deref());
    let phone = person.phone().or(customer.phone.as_deref());
    json!({
        "id": customer.id,
        "first_name": first,
        "last_name": last,
        "full_name": full,
        "email": email,
        "phone": phone,
        "phone_display": phone.map(display_phone),
    })
}

/// What the vehicle is, in the customer's words; what the dealership keeps of it (VIN, stock
/// number, condition, price) as it is on record, and the customer's where the record is silent.
fn vehicle(item: &LeadVehicle) -> Value {
    let (v, said) = (&item.vehicle, &item.stated);
    let condition = match v.condition.as_str() {
        "unknown" => condition(said.condition.as_deref()),
        known => known.to_owned(),
    };
    json!({
        "id": v.id,
        "label": item.label(),
        "year": said.year.or(v.year),
        "make": said.make.as_ref().or(v.make.as_ref()),
        "model": said.model.as_ref().or(v.model.as_ref()),
        "trim": said.trim.as_ref().or(v.trim.as_ref()),
        "vin": v.vin,
        "stock_number": v.stock_number.as_ref().or(said.stock_number.as_ref()),
        "condition": condition,
        "interest": item.interest,
        "price": v.price_minor.or(said.price_minor).map(major_units),
        "price_currency": v.price_currency.as_ref().or(said.price_currency.as_ref()),
        "offer": said.offer_minor.map(major_units),
        "exterior_color": said.exterior_color,
        "interior_color": said.interior_color,
        "stated": StatedView::new(said.clone(), item.label()),
    })
}
