//! Which customer on record a person is, or a new one. The caller holds the locks of the
//! person's contacts (`crate::lock`), so that two leads at once make one customer.

use super::house::House;
use super::model::{Customer, CustomerChanges, NewCustomer};
use super::names::{Agreement, Name, agreement};
use super::person::{Person, Phone};
use super::queries::{self, Sharing};
use super::same::{Fit, Known, Shared, fit};
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
    house: &House,
    by: Option<ExecutionId>,
) -> Result<Customer> {
    match who(tx, person, &person.contacts(), house).await? {
        Some(id) => update(tx, id, person, by).await,
        None => create(tx, person, by).await,
    }
}

/// The customer with the name of `person`, as far as they have one, whom these addresses and
/// numbers lead to.
pub(crate) async fn who(
    tx: &mut TenantTx,
    person: &Person,
    contacts: &[(&'static str, String)],
    house: &House,
) -> Result<Option<CustomerId>> {
    if contacts.is_empty() {
        return Ok(None);
    }
    let of = |wanted: &str| -> Vec<String> {
        let values = contacts.iter().filter(|(kind, _)| *kind == wanted);
        values.map(|(_, value)| value.clone()).collect()
    };
    let full_name = person.full_name.as_deref();
    let sharing = queries::sharing(tx, &of("email"), &of("phone"), full_name).await?;
    let has_email = contacts.iter().any(|(kind, _)| *kind == "email");
    let fits = candidates(&sharing, house);
    let fits = fits
        .iter()
        .filter_map(|(id, known)| fit(&person.name(), has_email, known).map(|fit| (fit, *id)));
    // The first of those that fit best.
    let best =
        fits.reduce(|best: (Fit, CustomerId), next| if next.0 < best.0 { next } else { best });
    Ok(best.map(|(_, id)| id))
}

/// Everyone who shares something, with how far that tells who they are.
fn candidates<'a>(sharing: &'a [Sharing], house: &House) -> Vec<(CustomerId, Known<'a>)> {
    let mut known: Vec<(CustomerId, Known<'a>)> = Vec::new();
    for row in sharing {
        let index = known.iter().position(|(id, _)| *id == row.id);
        let index = index.unwrap_or_else(|| {
            let one = Known {
                name: row.name(),
                has_email: row.has_email,
                ..Known::default()
            };
            known.push((row.id, one));
            known.len() - 1
        });
        let Some((_, known)) = known.get_mut(index) else {
            continue;
        };
        let strength = match house.owns(&row.kind, &row.value) {
            true => Shared::Common,
            false => Shared::by(people_with(sharing, row)),
        };
        let shared = match row.kind.as_str() {
            "email" => &mut known.email,
            _ => &mut known.phone,
        };
        *shared = (*shared).max(strength);
    }
    known
}

/// How many different people have the address or number of `row`, going by their names.
fn people_with(sharing: &[Sharing], row: &Sharing) -> usize {
    let mut people: Vec<Name<'_>> = Vec::new();
    let bearers = sharing
        .iter()
        .filter(|other| other.kind == row.kind && other.value == row.value);
    for name in bearers.map(Sharing::name) {
        if people
            .iter()
            .all(|other| agreement(other, &name) == Agreement::Differ)
        {
            people.push(name);
        }
    }
    people.len()
}

/// Makes a customer of `person`.
pub(crate) async fn create(
    tx: &mut TenantTx,
    person: &Person,
    by: Option<ExecutionId>,
) -> Result<Customer> {
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
        first_name: person.first_name.as_deref().filter(|_| nameless).map(Some),
        last_name: person
            .last_name
            .as_deref()
            .filter(|_| known.last_name.is_none())
            .map(Some),
        full_name: person.full_name.clone().filter(|_| nameless),
        ..contact_changes(&known, person)
    };
    write(tx, known, person, &changes, by).await
}

/// Writes what `person` says over the customer on record, the name too. Of a name that is given in
/// part, the other part stays.
pub(crate) async fn overwrite(
    tx: &mut TenantTx,
    id: CustomerId,
    person: &Person,
    by: Option<ExecutionId>,
) -> Result<Customer> {
    let known = queries::find(tx, id).await?.ok_or(ErrorCode::NotFound)?;
    let (first, last) = (person.first_name.as_deref(), person.last_name.as_deref());
    let (first_name, last_name, full_name) = if person.named_whole {
        (Some(first), Some(last), person.full_name.clone())
    } else {
        let parts = [
            first.or(known.first_name.as_deref()),
            last.or(known.last_name.as_deref()),
        ];
        let joined = parts.into_iter().flatten().collect::<Vec<_>>().join(" ");
        let given = first.is_some() || last.is_some();
        (first.map(Some), last.map(Some), given.then_some(joined))
    };
    let changes = CustomerChanges {
        first_name,
        last_name,
        full_name,
        ..contact_changes(&known, person)
    };
    write(tx, known, person, &changes, by).await
}

/// What is new but the name.
fn contact_changes<'a>(known: &Customer, person: &'a Person) -> CustomerChanges<'a> {
    CustomerChanges {
        first_name: None,
        last_name: None,
        full_name: None,
        email: person.email.as_ref().map(|e| e.as_str()),
        phone: person.phone(),
        phones: merged_phones(known, &person.phones),
        address: person.address.as_ref(),
        updated_at: clock::now(),
    }
}

async fn write(
    tx: &mut TenantTx,
    known: Customer,
    person: &Person,
    changes: &CustomerChanges<'_>,
    by: Option<ExecutionId>,
) -> Result<Customer> {
    let customer = queries::update(tx, known.id, changes).await?;
    queries::add_contacts(tx, known.id, &person.contacts()).await?;
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
