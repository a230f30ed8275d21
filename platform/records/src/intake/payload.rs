//! What `trigger` is in a workflow that a lead starts.

use super::reading::Reading;
use crate::customers::{Customer, Person, display_phone};
use crate::leads::{Lead, queries};
use crate::vehicles::{self, LeadVehicle, is_trade_in};
use platform_db::TenantTx;
use platform_kernel::id::LeadId;
use platform_kernel::{Error, Result};
use serde_json::{Value, json};

pub(super) async fn build(
    tx: &mut TenantTx,
    id: LeadId,
    reading: &Reading,
    customer: Option<&Customer>,
    is_duplicate: bool,
) -> Result<Value> {
    let lead = queries::find(tx, id).await?;
    let lead = lead.ok_or_else(|| Error::internal("a lead vanished while it was stored"))?;
    let all = vehicles::of_leads(tx, &[id]).await?;
    let (offered, wanted): (Vec<_>, Vec<_>) =
        all.iter().partition(|v| is_trade_in(v.interest.as_deref()));
    let wanted: Vec<Value> = wanted.into_iter().map(vehicle).collect();
    Ok(json!({
        "lead": lead_part(&lead, reading, is_duplicate),
        "customer": customer.map(|customer| customer_part(customer, reading.person.as_ref())),
        "vehicle": wanted.first(),
        "vehicles": wanted,
        "trade_in": offered.first().map(|v| vehicle(v)),
    }))
}

fn lead_part(lead: &Lead, reading: &Reading, is_duplicate: bool) -> Value {
    json!({
        "id": lead.id,
        "source": lead.source,
        "interest": lead.interest,
        // What was written this time, where a lead was sent again.
        "comments": reading.comments.as_ref().or(lead.comments.as_ref()),
        "requested_at": lead.requested_at,
        "received_at": lead.received_at,
        "status": lead.status,
        "is_duplicate": is_duplicate,
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

fn vehicle(item: &LeadVehicle) -> Value {
    let v = &item.vehicle;
    json!({
        "id": v.id,
        "label": v.label(),
        "year": v.year,
        "make": v.make,
        "model": v.model,
        "trim": v.trim,
        "vin": v.vin,
        "stock_number": v.stock_number,
        "condition": v.condition,
        "interest": item.interest,
        "price": v.price_minor.map(major_units),
        "price_currency": v.price_currency,
    })
}

/// Prices of cars are far below 2^53 cents, so a JSON number holds them exactly enough.
fn major_units(minor: i64) -> f64 {
    minor as f64 / 100.0
}
