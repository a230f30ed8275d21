use super::model::Customer;
use super::person::display_phone;
use chrono::{DateTime, Utc};
use platform_kernel::id::CustomerId;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// A customer.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CustomerView {
    pub id: CustomerId,
    /// What to call them on screen.
    pub name: String,
    pub first_name: Option<String>,
    pub last_name: Option<String>,
    pub email: Option<String>,
    /// E.164.
    pub phone: Option<String>,
    /// The same number as people read it.
    pub phone_display: Option<String>,
    /// On one line.
    pub address: Option<String>,
    pub created_at: DateTime<Utc>,
}

impl From<Customer> for CustomerView {
    fn from(customer: Customer) -> Self {
        Self {
            id: customer.id,
            name: customer.full_name,
            first_name: customer.first_name,
            last_name: customer.last_name,
            email: customer.email,
            phone_display: customer.phone.as_deref().map(display_phone),
            phone: customer.phone,
            address: customer.address.as_ref().and_then(one_line),
            created_at: customer.created_at,
        }
    }
}

fn one_line(address: &Value) -> Option<String> {
    let part = |name: &str| address.get(name).and_then(Value::as_str);
    let region = [part("region"), part("postal_code")];
    let region = region.into_iter().flatten().collect::<Vec<_>>().join(" ");
    let parts = [
        part("street"),
        part("apartment"),
        part("city"),
        Some(region.as_str()).filter(|r| !r.is_empty()),
        part("country"),
    ];
    let line = parts.into_iter().flatten().collect::<Vec<_>>().join(", ");
    (!line.is_empty()).then_some(line)
}
