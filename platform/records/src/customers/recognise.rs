//! Which customer on record a person is, or a new one. The caller holds the locks of the
//! person's contacts (`crate::lock`), so that two leads at once make one customer.

use super::model::{Customer, CustomerChanges, NewCustomer};
use super::person::{Person, Phone};
use super::queries;
use super::same::{Fit, Known, fit};
use crate::changes;
use platform_db::TenantTx;
use platform_kernel::id::{CustomerId, ExecutionId};
use platform_kernel::{ErrorCode, Result, clock};
use serde_json::{Value, json};

/// Finds the customer that `person` is, or makes one, and notes what is new about them. `by` is
/// the run that does it.
pub(crate) async fn settle(
    tx: &mut TenantTx,
    person: &Person,
    by: Option<ExecutionId>,
) -> Result<Customer> {
    match who(tx, person).await? {
        Some(id) => update(tx, id, person, by).await,
        None => create(tx, person, by).await,
    }
}

async fn who(tx: &mut TenantTx, person: &Person) -> Result<Option<CustomerId>> {
    let contacts = person.contacts();
    if contacts.is_empty() {
        return Ok(None);
    }
    let of = |wanted: &str| -> Vec<String> {
        let values = contacts.iter().filter(|(kind, _)| *kind == wanted);
        values.map(|(_, value)| value.clone()).collect()
    };
    let candidates = queries::sharing(tx, &of("email"), &of("phone")).await?;
    let fits = candidates.iter().filter_map(|candidate| {
        let known = Known {
            first_name: candidate.first_name.as_deref(),
            last_name: candidate.last_name.as_deref(),
            shares_email: candidate.shares_email,
            shares_phone: candidate.shares_phone,
            has_email: candidate.has_email,
        };
        fit(person, &known).map(|fit| (fit, candidate.id))
    });
    // The oldest of those that fit best.
    let best =
        fits.reduce(|best: (Fit, CustomerId), next| if next.0 < best.0 { next } else { best });
    Ok(best.map(|(_, id)| id))
}

async fn create(tx: &mut TenantTx, person: &Person, by: Option<ExecutionId>) -> Result<Customer> {
    let new = NewCustomer {
        id: CustomerId::new(),
        first_name: person.first_name.as_deref(),
        last_name: person.last_name.as_deref(),
        full_name: person.title(),
        is_business: person.is_business,
        email: person.email.as_ref().map(|e| e.as_str()),
        phone: person.phone(),
        phones: json!(person.phones),
        address: person.address.as_ref(),
    };
    let customer = queries::insert(tx, &new).await?;
    queries::add_contacts(tx, customer.id, &person.contacts()).await?;
    changes::customer(tx, None, &customer, by).await?;
    Ok(customer)
}

/// Adds what `person` says to the customer on record: a name fills a gap and replaces none, while
/// the address and number they gave last become the ones to reach them at.
pub(crate) async fn update(
    tx: &mut TenantTx,
    id: CustomerId,
    person: &Person,
    by: Option<ExecutionId>,
) -> Result<Customer> {
    let known = queries::find(tx, id).await?.ok_or(ErrorCode::NotFound)?;
    let nameless = known.first_name.is_none() && known.last_name.is_none() && !known.is_business;
    let changes = CustomerChanges {
        first_name: person.first_name.as_deref().filter(|_| nameless),
        last_name: person
            .last_name
            .as_deref()
            .filter(|_| known.last_name.is_none()),
        full_name: person.full_name.clone().filter(|_| nameless),
        email: person.email.as_ref().map(|e| e.as_str()),
        phone: person.phone(),
        phones: merged_phones(&known, &person.phones),
        address: person.address.as_ref(),
        updated_at: clock::now(),
    };
    let customer = queries::update(tx, id, &changes).await?;
    queries::add_contacts(tx, id, &person.contacts()).await?;
    changes::customer(tx, Some(known), &customer, by).await?;
    Ok(customer)
}

/// A customer's numbers on record; the oldest give way.
const MOST_PHONES: usize = 20;

fn merged_phones(known: &Customer, new: &[Phone]) -> Option<Value> {
    let mut phones = known.known_phones();
    let before = phones.len();
    for phone in new {
        let same = |p: &Phone| p.raw == phone.raw || (p.e164.is_some() && p.e164 == phone.e164);
        if !phones.iter().any(same) {
            phones.push(phone.clone());
        }
    }
    (phones.len() > before).then(|| {
        let excess = phones.len().saturating_sub(MOST_PHONES);
        json!(phones.split_off(excess))
    })
}
