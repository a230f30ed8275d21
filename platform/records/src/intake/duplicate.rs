//! When a lead repeats an earlier one.

use super::reading::Reading;
use crate::leads::{Lead, queries};
use crate::vehicles::{self, Identity, is_trade_in};
use chrono::{DateTime, Duration, Utc};
use platform_db::TenantTx;
use platform_kernel::Result;
use platform_kernel::id::{CustomerId, LeadId};

/// How long a lead may be repeated. Listing sites send a lead again for as long as it stays open
/// on their side, which is weeks; somebody who asks again after a month is shopping anew and
/// wants an answer.
const REPEATED_WITHIN: Duration = Duration::days(30);

/// The earlier lead that this one repeats:
///
/// * the same provider's id from the same source for the same person, unless it is about another
///   vehicle (some providers number every lead alike);
/// * the same person and the same vehicle within [`REPEATED_WITHIN`], while the earlier lead is
///   still open. Without any vehicle, the same words.
pub(super) async fn find(
    tx: &mut TenantTx,
    reading: &Reading,
    customer: Option<CustomerId>,
    received_at: DateTime<Utc>,
) -> Result<Option<Lead>> {
    let provider_id = reading.provider_id.as_deref();
    let earlier = match (customer, provider_id) {
        (Some(id), _) => {
            queries::earlier_of_customer(tx, id, provider_id, received_at - REPEATED_WITHIN).await?
        }
        (None, Some(id)) => queries::earlier_of_nobody(tx, id).await?,
        (None, None) => return Ok(None),
    };
    let ids: Vec<LeadId> = earlier.iter().map(|lead| lead.id).collect();
    let wanted_then = vehicles::of_leads(tx, &ids).await?;
    let repeats = |lead: &Lead| {
        let then: Vec<Identity<'_>> = wanted_then
            .iter()
            .filter(|v| v.lead_id == lead.id && !is_trade_in(v.interest.as_deref()))
            .map(|v| v.vehicle.identity())
            .collect();
        is_same_id(reading, lead, &then)
            || (customer.is_some() && is_same_wish(reading, lead, &then, received_at))
    };
    let found = earlier.iter().position(repeats);
    Ok(found.and_then(|index| earlier.into_iter().nth(index)))
}

fn is_same_id(reading: &Reading, lead: &Lead, then: &[Identity<'_>]) -> bool {
    let same_id = reading.provider_id.is_some() && reading.provider_id == lead.provider_id;
    let about_another = !then.is_empty() && has_wanted(reading) && !shares_vehicle(reading, then);
    same_id && reading.source == lead.source && (reading.is_resend || !about_another)
}

fn is_same_wish(
    reading: &Reading,
    lead: &Lead,
    then: &[Identity<'_>],
    received_at: DateTime<Utc>,
) -> bool {
    if lead.status().is_closed() || lead.received_at < received_at - REPEATED_WITHIN {
        return false;
    }
    match (has_wanted(reading), then.is_empty()) {
        (true, false) => shares_vehicle(reading, then),
        (false, true) => reading.comments.is_some() && reading.comments == lead.comments,
        _ => false,
    }
}

fn has_wanted(reading: &Reading) -> bool {
    reading.cars.iter().any(|car| !car.is_trade_in())
}

fn shares_vehicle(reading: &Reading, then: &[Identity<'_>]) -> bool {
    let wanted = reading.cars.iter().filter(|car| !car.is_trade_in());
    wanted
        .map(|car| car.identity())
        .any(|car| then.iter().any(|earlier| earlier.is_same(&car)))
}
