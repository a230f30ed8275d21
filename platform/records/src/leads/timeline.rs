use super::queries;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use platform_db::TenantTx;
use platform_db::schema::tenant::lead_events;
use platform_kernel::id::{ExecutionId, LeadId, UserId};
use platform_kernel::{Result, clock};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// What sort of thing happened to a lead.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TimelineKind {
    Received,
    Execution,
    Message,
    Status,
    /// The same document came again.
    Resent,
    /// The customer wrote again: `detail` has the words.
    Request,
    Note,
}

impl TimelineKind {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::Execution => "execution",
            Self::Message => "message",
            Self::Status => "status",
            Self::Resent => "resent",
            Self::Request => "request",
            Self::Note => "note",
        }
    }

    fn parse(word: &str) -> Self {
        match word {
            "received" => Self::Received,
            "execution" => Self::Execution,
            "message" => Self::Message,
            "status" => Self::Status,
            "resent" => Self::Resent,
            "request" => Self::Request,
            _ => Self::Note,
        }
    }
}

/// One thing that happened to a lead.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TimelineItem {
    pub at: DateTime<Utc>,
    pub kind: TimelineKind,
    pub title: String,
    pub detail: Option<String>,
    pub execution_id: Option<ExecutionId>,
}

/// A row of `lead_events`.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = lead_events, check_for_backend(diesel::pg::Pg))]
pub struct LeadEvent {
    pub created_at: DateTime<Utc>,
    pub kind: String,
    pub title: String,
    pub detail: Option<String>,
    pub execution_id: Option<ExecutionId>,
}

impl From<LeadEvent> for TimelineItem {
    fn from(event: LeadEvent) -> Self {
        Self {
            at: event.created_at,
            kind: TimelineKind::parse(&event.kind),
            title: event.title,
            detail: event.detail,
            execution_id: event.execution_id,
        }
    }
}

/// Something to note in a lead's timeline.
#[derive(Clone, Debug)]
pub struct NewLeadEvent {
    pub kind: TimelineKind,
    pub title: String,
    pub detail: Option<String>,
    pub execution_id: Option<ExecutionId>,
    pub actor_id: Option<UserId>,
}

impl NewLeadEvent {
    pub fn new(kind: TimelineKind, title: impl Into<String>) -> Self {
        Self {
            kind,
            title: title.into(),
            detail: None,
            execution_id: None,
            actor_id: None,
        }
    }

    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    #[must_use]
    pub fn execution(mut self, id: ExecutionId) -> Self {
        self.execution_id = Some(id);
        self
    }
}

#[derive(Insertable)]
#[diesel(table_name = lead_events)]
pub(super) struct EventRow {
    id: Uuid,
    lead_id: LeadId,
    kind: &'static str,
    title: String,
    detail: Option<String>,
    execution_id: Option<ExecutionId>,
    actor_id: Option<UserId>,
    created_at: DateTime<Utc>,
}

/// Notes in the lead's timeline that something happened now.
pub async fn add(tx: &mut TenantTx, lead: LeadId, event: NewLeadEvent) -> Result<()> {
    let row = EventRow {
        id: Uuid::now_v7(),
        lead_id: lead,
        kind: event.kind.as_str(),
        title: event.title,
        detail: event.detail,
        execution_id: event.execution_id,
        actor_id: event.actor_id,
        // The transaction's own time would give several events of one transaction no order.
        created_at: clock::now(),
    };
    Ok(queries::insert_event(tx, &row).await?)
}
