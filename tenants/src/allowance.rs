//! What a dealership may send in a day, and where to. The day is UTC's. Who signed up by themselves
//! begins low, until an operator lifts it (`auterity admin set-limits`).

use diesel::QueryableByName;
use diesel::prelude::*;
use diesel::sql_types::{Array, Integer, Nullable, Text};
use diesel_async::RunQueryDsl;
use platform_db::audit::Actor;
use platform_db::schema::control::tenants;
use platform_db::{Database, TenantTx};
use platform_kernel::tenant::TenantContext;
use platform_kernel::{ErrorCode, Result};
use serde::Serialize;
use serde_json::json;
use std::time::Duration;

/// A dealership's limits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Queryable, Selectable, AsChangeset)]
#[diesel(table_name = tenants)]
pub struct Limits {
    /// Segments of texts.
    pub texts_per_day: i32,
    /// Mails to customers and to the dealership's people.
    pub mails_per_day: i32,
    /// Where texts may go, ISO 3166-1 alpha-2.
    pub text_countries: Vec<String>,
}

/// What is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Allowance {
    Texts,
    Mails,
}

impl Allowance {
    fn as_str(self) -> &'static str {
        match self {
            Self::Texts => "texts",
            Self::Mails => "mails",
        }
    }
}

/// A day's allowance is used up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "This dealership may send {most} {} a day, and has. More are free from midnight UTC; the operator of \
     the platform can lift the limit.",
    what.as_str()
)]
pub struct LimitReached {
    pub what: Allowance,
    pub most: i32,
}

/// Takes `amount` in the caller's transaction: what is rolled back was not taken.
///
/// # Errors
/// Only the database's; the inner error is a used-up allowance.
pub async fn take(
    tx: &mut TenantTx,
    what: Allowance,
    amount: i32,
) -> QueryResult<std::result::Result<(), LimitReached>> {
    #[derive(QueryableByName)]
    struct Taken {
        #[diesel(sql_type = Nullable<Integer>)]
        refused: Option<i32>,
    }
    let taken: Taken = diesel::sql_query("SELECT control.take_allowance($1, $2) AS refused")
        .bind::<Text, _>(what.as_str())
        .bind::<Integer, _>(amount.max(1))
        .get_result(tx.conn())
        .await?;
    let Some(most) = taken.refused else {
        return Ok(Ok(()));
    };
    metrics::counter!("auterity_tenants_limit_reached_total", "what" => what.as_str()).increment(1);
    Ok(Err(LimitReached { what, most }))
}

/// Where the transaction's dealership may send texts.
pub async fn text_countries(tx: &mut TenantTx) -> QueryResult<Vec<String>> {
    #[derive(QueryableByName)]
    struct Countries {
        #[diesel(sql_type = Array<Text>)]
        countries: Vec<String>,
    }
    let sql = "SELECT control.text_countries_of_current_tenant() AS countries";
    let found: Countries = diesel::sql_query(sql).get_result(tx.conn()).await?;
    Ok(found.countries)
}

/// A dealership's limits as they are.
pub async fn limits(db: &Database, tenant: &TenantContext) -> Result<Limits> {
    let mut tx = db.control().await?;
    let found = tenants::table
        .find(tenant.id)
        .select(Limits::as_select())
        .first(tx.conn())
        .await?;
    tx.commit().await?;
    Ok(found)
}

/// Gives a dealership other limits, which hold from the next thing that it sends on; they stand in its
/// own audit log.
pub async fn set_limits(
    db: &Database,
    tenant: &TenantContext,
    limits: &Limits,
    by: &Actor,
) -> Result<()> {
    let country = |word: &String| word.len() == 2 && word.bytes().all(|b| b.is_ascii_uppercase());
    if !limits.text_countries.iter().all(country) {
        return Err(ErrorCode::ValidationFailed.detail("countries are two capital letters, as US"));
    }
    let mut tx = db.batch().await?;
    diesel::update(tenants::table.find(tenant.id))
        .set(limits)
        .execute(tx.conn())
        .await?;
    tx.enter(tenant, PATIENCE).await?;
    let data = json!(limits);
    tx.audit(by, "tenant.limits_changed", "tenant", Some(tenant.id), data)
        .await?;
    tx.commit().await
}

const PATIENCE: Duration = Duration::from_secs(10);
