use super::config::{Assignee, Fact};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use platform_db::schema::tenant::approvals;
use platform_kernel::id::{ApprovalId, ExecutionId, LeadId, UserId, WorkflowId};
use policies::Role;
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

platform_kernel::words! {
    /// Where a decision stands.
    pub enum ApprovalState {
        Pending = "pending",
        Approved = "approved",
        Rejected = "rejected",
        /// Nobody decided in time.
        Expired = "expired",
        /// The run ended before anybody decided.
        Cancelled = "cancelled",
    }
}

/// A row of `approvals`.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = approvals, check_for_backend(diesel::pg::Pg))]
pub struct Approval {
    pub id: ApprovalId,
    pub execution_id: ExecutionId,
    pub workflow_id: WorkflowId,
    pub step_id: String,
    pub title: String,
    pub body: String,
    pub form: Option<Value>,
    facts: Value,
    pub state: ApprovalState,
    assignee_role: Option<String>,
    assignee_id: Option<UserId>,
    pub claimed_by: Option<UserId>,
    pub escalation_level: i32,
    pub due_at: Option<DateTime<Utc>>,
    pub values: Option<Value>,
    pub comment: Option<String>,
    pub decided_by: Option<UserId>,
    pub decided_by_name: Option<String>,
    pub decided_via: Option<String>,
    pub decided_at: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
}

impl Approval {
    pub fn is_pending(&self) -> bool {
        self.state == ApprovalState::Pending
    }

    pub fn facts(&self) -> Vec<Fact> {
        serde_json::from_value(self.facts.clone()).unwrap_or_default()
    }

    pub fn assignee(&self) -> Assignee {
        Assignee {
            role: self.assignee_role.as_deref().and_then(Role::parse),
            user_id: self.assignee_id,
        }
    }
}

/// An approval with what it belongs to.
#[derive(Clone, Debug, Queryable)]
pub struct ApprovalOfRun {
    pub approval: Approval,
    pub workflow_name: String,
    pub lead_id: Option<LeadId>,
}

/// An approval to store.
#[derive(Insertable)]
#[diesel(table_name = approvals)]
pub(super) struct NewApproval<'a> {
    pub(super) id: ApprovalId,
    pub(super) execution_id: ExecutionId,
    pub(super) workflow_id: WorkflowId,
    pub(super) step_id: &'a str,
    pub(super) title: &'a str,
    pub(super) body: &'a str,
    pub(super) form: Option<&'a Value>,
    pub(super) facts: Value,
    pub(super) assignee_role: Option<&'a str>,
    pub(super) assignee_id: Option<UserId>,
    pub(super) due_at: Option<DateTime<Utc>>,
    pub(super) created_at: DateTime<Utc>,
}

/// Who may look at a decision and make it.
#[derive(Clone, Debug)]
pub struct Who {
    pub id: UserId,
    pub name: String,
    pub role: Role,
}

impl Who {
    /// The person it goes to; for a role everyone who has it, and those above, as everywhere:
    /// a role may do what the roles below it may.
    pub fn may_decide(&self, approval: &Approval) -> bool {
        let assignee = approval.assignee();
        match (assignee.user_id, assignee.role) {
            (Some(person), _) => person == self.id,
            (None, Some(role)) => self.role >= role,
            (None, None) => false,
        }
    }
}

/// Which decisions to list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ApprovalFilter {
    Pending,
    /// Everything that is not pending any more.
    Decided,
}
