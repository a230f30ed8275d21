//! When a lead repeats an earlier one, and what is new in it then.

use super::reading::Reading;
use crate::leads::{Lead, queries};
use crate::text::gist;
use crate::vehicles::{self, Car, LeadVehicle};
use chrono::{DateTime, Duration, Utc};
use platform_db::TenantTx;
use platform_kernel::Result;
use platform_kernel::id::{CustomerId, LeadId};

/// How long a lead may be repeated. Listing sites send a lead again for as long as it stays open
/// on their side, which is weeks; somebody who asks again after a month is shopping anew and
/// wants an answer.
const REPEATED_WITHIN: Duration = Duration::days(30);

/// An earlier lead that this one repeats.
#[derive(Debug)]
pub(super) struct Repeated {
    pub(super) lead: Lead,
    /// Its vehicles, in their order.
    pub(super) vehicles: Vec<LeadVehicle>,
    /// Whether the customer says something that they did not say before.
    pub(super) has_news: bool,
}

/// The earlier lead that this one repeats:
///
/// * the same provider's id from the same source for the same person, unless it is about another
///   vehicle, or the id tells no leads apart ([`queries::is_worn_id`]);
/// * the same person and the same vehicle within [`REPEATED_WITHIN`], while the earlier lead is
///   still open. Without any vehicle, the same words.
pub(super) async fn find(
    tx: &mut TenantTx,
    reading: &Reading,
    customer: Option<CustomerId>,
    received_at: DateTime<Utc>,
) -> Result<Option<Repeated>> {
    let provider_id = match &reading.provider_id {
        Some(id) if queries::is_worn_id(tx, id, reading.source.as_deref(), customer).await? => None,
        id => id.as_deref(),
    };
    let earlier = match (customer, provider_id) {
        (Some(id), _) => {
            queries::earlier_of_customer(tx, id, provider_id, received_at - REPEATED_WITHIN).await?
        }
        (None, Some(id)) => queries::earlier_of_nobody(tx, id).await?,
        (None, None) => return Ok(None),
    };
    let ids: Vec<LeadId> = earlier.iter().map(|lead| lead.id).collect();
    let vehicles = vehicles::of_leads(tx, &ids).await?;
    let repeats = |lead: &Lead| {
        let wanted = || wanted(&vehicles, lead.id);
        is_same_id(provider_id, reading, lead, wanted())
            || (customer.is_some() && is_same_wish(reading, lead, wanted(), received_at))
    };
    let Some(lead) = earlier.into_iter().find(repeats) else {
        return Ok(None);
    };
    let vehicles: Vec<LeadVehicle> = vehicles
        .into_iter()
        .filter(|vehicle| vehicle.lead_id == lead.id)
        .collect();
    let has_news = has_news(tx, reading, &lead, &vehicles).await?;
    Ok(Some(Repeated {
        lead,
        vehicles,
        has_news,
    }))
}

fn wanted(vehicles: &[LeadVehicle], lead: LeadId) -> Vec<&LeadVehicle> {
    let of_lead = vehicles.iter().filter(|vehicle| vehicle.lead_id == lead);
    of_lead.filter(|vehicle| !vehicle.is_trade_in()).collect()
}

fn is_same_id(
    provider_id: Option<&str>,
    reading: &Reading,
    lead: &Lead,
    then: Vec<&LeadVehicle>,
) -> bool {
    let same_id = provider_id.is_some() && provider_id == lead.provider_id.as_deref();
    let about_another = !then.is_empty() && has_wanted(reading) && !shares_vehicle(reading, &then);
    same_id && reading.source == lead.source && (reading.is_resend || !about_another)
}

fn is_same_wish(
    reading: &Reading,
    lead: &Lead,
    then: Vec<&LeadVehicle>,
    received_at: DateTime<Utc>,
) -> bool {
    if lead.status.is_closed() || lead.received_at < received_at - REPEATED_WITHIN {
        return false;
    }
    match (has_wanted(reading), then.is_empty()) {
        (true, false) => shares_vehicle(reading, &then),
        (false, true) => match (&reading.comments, &lead.comments) {
            (Some(now), Some(then)) => gist(now) == gist(then),
            _ => false,
        },
        _ => false,
    }
}

fn has_wanted(reading: &Reading) -> bool {
    reading.cars.iter().any(|car| !car.is_trade_in())
}

fn shares_vehicle(reading: &Reading, then: &[&LeadVehicle]) -> bool {
    let wanted = reading.cars.iter().filter(|car| !car.is_trade_in());
    wanted
        .map(Car::identity)
        .any(|car| then.iter().any(|earlier| earlier.identity().is_same(&car)))
}

/// The vehicle of the earlier lead that a car is.
pub(super) fn mentioned<'a>(vehicles: &'a [LeadVehicle], car: &Car) -> Option<&'a LeadVehicle> {
    vehicles.iter().find(|vehicle| {
        vehicle.is_trade_in() == car.is_trade_in() && vehicle.identity().is_same(&car.identity())
    })
}

/// New are words that were not written before, a vehicle that was not named, and another offer.
async fn has_news(
    tx: &mut TenantTx,
    reading: &Reading,
    lead: &Lead,
    vehicles: &[LeadVehicle],
) -> Result<bool> {
    let new_car = |car: &Car| match mentioned(vehicles, car) {
        // The provider says itself that it is the same lead.
        None => !reading.is_resend,
        Some(known) => {
            let offer = car.stated.offer_minor;
            offer.is_some() && offer != known.stated.offer_minor
        }
    };
    if reading.cars.iter().any(new_car) {
        return Ok(true);
    }
    let Some(words) = reading.comments.as_deref().map(gist) else {
        return Ok(false);
    };
    let mut before = queries::later_words(tx, lead.id).await?;
    before.extend(lead.comments.clone());
    Ok(!words.is_empty() && before.iter().all(|earlier| gist(earlier) != words))
}
