use super::status::LeadStatus;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use platform_db::schema::tenant::leads;
use platform_kernel::id::{CustomerId, ExecutionId, LeadId, UserId};
use serde_json::Value;

/// A row of `leads`, without the document it came as.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = leads, check_for_backend(diesel::pg::Pg))]
pub struct Lead {
    pub id: LeadId,
    pub status: LeadStatus,
    pub source: Option<String>,
    pub provider_id: Option<String>,
    pub customer_id: Option<CustomerId>,
    pub interest: Option<String>,
    pub comments: Option<String>,
    pub requested_at: Option<DateTime<Utc>>,
    pub received_at: DateTime<Utc>,
    pub first_response_at: Option<DateTime<Utc>>,
    pub assigned_to: Option<UserId>,
    pub execution_id: Option<ExecutionId>,
    pub review_reason: Option<String>,
    pub ai: Option<Value>,
    pub resend_count: i32,
}

/// A lead to store.
#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = leads)]
pub struct NewLead {
    pub id: LeadId,
    pub status: LeadStatus,
    pub source: Option<String>,
    pub provider_id: Option<String>,
    pub customer_id: Option<CustomerId>,
    pub interest: Option<String>,
    pub comments: Option<String>,
    pub timeframe: Option<String>,
    pub requested_at: Option<DateTime<Utc>>,
    pub received_at: DateTime<Utc>,
    pub review_reason: Option<String>,
    pub warnings: Value,
    pub raw: String,
    pub raw_content_type: Option<String>,
}

/// What changes about a lead; an outer `None` leaves a column as it is.
#[derive(Clone, Debug, Default, AsChangeset)]
#[diesel(table_name = leads)]
pub struct LeadChanges {
    pub status: Option<LeadStatus>,
    pub source: Option<String>,
    pub customer_id: Option<CustomerId>,
    pub interest: Option<String>,
    pub comments: Option<String>,
    pub assigned_to: Option<Option<UserId>>,
    pub first_response_at: Option<DateTime<Utc>>,
    pub review_reason: Option<Option<String>>,
    pub ai: Option<Value>,
    pub updated_at: Option<DateTime<Utc>>,
}
