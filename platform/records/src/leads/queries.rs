//! SQL of leads.

use super::model::{Lead, LeadChanges, NewLead};
use super::status::LeadStatus;
use super::timeline::{EventRow, LeadEvent, TimelineKind};
use super::view::{Document, SummaryRow};
use crate::search::{NEWEST, Search};
use crate::vehicles::Stated;
use chrono::{DateTime, Utc};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{BoxedSqlQuery, SqlQuery};
use diesel::sql_types::{BigInt, Jsonb, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use platform_db::schema::tenant::{lead_events, lead_vehicles, leads};
use platform_db::{QueryResult, TenantTx};
use platform_kernel::id::{CustomerId, ExecutionId, LeadId, UserId, VehicleId};
use uuid::Uuid;

/// A lead with its customer's name and the vehicle it is about: the first one wanted.
const SUMMARY: &str = "SELECT l.id, l.status, l.source, l.interest, l.received_at, l.first_response_at, \
       l.assigned_to, l.execution_id, l.review_reason, \
       c.id AS customer_id, c.full_name AS customer_name, \
       v.id AS vehicle_id, v.stated, v.year, v.make, v.model, v.trim, v.stock_number, v.vin \
    FROM leads l LEFT JOIN customers c ON c.id = l.customer_id \
    LEFT JOIN LATERAL (SELECT v.*, lv.stated FROM lead_vehicles lv JOIN vehicles v ON v.id = lv.vehicle_id \
        WHERE lv.lead_id = l.id AND coalesce(lv.interest, '') NOT IN ('trade-in', 'trade in', 'tradein', 'sell') \
        ORDER BY lv.position, v.id LIMIT 1) v ON true ";

/// Which leads to list.
#[derive(Clone, Debug, Default)]
pub struct LeadSearch {
    pub status: Option<String>,
    /// Part of a name, e-mail, phone number, vehicle, stock number or VIN.
    pub(crate) text: Option<Search>,
    /// Only those assigned to this person or to nobody.
    pub own: Option<UserId>,
}

/// The other conditions of a list.
const OTHERS: &str = "($1::text IS NULL OR l.status = $1) \
   AND ($2::timestamptz IS NULL OR (l.received_at, l.id) < ($2, $3)) \
   AND ($4::uuid IS NULL OR l.assigned_to IS NULL OR l.assigned_to = $4)";

/// Newest first.
pub async fn list(
    tx: &mut TenantTx,
    search: &LeadSearch,
    after: Option<(DateTime<Utc>, Uuid)>,
    limit: i64,
) -> QueryResult<Vec<SummaryRow>> {
    let latest = "ORDER BY l.received_at DESC, l.id DESC LIMIT $5";
    let Some(text) = &search.text else {
        let sql = format!("{SUMMARY} WHERE {OTHERS} {latest}");
        return page(&sql, search, after, limit).load(tx.conn()).await;
    };
    let newest = format!(
        "{SUMMARY} WHERE l.id IN (SELECT l.id FROM \
             (SELECT l.* FROM leads l WHERE {OTHERS} ORDER BY l.received_at DESC, l.id DESC LIMIT {NEWEST}) l \
             WHERE {MENTIONS} {latest}) ORDER BY l.received_at DESC, l.id DESC"
    );
    let indexed = format!(
        "WITH {INDEXED}, ids AS MATERIALIZED (SELECT l.id FROM leads l JOIN found f ON f.id = l.id \
             WHERE {OTHERS} {latest}) \
         {SUMMARY} WHERE l.id IN (SELECT id FROM ids) ORDER BY l.received_at DESC, l.id DESC"
    );
    let mut rows: Vec<SummaryRow> = Vec::new();
    for sql in [newest, indexed] {
        let query = page(&sql, search, after, limit);
        rows = query.bind::<Text, _>(&text.key).load(tx.conn()).await?;
        if i64::try_from(rows.len()).unwrap_or(i64::MAX) >= limit {
            break;
        }
    }
    Ok(rows)
}

/// Whether a lead mentions what is looked for, $6.
const MENTIONS: &str = "EXISTS (SELECT FROM customers c WHERE c.id = l.customer_id AND strpos(c.search_text, $6) > 0) \
    OR EXISTS (SELECT FROM lead_vehicles lv JOIN vehicles v ON v.id = lv.vehicle_id WHERE lv.lead_id = l.id \
       AND (strpos(lv.search_text, $6) > 0 OR strpos(v.search_text, $6) > 0))";

/// The leads that mention it, by the indexes of each table.
const INDEXED: &str = "people AS MATERIALIZED (SELECT id FROM customers \
        WHERE search_grams(search_text) @> search_grams($6) AND strpos(search_text, $6) > 0), \
    cars AS MATERIALIZED (SELECT id FROM vehicles \
        WHERE search_grams(search_text) @> search_grams($6) AND strpos(search_text, $6) > 0), \
    found AS MATERIALIZED (SELECT l.id FROM leads l JOIN people p ON p.id = l.customer_id \
        UNION SELECT lv.lead_id FROM lead_vehicles lv JOIN cars ON cars.id = lv.vehicle_id \
        UNION SELECT lead_id FROM lead_vehicles \
           WHERE search_grams(search_text) @> search_grams($6) AND strpos(search_text, $6) > 0)";

/// A statement with the values of [`OTHERS`] and the limit.
fn page<'a>(
    sql: &str,
    search: &'a LeadSearch,
    after: Option<(DateTime<Utc>, Uuid)>,
    limit: i64,
) -> BoxedSqlQuery<'a, Pg, SqlQuery> {
    diesel::sql_query(sql)
        .into_boxed()
        .bind::<Nullable<Text>, _>(search.status.as_deref())
        .bind::<Nullable<Timestamptz>, _>(after.map(|(at, _)| at))
        .bind::<Nullable<SqlUuid>, _>(after.map(|(_, id)| id))
        .bind::<Nullable<SqlUuid>, _>(search.own)
        .bind::<BigInt, _>(limit)
}

/// What leads are found by; what is `None` lets all through.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct LeadMatch<'a> {
    pub(crate) id: Option<Uuid>,
    pub(crate) status: Option<&'a str>,
    pub(crate) email: Option<&'a str>,
    pub(crate) phone: Option<&'a str>,
    pub(crate) vin: Option<&'a str>,
    pub(crate) stock_number: Option<&'a str>,
}

/// Leads that match all of it, newest first.
pub(crate) async fn matching(
    tx: &mut TenantTx,
    by: &LeadMatch<'_>,
    limit: i64,
) -> QueryResult<Vec<SummaryRow>> {
    let sql = format!(
        "{SUMMARY} WHERE ($1::uuid IS NULL OR l.id = $1) AND ($2::text IS NULL OR l.status = $2) \
           AND ($3::text IS NULL OR l.customer_id IN (SELECT k.customer_id FROM customer_contacts k \
                WHERE k.kind = 'email' AND k.value = $3)) \
           AND ($4::text IS NULL OR l.customer_id IN (SELECT k.customer_id FROM customer_contacts k \
                WHERE k.kind = 'phone' AND k.value = $4)) \
           AND ($5::text IS NULL OR l.id IN (SELECT lv.lead_id FROM lead_vehicles lv \
                JOIN vehicles w ON w.id = lv.vehicle_id WHERE w.vin = $5)) \
           AND ($6::text IS NULL OR l.id IN (SELECT lv.lead_id FROM lead_vehicles lv \
                JOIN vehicles w ON w.id = lv.vehicle_id WHERE w.stock_number = $6)) \
         ORDER BY l.received_at DESC, l.id DESC LIMIT $7"
    );
    diesel::sql_query(sql)
        .bind::<Nullable<SqlUuid>, _>(by.id)
        .bind::<Nullable<Text>, _>(by.status)
        .bind::<Nullable<Text>, _>(by.email)
        .bind::<Nullable<Text>, _>(by.phone)
        .bind::<Nullable<Text>, _>(by.vin)
        .bind::<Nullable<Text>, _>(by.stock_number)
        .bind::<BigInt, _>(limit)
        .load(tx.conn())
        .await
}

pub async fn summary(tx: &mut TenantTx, id: LeadId) -> QueryResult<Option<SummaryRow>> {
    diesel::sql_query(format!("{SUMMARY} WHERE l.id = $1"))
        .bind::<SqlUuid, _>(id)
        .get_result(tx.conn())
        .await
        .optional()
}

pub async fn find(tx: &mut TenantTx, id: LeadId) -> QueryResult<Option<Lead>> {
    leads::table
        .find(id)
        .select(Lead::as_select())
        .first(tx.conn())
        .await
        .optional()
}

/// The lead, and nobody else changes it until the transaction ends.
pub(crate) async fn lock(tx: &mut TenantTx, id: LeadId) -> QueryResult<Option<Lead>> {
    leads::table
        .find(id)
        .select(Lead::as_select())
        .for_no_key_update()
        .first(tx.conn())
        .await
        .optional()
}

/// The document a lead came as, and what was odd about it.
pub(super) async fn document(tx: &mut TenantTx, id: LeadId) -> QueryResult<Document> {
    leads::table
        .find(id)
        .select((leads::raw, leads::raw_content_type, leads::warnings))
        .first(tx.conn())
        .await
}

pub(crate) async fn insert(tx: &mut TenantTx, new: &NewLead) -> QueryResult<()> {
    diesel::insert_into(leads::table)
        .values(new)
        .execute(tx.conn())
        .await?;
    Ok(())
}

pub(crate) async fn update(
    tx: &mut TenantTx,
    id: LeadId,
    changes: &LeadChanges,
) -> QueryResult<Lead> {
    diesel::update(leads::table.find(id))
        .set(changes)
        .returning(Lead::as_returning())
        .get_result(tx.conn())
        .await
}

/// Leads that a new one of this customer could repeat: those received since `since` and those
/// with the provider's id, newest first.
pub(crate) async fn earlier_of_customer(
    tx: &mut TenantTx,
    customer: CustomerId,
    provider_id: Option<&str>,
    since: DateTime<Utc>,
) -> QueryResult<Vec<Lead>> {
    let by_id = leads::provider_id.eq(provider_id).assume_not_null();
    leads::table
        .filter(leads::customer_id.eq(customer))
        .filter(leads::received_at.ge(since).or(by_id))
        .order((leads::received_at.desc(), leads::id.desc()))
        .limit(100)
        .select(Lead::as_select())
        .load(tx.conn())
        .await
}

/// The lead of nobody known that came under the provider's id.
pub(crate) async fn earlier_of_nobody(
    tx: &mut TenantTx,
    provider_id: &str,
) -> QueryResult<Vec<Lead>> {
    leads::table
        .filter(leads::provider_id.eq(provider_id))
        .filter(leads::customer_id.is_null())
        .order((leads::received_at.desc(), leads::id.desc()))
        .limit(10)
        .select(Lead::as_select())
        .load(tx.conn())
        .await
}

/// Whether the id that a provider sends was seen for another customer, or for a lead that is
/// closed: then it names no lead, but a form, a campaign or nothing at all.
pub(crate) async fn is_worn_id(
    tx: &mut TenantTx,
    provider_id: &str,
    source: Option<&str>,
    customer: Option<CustomerId>,
) -> QueryResult<bool> {
    let closed = LeadStatus::ALL
        .into_iter()
        .filter(|status| status.is_closed());
    let closed: Vec<&str> = closed.map(LeadStatus::as_str).collect();
    let others = leads::customer_id.is_distinct_from(customer);
    let seen = leads::table
        .filter(leads::provider_id.eq(provider_id))
        .filter(leads::source.is_not_distinct_from(source))
        .filter(others.or(leads::status.eq_any(closed)));
    diesel::select(diesel::dsl::exists(seen))
        .get_result(tx.conn())
        .await
}

/// What a lead's customer wrote after the first time.
pub(crate) async fn later_words(tx: &mut TenantTx, lead: LeadId) -> QueryResult<Vec<String>> {
    let kinds = [
        TimelineKind::Resent.as_str(),
        TimelineKind::Request.as_str(),
    ];
    lead_events::table
        .filter(lead_events::lead_id.eq(lead))
        .filter(lead_events::kind.eq_any(kinds))
        .filter(lead_events::detail.is_not_null())
        .select(lead_events::detail.assume_not_null())
        .load(tx.conn())
        .await
}

pub(crate) async fn count_resend(tx: &mut TenantTx, id: LeadId) -> QueryResult<()> {
    diesel::update(leads::table.find(id))
        .set((
            leads::resend_count.eq(leads::resend_count + 1),
            leads::updated_at.eq(diesel::dsl::now),
        ))
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Adds a vehicle behind those that the lead has, with what the lead says of it; one that it has
/// already stays as it is.
pub(crate) async fn add_vehicle(
    tx: &mut TenantTx,
    lead: LeadId,
    vehicle: VehicleId,
    interest: Option<&str>,
    stated: &Stated,
) -> QueryResult<()> {
    diesel::sql_query(
        "INSERT INTO lead_vehicles (lead_id, vehicle_id, position, interest, stated) \
         SELECT $1, $2, coalesce(max(position) + 1, 0), $3, $4 FROM lead_vehicles WHERE lead_id = $1 \
         ON CONFLICT DO NOTHING",
    )
    .bind::<SqlUuid, _>(lead)
    .bind::<SqlUuid, _>(vehicle)
    .bind::<Nullable<Text>, _>(interest)
    .bind::<Jsonb, _>(stated.to_value())
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Writes what the lead says of a vehicle that it has.
pub(crate) async fn set_stated(
    tx: &mut TenantTx,
    lead: LeadId,
    vehicle: VehicleId,
    stated: &Stated,
) -> QueryResult<()> {
    diesel::update(lead_vehicles::table.find((lead, vehicle)))
        .set(lead_vehicles::stated.eq(stated.to_value()))
        .execute(tx.conn())
        .await?;
    Ok(())
}

pub(super) async fn insert_event(tx: &mut TenantTx, event: &EventRow) -> QueryResult<()> {
    diesel::insert_into(lead_events::table)
        .values(event)
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// What happened to a lead, oldest first.
pub(super) async fn events(tx: &mut TenantTx, lead: LeadId) -> QueryResult<Vec<LeadEvent>> {
    lead_events::table
        .filter(lead_events::lead_id.eq(lead))
        .order((lead_events::created_at, lead_events::id))
        .limit(500)
        .select(LeadEvent::as_select())
        .load(tx.conn())
        .await
}

/// Notes the run that works on a lead.
pub(super) async fn set_execution(
    tx: &mut TenantTx,
    lead: LeadId,
    execution: ExecutionId,
) -> QueryResult<usize> {
    diesel::update(leads::table.find(lead))
        .set((
            leads::execution_id.eq(execution),
            leads::updated_at.eq(diesel::dsl::now),
        ))
        .execute(tx.conn())
        .await
}
