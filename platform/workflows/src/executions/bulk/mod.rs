//! Repeating many runs at once, in the background and one batch after the other.

pub mod job;
mod queries;
pub mod routes;

use super::search::Filter;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use platform_db::schema::tenant::bulk_replays;
use platform_http::Validate;
use platform_kernel::error::FieldError;
use platform_kernel::id::{BulkReplayId, ExecutionId, UserId};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

/// Most runs that one replay of many repeats.
pub const MOST: i64 = 10_000;

/// From where on each of the runs is repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReplayFrom {
    Start,
    /// What failed; runs that did not fail and were not cancelled are left out.
    FailedStep,
}

impl ReplayFrom {
    fn as_str(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::FailedStep => "failed_step",
        }
    }
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateBulkReplay {
    /// Which runs; at least one of its fields must be set.
    pub filter: Filter,
    pub from: ReplayFrom,
}

impl Validate for CreateBulkReplay {
    fn validate(&self) -> Vec<FieldError> {
        let mut faults = self.filter.faults("/filter");
        if self.filter == Filter::default() {
            faults.push(FieldError {
                pointer: "/filter".to_owned(),
                code: "required".to_owned(),
                detail: "say which runs".to_owned(),
            });
        }
        faults
    }
}

#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CancelBulkReplay {}

impl Validate for CancelBulkReplay {
    fn validate(&self) -> Vec<FieldError> {
        Vec::new()
    }
}

/// Where a replay of many stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum BulkReplayState {
    Queued,
    Running,
    Done,
    Failed,
    Cancelled,
}

/// A replay of many runs.
#[derive(Debug, Serialize, ToSchema)]
pub struct BulkReplayView {
    pub id: BulkReplayId,
    #[schema(value_type = Filter)]
    pub filter: Value,
    #[schema(value_type = ReplayFrom)]
    pub from: String,
    #[schema(value_type = BulkReplayState)]
    pub state: String,
    /// Runs that the filter meant when it began.
    pub total: i32,
    /// Runs that were repeated.
    pub started: i32,
    /// Runs that could not be: their workflow is archived, or what happened to them is gone.
    pub refused: i32,
    /// Why it ended early.
    pub error: Option<String>,
    pub created_by: Option<UserId>,
    pub created_at: DateTime<Utc>,
    pub ended_at: Option<DateTime<Utc>>,
}

/// A row.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = bulk_replays, check_for_backend(diesel::pg::Pg))]
struct BulkReplay {
    id: BulkReplayId,
    filter: Value,
    replay_from: String,
    state: String,
    total: i32,
    started: i32,
    refused: i32,
    cursor: Option<ExecutionId>,
    cursor_at: Option<DateTime<Utc>>,
    error: Option<String>,
    created_by: Option<UserId>,
    created_at: DateTime<Utc>,
    ended_at: Option<DateTime<Utc>>,
}

impl BulkReplay {
    fn is_open(&self) -> bool {
        matches!(self.state.as_str(), "queued" | "running")
    }
}

impl From<BulkReplay> for BulkReplayView {
    fn from(row: BulkReplay) -> Self {
        Self {
            id: row.id,
            filter: row.filter,
            from: row.replay_from,
            state: row.state,
            total: row.total,
            started: row.started,
            refused: row.refused,
            error: row.error,
            created_by: row.created_by,
            created_at: row.created_at,
            ended_at: row.ended_at,
        }
    }
}
