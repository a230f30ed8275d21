use chrono::{DateTime, Utc};
use diesel::prelude::*;
use platform_db::schema::tenant::backtests;
use platform_engine::definition::Definition;
use platform_http::Validate;
use platform_kernel::error::FieldError;
use platform_kernel::id::{BacktestId, ExecutionId, WorkflowId};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

/// Runs that one backtest looks at, at most.
pub const MOST: i32 = 200;

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateBacktest {
    /// The last so many runs that have ended.
    #[schema(minimum = 1, maximum = 200)]
    pub count: i32,
    /// The saved draft unless given.
    #[serde(default)]
    #[schema(value_type = Option<Definition>)]
    pub definition: Option<Value>,
}

impl Validate for CreateBacktest {
    fn validate(&self) -> Vec<FieldError> {
        let fault = FieldError {
            pointer: "/count".to_owned(),
            code: "invalid".to_owned(),
            detail: format!("must be between 1 and {MOST}"),
        };
        if (1..=MOST).contains(&self.count) {
            Vec::new()
        } else {
            vec![fault]
        }
    }
}

/// A row.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = backtests, check_for_backend(diesel::pg::Pg))]
pub(super) struct Backtest {
    pub(super) id: BacktestId,
    pub(super) workflow_id: WorkflowId,
    pub(super) draft_revision: i64,
    pub(super) definition: Value,
    pub(super) parameters: Option<Value>,
    pub(super) requested: i32,
    pub(super) state: BacktestState,
    pub(super) done: i32,
    pub(super) summary: Option<Value>,
    pub(super) runs: Value,
    pub(super) error: Option<String>,
    pub(super) created_at: DateTime<Utc>,
    pub(super) ended_at: Option<DateTime<Utc>>,
}

platform_kernel::words! {
    /// Where a backtest stands.
    pub enum BacktestState {
        Queued = "queued",
        Running = "running",
        Done = "done",
        Failed = "failed",
        Cancelled = "cancelled",
    }
}

/// A draft tried on past runs.
#[derive(Debug, Serialize, ToSchema)]
pub struct BacktestView {
    pub id: BacktestId,
    pub workflow_id: WorkflowId,
    pub draft_revision: i64,
    pub state: BacktestState,
    pub requested: i32,
    /// Runs that were looked at so far.
    pub done: i32,
    #[schema(value_type = Option<BacktestSummary>)]
    pub summary: Option<Value>,
    /// The runs, those that would differ first; empty in lists.
    #[schema(value_type = Vec<BacktestRun>)]
    pub runs: Value,
    pub error: Option<String>,
    pub created_at: DateTime<Utc>,
    pub ended_at: Option<DateTime<Utc>>,
}

impl From<Backtest> for BacktestView {
    fn from(row: Backtest) -> Self {
        Self {
            id: row.id,
            workflow_id: row.workflow_id,
            draft_revision: row.draft_revision,
            state: row.state,
            requested: row.requested,
            done: row.done,
            summary: row.summary,
            runs: row.runs,
            error: row.error,
            created_at: row.created_at,
            ended_at: row.ended_at,
        }
    }
}

/// What a draft would have changed, over all runs.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct BacktestSummary {
    pub runs: i64,
    pub same: i64,
    pub different: i64,
    /// Runs that would have failed and did not.
    pub failed: i64,
    pub branches_changed: i64,
    pub messages: BacktestTally,
    pub approvals: BacktestTally,
    pub ai: BacktestAi,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct BacktestTally {
    pub added: i64,
    pub removed: i64,
    pub changed: i64,
}

/// What language models would have been asked, and what that costs. Questions that no past answer
/// is known to are taken to cost as much as the past ones did on average.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct BacktestAi {
    pub calls_before: i64,
    pub calls_after: i64,
    pub input_tokens_before: i64,
    pub input_tokens_after: i64,
    pub output_tokens_before: i64,
    pub output_tokens_after: i64,
}

/// One run beside what it would have been.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct BacktestRun {
    pub execution_id: ExecutionId,
    pub status_before: String,
    pub status_after: String,
    pub differences: Vec<Difference>,
}

/// Something that would have been another way.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Difference {
    pub kind: DifferenceKind,
    pub step_id: Option<String>,
    #[schema(value_type = Option<Object>)]
    pub before: Option<Value>,
    #[schema(value_type = Option<Object>)]
    pub after: Option<Value>,
    /// For people.
    pub summary: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DifferenceKind {
    Branch,
    Message,
    Approval,
    Effect,
    Ai,
    Status,
    Output,
}
