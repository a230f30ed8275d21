use super::NewMessage;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use platform_db::schema::tenant::{customer_contacts, leads, messages};
use platform_db::{QueryResult, TenantTx};
use platform_kernel::id::{CustomerId, LeadId, MessageId};

/// The customer of a lead; the outer `None` when there is no such lead.
pub(super) async fn customer_of(
    tx: &mut TenantTx,
    lead: LeadId,
) -> QueryResult<Option<Option<CustomerId>>> {
    leads::table
        .find(lead)
        .select(leads::customer_id)
        .first(tx.conn())
        .await
        .optional()
}

/// Whether the address or number is one of the customer's.
pub(super) async fn is_of_customer(
    tx: &mut TenantTx,
    customer: CustomerId,
    kind: &str,
    address: &str,
) -> QueryResult<bool> {
    diesel::select(diesel::dsl::exists(
        customer_contacts::table.find((kind, address, customer)),
    ))
    .get_result(tx.conn())
    .await
}

/// Writes a message down as waiting to be sent. The same effect prepared again has the same row.
pub(super) async fn insert(tx: &mut TenantTx, new: &NewMessage<'_>) -> QueryResult<MessageId> {
    diesel::insert_into(messages::table)
        .values((
            messages::id.eq(MessageId::new()),
            messages::channel.eq(new.channel.as_str()),
            messages::direction.eq("outbound"),
            messages::status.eq("queued"),
            messages::recipient.eq(new.to),
            messages::subject.eq(new.subject),
            messages::body_text.eq(new.text),
            messages::body_html.eq(new.html),
            messages::lead_id.eq(new.link.lead),
            messages::customer_id.eq(new.link.customer),
            messages::execution_id.eq(new.execution),
            messages::effect_key.eq(new.effect_key),
        ))
        .on_conflict(messages::effect_key)
        .do_update()
        .set((
            messages::status.eq("queued"),
            messages::recipient.eq(new.to),
            messages::subject.eq(new.subject),
            messages::body_text.eq(new.text),
            messages::body_html.eq(new.html),
            messages::error.eq(None::<String>),
        ))
        .returning(messages::id)
        .get_result(tx.conn())
        .await
}

/// Notes how the sending ended.
pub(super) async fn settle(
    tx: &mut TenantTx,
    id: MessageId,
    status: &str,
    sent_at: Option<DateTime<Utc>>,
    provider_reference: Option<&str>,
    error: Option<&str>,
) -> QueryResult<usize> {
    diesel::update(messages::table.find(id))
        .set((
            messages::status.eq(status),
            messages::sent_at.eq(sent_at),
            messages::provider_reference.eq(provider_reference),
            messages::error.eq(error),
        ))
        .execute(tx.conn())
        .await
}
