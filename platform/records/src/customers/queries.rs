use super::model::{Customer, CustomerChanges, NewCustomer};
use super::names::Name;
use crate::search::{self, Search};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Bool, Nullable, Text, Timestamptz, Uuid as SqlUuid};
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

/// Newest first; `search` is part of a name, an e-mail address or a phone number.
pub(super) async fn list(
    tx: &mut TenantTx,
    search: Option<&Search>,
    after: Option<(DateTime<Utc>, Uuid)>,
    limit: i64,
) -> QueryResult<Vec<Customer>> {
    let Some(search) = search else {
        return newest(tx, after, limit).await;
    };
    let ids = found(tx, search, after, limit).await?;
    customers::table
        .filter(customers::id.eq_any(ids))
        .order((customers::created_at.desc(), customers::id.desc()))
        .select(Customer::as_select())
        .load(tx.conn())
        .await
}

async fn newest(
    tx: &mut TenantTx,
    after: Option<(DateTime<Utc>, Uuid)>,
    limit: i64,
) -> QueryResult<Vec<Customer>> {
    let mut query = customers::table.select(Customer::as_select()).into_boxed();
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

#[derive(QueryableByName)]
struct Found {
    #[diesel(sql_type = SqlUuid)]
    id: CustomerId,
}

/// A page of what `search` finds: among the newest, and by the index where that is no page.
async fn found(
    tx: &mut TenantTx,
    search: &Search,
    after: Option<(DateTime<Utc>, Uuid)>,
    limit: i64,
) -> QueryResult<Vec<CustomerId>> {
    const NEWEST: &str = "SELECT id FROM (SELECT id, created_at, search_text FROM customers \
            WHERE $3::timestamptz IS NULL OR (created_at, id) < ($3, $4) \
            ORDER BY created_at DESC, id DESC LIMIT $5) AS newest \
        WHERE strpos(search_text, $1) > 0 ORDER BY created_at DESC, id DESC LIMIT $2";
    const INDEXED: &str = "WITH found AS MATERIALIZED (SELECT id, created_at FROM customers \
            WHERE search_grams(search_text) @> search_grams($1) AND strpos(search_text, $1) > 0) \
        SELECT id FROM found WHERE $3::timestamptz IS NULL OR (created_at, id) < ($3, $4) \
        ORDER BY created_at DESC, id DESC LIMIT least($2, $5)";
    let mut ids: Vec<CustomerId> = Vec::new();
    for (sql, is_all) in [(NEWEST, false), (INDEXED, true)] {
        let found: Vec<Found> = diesel::sql_query(sql)
            .bind::<Text, _>(&search.key)
            .bind::<BigInt, _>(limit)
            .bind::<Nullable<Timestamptz>, _>(after.map(|(at, _)| at))
            .bind::<Nullable<SqlUuid>, _>(after.map(|(_, id)| id))
            .bind::<BigInt, _>(if is_all { limit } else { search::NEWEST })
            .load(tx.conn())
            .await?;
        ids = found.into_iter().map(|row| row.id).collect();
        if i64::try_from(ids.len()).unwrap_or(i64::MAX) >= limit {
            break;
        }
    }
    Ok(ids)
}

/// A customer on record with one address or number that was looked for.
#[derive(QueryableByName, Debug)]
pub(super) struct Sharing {
    #[diesel(sql_type = SqlUuid)]
    pub(super) id: CustomerId,
    #[diesel(sql_type = Text)]
    pub(super) full_name: String,
    #[diesel(sql_type = Nullable<Text>)]
    pub(super) first_name: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    pub(super) last_name: Option<String>,
    #[diesel(sql_type = Bool)]
    pub(super) is_business: bool,
    #[diesel(sql_type = Bool)]
    pub(super) has_email: bool,
    #[diesel(sql_type = Text)]
    pub(super) kind: String,
    #[diesel(sql_type = Text)]
    pub(super) value: String,
}

impl Sharing {
    pub(super) fn name(&self) -> Name<'_> {
        Name {
            first: self.first_name.as_deref(),
            last: self.last_name.as_deref(),
            // Somebody without a name is called by their address.
            full: Some(self.full_name.as_str()).filter(|_| self.is_business),
            is_business: self.is_business,
        }
    }
}

/// Who has any of these addresses and numbers: those with the name first, then the oldest.
pub(super) async fn sharing(
    tx: &mut TenantTx,
    emails: &[String],
    phones: &[String],
    name: Option<&str>,
) -> QueryResult<Vec<Sharing>> {
    diesel::sql_query(
        "SELECT c.id, c.full_name, c.first_name, c.last_name, c.is_business, \
                c.email IS NOT NULL AS has_email, k.kind, k.value \
         FROM customer_contacts k JOIN customers c ON c.id = k.customer_id \
         WHERE (k.kind = 'email' AND k.value = ANY($1)) OR (k.kind = 'phone' AND k.value = ANY($2)) \
         ORDER BY (fold_text(c.full_name) = fold_text($3)) DESC NULLS LAST, c.created_at, c.id LIMIT 200",
    )
    .bind::<Array<Text>, _>(emails)
    .bind::<Array<Text>, _>(phones)
    .bind::<Nullable<Text>, _>(name)
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
