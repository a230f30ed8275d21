use crate::customers::person::Phone;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use platform_db::schema::tenant::customers;
use platform_kernel::id::CustomerId;
use serde_json::Value;

/// A row of `customers`.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = customers, check_for_backend(diesel::pg::Pg))]
pub struct Customer {
    pub id: CustomerId,
    pub first_name: Option<String>,
    pub last_name: Option<String>,
    pub full_name: String,
    pub is_business: bool,
    pub email: Option<String>,
    pub phone: Option<String>,
    pub phones: Value,
    pub address: Option<Value>,
    pub created_at: DateTime<Utc>,
}

impl Customer {
    /// Their numbers as they were given.
    pub(crate) fn known_phones(&self) -> Vec<Phone> {
        serde_json::from_value(self.phones.clone()).unwrap_or_default()
    }
}

#[derive(Insertable)]
#[diesel(table_name = customers)]
pub(super) struct NewCustomer<'a> {
    pub(super) id: CustomerId,
    pub(super) first_name: Option<&'a str>,
    pub(super) last_name: Option<&'a str>,
    pub(super) full_name: String,
    pub(super) is_business: bool,
    pub(super) email: Option<&'a str>,
    pub(super) phone: Option<&'a str>,
    pub(super) phones: Value,
    pub(super) address: Option<&'a Value>,
}

/// What is new about a customer on record; an outer `None` leaves a column
/// as it is.
#[derive(AsChangeset)]
#[diesel(table_name = customers)]
pub(super) struct CustomerChanges<'a> {
    pub(super) first_name: Option<Option<&'a str>>,
    pub(super) last_name: Option<Option<&'a str>>,
    pub(super) full_name: Option<String>,
    pub(super) email: Option<&'a str>,
    pub(super) phone: Option<&'a str>,
    pub(super) phones: Option<Value>,
    pub(super) address: Option<&'a Value>,
    pub(super) updated_at: DateTime<Utc>,
}
