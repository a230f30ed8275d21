use super::config::{Assignee, Fact};
use super::model::{Approval, ApprovalFilter, ApprovalOfRun, ApprovalState, Who};
use chrono::{DateTime, Utc};
use platform_db::TenantTx;
use platform_http::Validate;
use platform_http::body::fault;
use platform_kernel::Result;
use platform_kernel::error::FieldError;
use platform_kernel::id::{ApprovalId, ExecutionId, LeadId, UserId, WorkflowId};
use platform_records::members;
use policies::Role;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::HashMap;
use utoipa::{IntoParams, ToSchema};

const LONGEST_COMMENT: usize = 2_000;

/// Which approvals to list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ApprovalsQuery {
    /// Only those that wait for a decision, or only those that don't any more.
    #[param(inline)]
    pub state: Option<ApprovalFilter>,
    /// Only those that the caller may decide or has decided.
    pub mine: Option<bool>,
    pub cursor: Option<String>,
    pub limit: Option<i64>,
}

/// A yes or a no.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    Approved,
    Rejected,
}

/// What somebody decides.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Decide {
    pub decision: Decision,
    /// What the approval's form asks for; whoever rejects may leave it out.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    pub values: Option<Map<String, Value>>,
    #[serde(default)]
    #[schema(max_length = 2000)]
    pub comment: Option<String>,
}

impl Validate for Decide {
    fn validate(&self) -> Vec<FieldError> {
        check_comment(self.comment.as_deref())
    }
}

fn check_comment(comment: Option<&str>) -> Vec<FieldError> {
    let comment = comment.unwrap_or_default();
    let mut faults = Vec::new();
    if comment.chars().count() > LONGEST_COMMENT {
        let words = format!("must have at most {LONGEST_COMMENT} characters");
        faults.push(fault("/comment", "too_long", words));
    }
    if comment
        .chars()
        .any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t'))
    {
        faults.push(fault(
            "/comment",
            "invalid",
            "must not contain control characters",
        ));
    }
    faults
}

/// The token of a link in a mail.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ShowApprovalLink {
    pub token: String,
}

impl Validate for ShowApprovalLink {
    fn validate(&self) -> Vec<FieldError> {
        Vec::new()
    }
}

/// What somebody decides who has a link.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DecideByLink {
    /// The token of the link.
    pub token: String,
    pub decision: Decision,
    /// What the approval's form asks for; whoever rejects may leave it out.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    pub values: Option<Map<String, Value>>,
    #[serde(default)]
    #[schema(max_length = 2000)]
    pub comment: Option<String>,
}

impl DecideByLink {
    pub(super) fn split(self) -> (String, Decide) {
        let Self {
            token,
            decision,
            values,
            comment,
        } = self;
        let decide = Decide {
            decision,
            values,
            comment,
        };
        (token, decide)
    }
}

impl Validate for DecideByLink {
    fn validate(&self) -> Vec<FieldError> {
        check_comment(self.comment.as_deref())
    }
}

/// To whom a decision is given: a role or a person.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AssignApproval {
    #[serde(default)]
    pub role: Option<Role>,
    #[serde(default)]
    pub user_id: Option<UserId>,
}

impl AssignApproval {
    pub(super) fn assignee(&self) -> Assignee {
        Assignee {
            role: self.role,
            user_id: self.user_id,
        }
    }
}

impl Validate for AssignApproval {
    fn validate(&self) -> Vec<FieldError> {
        match self.assignee().is_clear() {
            true => Vec::new(),
            false => vec![fault(
                "",
                "invalid",
                "name either a role of the dealership or a person",
            )],
        }
    }
}

/// A person, by name.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ApprovalPerson {
    pub id: UserId,
    pub name: String,
}

/// To whom a decision goes.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ApprovalAssignee {
    /// Everyone of this role, and those above.
    pub role: Option<Role>,
    pub user: Option<ApprovalPerson>,
}

/// The workflow that asks.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ApprovalWorkflow {
    pub id: WorkflowId,
    pub name: String,
}

/// A decision that a run waits for, or waited for.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ApprovalView {
    pub id: ApprovalId,
    pub title: String,
    pub body: String,
    pub facts: Vec<Fact>,
    /// JSON Schema of what is filled in with the decision.
    #[schema(value_type = Option<Object>)]
    pub form: Option<Value>,
    pub state: ApprovalState,
    pub assignee: ApprovalAssignee,
    pub claimed_by: Option<ApprovalPerson>,
    pub due_at: Option<DateTime<Utc>>,
    /// How often it was given to somebody else because nobody had decided.
    pub escalation_level: i32,
    pub execution_id: ExecutionId,
    pub workflow: ApprovalWorkflow,
    pub step_id: String,
    pub lead_id: Option<LeadId>,
    #[schema(value_type = Option<Object>)]
    pub values: Option<Value>,
    pub comment: Option<String>,
    pub decided_by: Option<ApprovalPerson>,
    pub decided_at: Option<DateTime<Utc>>,
    /// `app` or `link`.
    pub decided_via: Option<String>,
    pub created_at: DateTime<Utc>,
    /// Whether the caller may decide it now.
    pub can_decide: bool,
}

/// The names of those who work at the dealership.
pub(super) struct Names(HashMap<UserId, String>);

impl Names {
    pub(super) async fn read(tx: &mut TenantTx) -> Result<Self> {
        let members = members::list(tx, None).await?.into_iter();
        Ok(Self(
            members
                .map(|member| (member.user_id, member.name))
                .collect(),
        ))
    }

    fn person(&self, id: UserId) -> ApprovalPerson {
        let name = self.0.get(&id).cloned();
        ApprovalPerson {
            id,
            name: name.unwrap_or_else(|| "Former member".to_owned()),
        }
    }
}

impl ApprovalView {
    pub(super) fn of(row: ApprovalOfRun, names: &Names, who: &Who) -> Self {
        let Approval {
            id,
            execution_id,
            workflow_id,
            ..
        } = row.approval;
        let approval = row.approval;
        let assignee = approval.assignee();
        let unclaimed = approval.claimed_by.is_none_or(|by| by == who.id);
        Self {
            id,
            facts: approval.facts(),
            state: approval.state,
            assignee: ApprovalAssignee {
                role: assignee.role,
                user: assignee.user_id.map(|id| names.person(id)),
            },
            claimed_by: approval.claimed_by.map(|id| names.person(id)),
            due_at: approval.due_at,
            escalation_level: approval.escalation_level,
            execution_id,
            workflow: ApprovalWorkflow {
                id: workflow_id,
                name: row.workflow_name,
            },
            lead_id: row.lead_id,
            decided_by: approval.decided_by.map(|id| ApprovalPerson {
                id,
                name: approval.decided_by_name.clone().unwrap_or_default(),
            }),
            decided_at: approval.decided_at,
            created_at: approval.created_at,
            can_decide: approval.is_pending() && unclaimed && who.may_decide(&approval),
            title: approval.title,
            body: approval.body,
            form: approval.form,
            step_id: approval.step_id,
            values: approval.values,
            comment: approval.comment,
            decided_via: approval.decided_via,
        }
    }
}

/// What a link in a mail shows before anything is decided.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ApprovalLinkView {
    pub tenant_name: String,
    /// Whom the link was sent to, and who decides with it.
    pub name: String,
    pub title: String,
    pub body: String,
    pub facts: Vec<Fact>,
    #[schema(value_type = Option<Object>)]
    pub form: Option<Value>,
    pub state: ApprovalState,
    /// Whether this link was decided with.
    pub used: bool,
    pub expires_at: DateTime<Utc>,
    pub due_at: Option<DateTime<Utc>>,
    /// The name of whoever decided.
    pub decided_by: Option<String>,
    pub decided_at: Option<DateTime<Utc>>,
    pub comment: Option<String>,
    /// Whether this link can still decide it.
    pub can_decide: bool,
}
