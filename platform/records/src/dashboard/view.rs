use crate::leads::LeadSummary;
use chrono::{DateTime, NaiveDate, Utc};
use platform_engine::failure::Failure;
use platform_engine::fold::ExecutionStatus;
use platform_kernel::id::{ExecutionId, LeadId, UserId, WorkflowId};
use serde::Serialize;
use utoipa::ToSchema;

/// Whose leads the figures are about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DashboardScope {
    /// Those assigned to the caller and those assigned to nobody.
    Own,
    /// Everybody's.
    Team,
}

/// The day at a glance. Days are the dealership's own.
#[derive(Debug, Serialize, ToSchema)]
pub struct DashboardView {
    pub leads_today: i64,
    /// Of today's leads.
    pub leads_answered_today: i64,
    /// Over all days asked for; needs the permission `performance:read`.
    pub median_response_seconds: Option<f64>,
    /// Nine of ten leads were answered within this.
    pub p90_response_seconds: Option<f64>,
    pub executions_today: i64,
    pub failures_today: i64,
    /// Runs that wait for a time to come.
    pub waiting_now: i64,
    /// Leads that a person has to look at.
    pub needs_review: i64,
    /// Oldest day first; the last one is today.
    pub series: Vec<DashboardDay>,
    pub recent_leads: Vec<LeadSummary>,
    pub recent_failures: Vec<FailedExecution>,
    pub scope: DashboardScope,
}

/// One day.
#[derive(Debug, Serialize, ToSchema)]
pub struct DashboardDay {
    pub date: NaiveDate,
    pub leads: i64,
    pub executions: i64,
    pub failures: i64,
    pub median_response_seconds: Option<f64>,
}

/// A run in a list, the same as where runs are listed.
#[derive(Debug, Serialize, ToSchema)]
pub struct FailedExecution {
    pub id: ExecutionId,
    pub workflow_id: WorkflowId,
    pub workflow_name: String,
    pub version: i32,
    #[schema(value_type = ExecutionStatus)]
    pub status: String,
    pub trigger_id: String,
    pub trigger_type: String,
    pub lead_id: Option<LeadId>,
    /// The person who started it by hand.
    pub started_by: Option<UserId>,
    pub started_at: Option<DateTime<Utc>>,
    pub ended_at: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
    pub error: Option<Failure>,
}
