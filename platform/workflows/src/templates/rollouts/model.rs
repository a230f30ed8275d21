use chrono::{DateTime, Utc};
use diesel::QueryableByName;
use diesel::sql_types::{
    BigInt, Double, Integer, Jsonb, Nullable, Text, Timestamptz, Uuid as SqlUuid,
};
use platform_kernel::id::{GroupId, RolloutId, TenantId, UserId, VersionId, WorkflowId};
use serde_json::Value;
use std::collections::HashSet;

/// The state of a workflow whose upgrade is still to be rolled back.
pub const ROLLING_BACK: &str = "rolling_back";

platform_kernel::words! {
    /// Where a rollout stands.
    pub enum RolloutState {
        Running = "running",
        /// A person stopped it for a while.
        Paused = "paused",
        /// It stopped by itself, because too many runs of the new version failed, and rolls back
        /// what it had upgraded.
        Halted = "halted",
        Done = "done",
        Cancelled = "cancelled",
    }
}

impl RolloutState {
    pub fn has_ended(self) -> bool {
        matches!(self, Self::Done | Self::Cancelled)
    }
}

/// A rollout.
#[derive(Clone, Debug, QueryableByName)]
pub struct Rollout {
    #[diesel(sql_type = SqlUuid)]
    pub id: RolloutId,
    #[diesel(sql_type = SqlUuid)]
    pub group_id: GroupId,
    #[diesel(sql_type = Text)]
    pub template_id: String,
    #[diesel(sql_type = Integer)]
    pub to_version: i32,
    #[diesel(sql_type = Jsonb)]
    pub stages: Value,
    #[diesel(sql_type = Integer)]
    pub stage: i32,
    #[diesel(sql_type = Integer)]
    pub stage_minutes: i32,
    #[diesel(sql_type = Double)]
    pub max_error_rate: f64,
    #[diesel(sql_type = Integer)]
    pub min_runs: i32,
    #[diesel(sql_type = Text)]
    pub state: RolloutState,
    #[diesel(sql_type = Nullable<Text>)]
    pub reason: Option<String>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub stage_started_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = SqlUuid)]
    pub created_by: UserId,
    #[diesel(sql_type = Text)]
    pub created_by_name: String,
    #[diesel(sql_type = Timestamptz)]
    pub created_at: DateTime<Utc>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub ended_at: Option<DateTime<Utc>>,
    /// Who resumed it last.
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub authorized_by: Option<UserId>,
    #[diesel(sql_type = Nullable<Text>)]
    pub authorized_by_name: Option<String>,
    /// Runs that began before count for nothing.
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub counted_since: Option<DateTime<Utc>>,
}

impl Rollout {
    /// The person for whom the rollout acts: it may do what they may.
    pub fn authority(&self) -> (UserId, &str) {
        let resumed = self.authorized_by.zip(self.authorized_by_name.as_deref());
        resumed.unwrap_or((self.created_by, &self.created_by_name))
    }

    /// How many stages there are.
    pub fn stage_count(&self) -> i32 {
        let stages = self.stages.as_array().map_or(0, Vec::len);
        i32::try_from(stages).unwrap_or(i32::MAX)
    }
}

/// A workflow that a rollout upgrades.
#[derive(Clone, Debug, QueryableByName)]
pub struct Target {
    #[diesel(sql_type = SqlUuid)]
    pub tenant_id: TenantId,
    #[diesel(sql_type = Text)]
    pub tenant_name: String,
    #[diesel(sql_type = SqlUuid)]
    pub workflow_id: WorkflowId,
    #[diesel(sql_type = Text)]
    pub workflow_name: String,
    #[diesel(sql_type = Integer)]
    pub stage: i32,
    #[diesel(sql_type = Text)]
    pub state: String,
    #[diesel(sql_type = Nullable<Text>)]
    pub detail: Option<String>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub version_id: Option<VersionId>,
    #[diesel(sql_type = BigInt)]
    pub runs: i64,
    #[diesel(sql_type = BigInt)]
    pub failed: i64,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub upgraded_at: Option<DateTime<Utc>>,
    /// What was published before the upgrade, and the template's version that it was made from;
    /// nothing where the rollout did not upgrade.
    #[diesel(sql_type = Nullable<Integer>)]
    pub previous_version: Option<i32>,
    #[diesel(sql_type = Nullable<Integer>)]
    pub previous_template_version: Option<i32>,
}

/// A workflow to be upgraded, and the stage that it belongs to.
#[derive(Clone, Debug)]
pub struct NewTarget {
    pub tenant_id: TenantId,
    pub tenant_name: String,
    pub workflow_id: WorkflowId,
    pub workflow_name: String,
    pub stage: i32,
}

/// The dealerships that workflows lie in.
pub fn tenants_of(targets: &[Target]) -> HashSet<TenantId> {
    targets.iter().map(|target| target.tenant_id).collect()
}
