use chrono::{DateTime, Utc};
use diesel::Queryable;
use platform_kernel::id::{ExecutionId, LeadId, UserId, WorkflowId};
use serde_json::Value;

/// A run with the names of what it runs.
#[derive(Clone, Debug, Queryable)]
pub struct Execution {
    pub id: ExecutionId,
    pub workflow_id: WorkflowId,
    pub workflow_name: String,
    pub version: i32,
    pub status: String,
    pub trigger_id: String,
    pub trigger_type: String,
    pub lead_id: Option<LeadId>,
    pub started_by: Option<UserId>,
    pub started_at: Option<DateTime<Utc>>,
    pub ended_at: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
    pub error: Option<Value>,
    pub business_key: Option<String>,
    pub pause_requested_at: Option<DateTime<Utc>>,
    pub parent_execution_id: Option<ExecutionId>,
    pub forked_from: Option<ExecutionId>,
    pub forked_step_id: Option<String>,
}

/// What only the view of a single run shows.
#[derive(Clone, Debug, Queryable)]
pub struct ExecutionDetail {
    pub definition: Value,
    pub input: Value,
    pub output: Option<Value>,
    pub next_seq: i64,
}
