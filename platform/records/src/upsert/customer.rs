use super::invalid;
use super::values::Values;
use crate::customers::{CustomerView, Person, recognise};
use crate::lock;
use crate::text::Cleaner;
use platform_db::TenantTx;
use platform_engine::step::{StepContext, StepError};
use platform_kernel::id::CustomerId;
use platform_kernel::ports::{IncomingAddress, IncomingContact, IncomingPhone};
use serde_json::{Value, json};

/// Finds the customer by id, else by e-mail or phone, or makes one.
pub(super) async fn upsert(
    tx: &mut TenantTx,
    context: &StepContext,
    values: &Values<'_>,
) -> Result<Value, StepError> {
    let mut cleaner = Cleaner::default();
    let person = Person::read(&contact(values), &mut cleaner);
    super::tell(context, cleaner);
    if person.is_empty() && values.id::<CustomerId>()?.is_none() {
        return Err(invalid(
            "a customer needs a name, an e-mail address or a phone number",
        ));
    }
    let keys: Vec<String> = person
        .contacts()
        .iter()
        .map(|(kind, value)| format!("{kind} {value}"))
        .collect();
    lock::take(tx, &keys).await?;
    let by = Some(context.execution_id);
    let customer = match values.id::<CustomerId>()? {
        Some(id) => recognise::update(tx, id, &person, by).await?,
        None => recognise::settle(tx, &person, by).await?,
    };
    let view = CustomerView::from(customer);
    Ok(json!({ "id": view.id, "record": view }))
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
        phones: phone
            .into_iter()
            .map(|number| IncomingPhone {
                number,
                ..IncomingPhone::default()
            })
            .collect(),
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
