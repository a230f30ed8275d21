//! The messages of a lead as its page shows them. They are written by the messaging slice, which
//! stands to the right of this one.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use platform_db::schema::tenant::messages;
use platform_db::{QueryResult, TenantTx};
use platform_kernel::id::{LeadId, MessageId};
use serde::Serialize;
use utoipa::ToSchema;

/// A message to a customer.
#[derive(Clone, Debug, Serialize, ToSchema, Queryable)]
pub struct MessageView {
    pub id: MessageId,
    /// `email` or `sms`.
    pub channel: String,
    /// `outbound`.
    pub direction: String,
    pub to: String,
    pub subject: String,
    pub text: String,
    pub html: Option<String>,
    /// `queued`, `sent`, `failed` or `unknown`.
    pub status: String,
    pub sent_at: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
}

/// The messages of a lead, oldest first.
pub async fn of_lead(tx: &mut TenantTx, lead: LeadId) -> QueryResult<Vec<MessageView>> {
    messages::table
        .filter(messages::lead_id.eq(lead))
        .order((messages::created_at, messages::id))
        .limit(200)
        .select((
            messages::id,
            messages::channel,
            messages::direction,
            messages::recipient,
            diesel::dsl::sql::<diesel::sql_types::Text>("coalesce(subject, '')"),
            messages::body_text,
            messages::body_html,
            messages::status,
            messages::sent_at,
            messages::created_at,
        ))
        .load(tx.conn())
        .await
}
