use super::model::{Customer, CustomerChanges, NewCustomer};
use crate::text::containing;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, Bool, Nullable, Text, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use platform_db::schema::tenant::{customer_contacts, customers};
use platform_db::{QueryResult, TenantTx};
use platform_kernel::id::CustomerId;
use uuid::Uuid;

pub(crate) async fn find(tx: &mut TenantTx, id: CustomerId) -> QueryResult<Option<Customer>> {
    customers::table
        .find(id)
        .select(Customer::as_select())
        .first(tx.conn())
        .await
        .optional()
}

/// Newest first. `search` matches name, e-mail and the digits of a phone number.
pub(super) async fn list(
    tx: &mut TenantTx,
    search: Option<&str>,
    after: Option<(DateTime<Utc>, Uuid)>,
    limit: i64,
) -> QueryResult<Vec<Customer>> {
    let mut query = customers::table.select(Customer::as_select()).into_boxed();
    if let Some(search) = search {
        let pattern = containing(search);
        let named = customers::full_name
            .ilike(pattern.clone())
            .or(customers::email.ilike(pattern).assume_not_null());
        query = match digits(search) {
            Some(digits) => {
                query.filter(named.or(customers::phone.like(containing(&digits)).assume_not_null()))
            }
            None => query.filter(named),
        };
    }
    if let Some((at, id)) = after {
        query = query.filter(
            customers::created_at
                .lt(at)
                .or(customers::created_at.eq(at).and(customers::id.lt(id))),
        );
    }
    query
        .order((customers::created_at.desc(), customers::id.desc()))
        .limit(limit)
        .load(tx.conn())
        .await
}

/// The digits of a search that could be part of a phone number.
pub(crate) fn digits(search: &str) -> Option<String> {
    let phone_like = |c: char| c.is_ascii_digit() || " ()-.+/".contains(c);
    let digits: String = search.chars().filter(char::is_ascii_digit).collect();
    (digits.len() >= 3 && search.chars().all(phone_like)).then_some(digits)
}

/// Somebody on record who shares an address or a number.
#[derive(QueryableByName, Debug)]
pub(super) struct Candidate {
    #[diesel(sql_type = SqlUuid)]
    pub(super) id: CustomerId,
    #[diesel(sql_type = Nullable<Text>)]
    pub(super) first_name: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    pub(super) last_name: Option<String>,
    #[diesel(sql_type = Bool)]
    pub(super) has_email: bool,
    #[diesel(sql_type = Bool)]
    pub(super) shares_email: bool,
    #[diesel(sql_type = Bool)]
    pub(super) shares_phone: bool,
}

/// Everyone who shares one of these, oldest first.
pub(super) async fn sharing(
    tx: &mut TenantTx,
    emails: &[String],
    phones: &[String],
) -> QueryResult<Vec<Candidate>> {
    diesel::sql_query(
        "SELECT c.id, c.first_name, c.last_name, c.email IS NOT NULL AS has_email, \
                bool_or(k.kind = 'email') AS shares_email, bool_or(k.kind = 'phone') AS shares_phone \
         FROM customer_contacts k JOIN customers c ON c.id = k.customer_id \
         WHERE (k.kind = 'email' AND k.value = ANY($1)) OR (k.kind = 'phone' AND k.value = ANY($2)) \
         GROUP BY c.id ORDER BY c.created_at, c.id LIMIT 100",
    )
    .bind::<Array<Text>, _>(emails)
    .bind::<Array<Text>, _>(phones)
    .load(tx.conn())
    .await
}

pub(super) async fn insert(tx: &mut TenantTx, new: &NewCustomer<'_>) -> QueryResult<Customer> {
    diesel::insert_into(customers::table)
        .values(new)
        .returning(Customer::as_returning())
        .get_result(tx.conn())
        .await
}

pub(super) async fn update(
    tx: &mut TenantTx,
    id: CustomerId,
    changes: &CustomerChanges<'_>,
) -> QueryResult<Customer> {
    diesel::update(customers::table.find(id))
        .set(changes)
        .returning(Customer::as_returning())
        .get_result(tx.conn())
        .await
}

/// Remembers what a customer is recognised by.
pub(super) async fn add_contacts(
    tx: &mut TenantTx,
    id: CustomerId,
    contacts: &[(&'static str, String)],
) -> QueryResult<()> {
    let rows: Vec<_> = contacts
        .iter()
        .map(|(kind, value)| {
            (
                customer_contacts::kind.eq(kind),
                customer_contacts::value.eq(value),
                customer_contacts::customer_id.eq(id),
            )
        })
        .collect();
    diesel::insert_into(customer_contacts::table)
        .values(rows)
        .on_conflict_do_nothing()
        .execute(tx.conn())
        .await?;
    Ok(())
}
