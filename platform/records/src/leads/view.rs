use super::model::Lead;
use super::status::LeadStatus;
use super::timeline::TimelineItem;
use crate::customers::CustomerView;
use crate::messages::MessageView;
use crate::vehicles::{LeadVehicle, Named, Stated, VehicleView};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Integer, Jsonb, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use platform_kernel::id::{CustomerId, ExecutionId, LeadId, UserId, VehicleId};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

/// A lead's row in a list.
#[derive(Debug, QueryableByName)]
pub struct SummaryRow {
    #[diesel(sql_type = SqlUuid)]
    pub(crate) id: LeadId,
    #[diesel(sql_type = Text)]
    status: LeadStatus,
    #[diesel(sql_type = Nullable<Text>)]
    source: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    interest: Option<String>,
    #[diesel(sql_type = Timestamptz)]
    pub(crate) received_at: DateTime<Utc>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    first_response_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    assigned_to: Option<UserId>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    execution_id: Option<ExecutionId>,
    #[diesel(sql_type = Nullable<Text>)]
    review_reason: Option<String>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    customer_id: Option<CustomerId>,
    #[diesel(sql_type = Nullable<Text>)]
    customer_name: Option<String>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    vehicle_id: Option<VehicleId>,
    #[diesel(sql_type = Nullable<Jsonb>)]
    stated: Option<Value>,
    #[diesel(sql_type = Nullable<Integer>)]
    year: Option<i32>,
    #[diesel(sql_type = Nullable<Text>)]
    make: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    model: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    trim: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    stock_number: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    vin: Option<String>,
}

/// A lead in a list.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct LeadSummary {
    pub id: LeadId,
    pub status: LeadStatus,
    /// Who sent it, for example the listing site.
    pub source: Option<String>,
    pub customer: Option<NamedCustomer>,
    /// The first vehicle that the customer wants.
    pub vehicle: Option<NamedVehicle>,
    /// `buy`, `lease`, `test-drive`, …
    pub interest: Option<String>,
    pub received_at: DateTime<Utc>,
    pub first_response_at: Option<DateTime<Utc>>,
    /// From received to first answered.
    pub response_seconds: Option<i64>,
    pub assigned_to: Option<UserId>,
    /// The latest run that worked on it.
    pub execution_id: Option<ExecutionId>,
    /// Why a person has to look at it.
    pub review_reason: Option<String>,
}

/// A customer by name.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct NamedCustomer {
    pub id: CustomerId,
    pub name: String,
}

/// A vehicle by label.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct NamedVehicle {
    pub id: VehicleId,
    pub label: String,
}

/// Seconds from a lead's arrival to its first answer.
fn response_seconds(received: DateTime<Utc>, answered: Option<DateTime<Utc>>) -> Option<i64> {
    answered.map(|at| (at - received).num_seconds().max(0))
}

impl SummaryRow {
    /// By the lead's words, with the record's where the lead is silent.
    fn vehicle_label(&self) -> String {
        let record = Named {
            year: self.year,
            make: self.make.as_deref(),
            model: self.model.as_deref(),
            trim: self.trim.as_deref(),
            stock_number: self.stock_number.as_deref(),
            vin: self.vin.as_deref(),
        };
        let stated = self.stated.as_ref().map(Stated::from_value);
        stated.unwrap_or_default().label_with(&record)
    }
}

impl From<SummaryRow> for LeadSummary {
    fn from(row: SummaryRow) -> Self {
        let label = row.vehicle_label();
        Self {
            id: row.id,
            status: row.status,
            source: row.source,
            customer: row.customer_id.map(|id| NamedCustomer {
                id,
                name: row.customer_name.unwrap_or_default(),
            }),
            vehicle: row.vehicle_id.map(|id| NamedVehicle { id, label }),
            interest: row.interest,
            received_at: row.received_at,
            first_response_at: row.first_response_at,
            response_seconds: response_seconds(row.received_at, row.first_response_at),
            assigned_to: row.assigned_to,
            execution_id: row.execution_id,
            review_reason: row.review_reason,
        }
    }
}

/// A lead with everything about it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct LeadView {
    pub id: LeadId,
    pub status: LeadStatus,
    /// Who sent it, for example the listing site.
    pub source: Option<String>,
    pub customer: Option<CustomerView>,
    /// The first vehicle that the customer wants.
    pub vehicle: Option<NamedVehicle>,
    pub interest: Option<String>,
    pub received_at: DateTime<Utc>,
    pub first_response_at: Option<DateTime<Utc>>,
    /// From received to first answered.
    pub response_seconds: Option<i64>,
    pub assigned_to: Option<UserId>,
    /// The latest run that worked on it.
    pub execution_id: Option<ExecutionId>,
    /// Why a person has to look at it.
    pub review_reason: Option<String>,
    /// Those wanted and those offered as trade-in.
    pub vehicles: Vec<VehicleView>,
    pub comments: Option<String>,
    /// What could not be understood in the document, each with its place.
    pub warnings: Vec<LeadFinding>,
    /// The document as it came.
    pub raw: String,
    pub raw_content_type: Option<String>,
    /// Oldest first.
    pub timeline: Vec<TimelineItem>,
    /// What a language model made of it.
    #[schema(value_type = Option<Object>)]
    pub ai: Option<Value>,
    pub messages: Vec<MessageView>,
}

/// Something in a document that was not as it should be.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct LeadFinding {
    /// Where, for example `customer/phone`.
    pub place: String,
    pub message: String,
}

/// The document that a lead came as.
#[derive(Clone, Debug, Queryable)]
pub(super) struct Document {
    pub(super) raw: String,
    pub(super) content_type: Option<String>,
    pub(super) warnings: Value,
}

/// The parts of a [`LeadView`].
pub(super) struct LeadParts {
    pub(super) lead: Lead,
    pub(super) customer: Option<CustomerView>,
    pub(super) vehicles: Vec<LeadVehicle>,
    pub(super) document: Document,
    pub(super) timeline: Vec<TimelineItem>,
    pub(super) messages: Vec<MessageView>,
}

impl From<LeadParts> for LeadView {
    fn from(parts: LeadParts) -> Self {
        let lead = parts.lead;
        let mut wanted = parts.vehicles.iter().filter(|v| !v.is_trade_in());
        let vehicle = wanted.next().map(|v| NamedVehicle {
            id: v.vehicle.id,
            label: v.label(),
        });
        Self {
            id: lead.id,
            status: lead.status,
            vehicle,
            response_seconds: response_seconds(lead.received_at, lead.first_response_at),
            source: lead.source,
            customer: parts.customer,
            interest: lead.interest,
            received_at: lead.received_at,
            first_response_at: lead.first_response_at,
            assigned_to: lead.assigned_to,
            execution_id: lead.execution_id,
            review_reason: lead.review_reason,
            vehicles: parts.vehicles.into_iter().map(Into::into).collect(),
            comments: lead.comments,
            warnings: Vec::deserialize(&parts.document.warnings).unwrap_or_default(),
            raw: parts.document.raw,
            raw_content_type: parts.document.content_type,
            timeline: parts.timeline,
            ai: lead.ai,
            messages: parts.messages,
        }
    }
}
