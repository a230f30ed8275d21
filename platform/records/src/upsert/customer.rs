use super::invalid;
use super::values::Values;
use crate::customers::house::House;
use crate::customers::{CustomerView, Person, lock_keys, recognise};
use crate::lock;
use crate::text::Cleaner;
use platform_db::TenantTx;
use platform_engine::step::{StepContext, StepError};
use platform_kernel::id::CustomerId;
use platform_kernel::ports::{IncomingAddress, IncomingContact, IncomingPhone};
use serde_json::{Value, json};

/// Finds the customer by id, by what `match` says, else by the values' own e-mail or phone, or
/// makes one. Who is found by id is renamed; by an address or a number, which others may share,
/// nobody with another name is found.
pub(super) async fn upsert(
    tx: &mut TenantTx,
    context: &StepContext,
    values: &Values<'_>,
) -> Result<Value, StepError> {
    let mut cleaner = Cleaner::of(tx.tenant());
    let person = Person::read(&contact(values), &mut cleaner);
    let wanted = matched(values, &mut cleaner);
    super::tell(context, cleaner);
    let id = values.id::<CustomerId>()?;
    if person.is_empty() && wanted.is_empty() && id.is_none() {
        return Err(invalid(
            "a customer needs a name, an e-mail address or a phone number",
        ));
    }
    let contacts = person.contacts();
    lock::take(tx, &[lock_keys(&contacts), lock_keys(&wanted)].concat()).await?;
    let by = Some(context.execution_id);
    let customer = match id {
        Some(id) => recognise::overwrite(tx, id, &person, by).await?,
        None => {
            let house = House::load(tx).await?;
            let by_match = recognise::who(tx, &person, &wanted, &house).await?;
            let found = match by_match {
                Some(id) => Some(id),
                None => recognise::who(tx, &person, &contacts, &house).await?,
            };
            match found {
                Some(id) => recognise::update(tx, id, &person, by).await?,
                None => recognise::create(tx, &person, by).await?,
            }
        }
    };
    let view = CustomerView::from(customer);
    Ok(json!({ "id": view.id, "record": view }))
}

/// The addresses and numbers that `match` names.
fn matched(values: &Values<'_>, cleaner: &mut Cleaner) -> Vec<(&'static str, String)> {
    let contact = IncomingContact {
        email: values.matching("email"),
        phones: phones(values.matching("phone")),
        ..IncomingContact::default()
    };
    Person::read(&contact, cleaner).contacts()
}

fn phones(number: Option<String>) -> Vec<IncomingPhone> {
    let phone = number.map(|number| IncomingPhone {
        number,
        ..IncomingPhone::default()
    });
    phone.into_iter().collect()
}

fn contact(values: &Values<'_>) -> IncomingContact {
    let phone = values.text("phone").or_else(|| values.matching("phone"));
    let address = values.get("address");
    let line = |name: &str| address?.get(name)?.as_str().map(str::to_owned);
    let street = address.and_then(Value::as_str).map(str::to_owned);
    IncomingContact {
        first_name: values.text("first_name"),
        last_name: values.text("last_name"),
        full_name: values.text("full_name").or_else(|| values.text("name")),
        is_business: values
            .get("is_business")
            .and_then(Value::as_bool)
            .unwrap_or(false),
        email: values.text("email").or_else(|| values.matching("email")),
        phones: phones(phone),
        address: address.map(|_| IncomingAddress {
            street: street.or_else(|| line("street")).into_iter().collect(),
            apartment: line("apartment"),
            city: line("city"),
            region: line("region"),
            postal_code: line("postal_code"),
            country: line("country"),
        }),
        ..IncomingContact::default()
    }
}
