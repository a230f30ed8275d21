use super::model::{Rollout, RolloutState, Target};
use chrono::{DateTime, Utc};
use platform_http::Validate;
use platform_kernel::error::FieldError;
use platform_kernel::id::{RolloutId, TenantId, UserId, WorkflowId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateRollout {
    pub template_id: String,
    /// The latest version unless given.
    #[serde(default)]
    pub to_version: Option<i32>,
    /// Percent of the workflows that are upgraded at the end of each stage; rising, 100 at last.
    #[serde(default = "default_stages")]
    pub stages: Vec<u8>,
    /// How long a stage lasts at least.
    #[serde(default = "default_minutes")]
    #[schema(minimum = 0, maximum = 10080)]
    pub stage_minutes: i32,
    /// Failed runs in all ended runs of the new version, from 0 to 1, above which the rollout stops.
    #[serde(default = "default_rate")]
    #[schema(minimum = 0, maximum = 1)]
    pub max_error_rate: f64,
    /// Ended runs that a stage needs before the next one begins and before the error rate counts.
    #[serde(default = "default_runs")]
    #[schema(minimum = 0, maximum = 1000000)]
    pub min_runs: i32,
}

fn default_stages() -> Vec<u8> {
    vec![10, 50, 100]
}

fn default_minutes() -> i32 {
    60
}

fn default_rate() -> f64 {
    0.05
}

fn default_runs() -> i32 {
    20
}

impl Validate for CreateRollout {
    fn validate(&self) -> Vec<FieldError> {
        let mut faults = Vec::new();
        let mut fault = |pointer: &str, detail: &str| {
            faults.push(FieldError {
                pointer: pointer.to_owned(),
                code: "invalid".to_owned(),
                detail: detail.to_owned(),
            });
        };
        let rising = self.stages.is_sorted_by(|earlier, later| earlier < later);
        if self.stages.len() > 10 || !rising || self.stages.last() != Some(&100) {
            fault(
                "/stages",
                "must be at most ten rising percentages, the last one 100",
            );
        }
        if self.stages.first() == Some(&0) {
            fault("/stages/0", "must be at least 1");
        }
        if !(0..=10_080).contains(&self.stage_minutes) {
            fault("/stage_minutes", "must be between 0 and 10080");
        }
        if !(0.0..=1.0).contains(&self.max_error_rate) {
            fault("/max_error_rate", "must be between 0 and 1");
        }
        if !(0..=1_000_000).contains(&self.min_runs) {
            fault("/min_runs", "must be between 0 and 1000000");
        }
        faults
    }
}

/// An upgrade of a group's workflows in stages.
#[derive(Debug, Serialize, ToSchema)]
pub struct RolloutView {
    pub id: RolloutId,
    pub template_id: String,
    pub template_name: String,
    pub to_version: i32,
    pub state: RolloutState,
    /// Why it stopped.
    pub reason: Option<String>,
    /// Whether the caller may pause, resume and cancel it: it reaches no dealership that they do
    /// not administer. Of those that it reaches beside theirs nothing is shown.
    pub can_change: bool,
    pub stages: Vec<u8>,
    /// The stage under way, from 0.
    pub stage: i32,
    pub stage_started_at: Option<DateTime<Utc>>,
    pub stage_minutes: i32,
    pub max_error_rate: f64,
    pub min_runs: i32,
    /// Ended runs of the new version in the dealerships shown, and how many of them failed.
    pub runs: i64,
    pub failed: i64,
    pub created_by: RolloutPerson,
    pub created_at: DateTime<Utc>,
    pub ended_at: Option<DateTime<Utc>>,
    pub targets: Vec<RolloutTargetView>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct RolloutPerson {
    pub id: UserId,
    pub name: String,
}

/// A workflow of a rollout.
#[derive(Debug, Serialize, ToSchema)]
pub struct RolloutTargetView {
    pub tenant_id: TenantId,
    pub tenant_name: String,
    pub workflow_id: WorkflowId,
    pub workflow_name: String,
    pub stage: i32,
    /// `pending`, `upgraded`, `skipped`, `rolling_back` or `rolled_back`.
    pub state: String,
    /// Why it was skipped, or not rolled back.
    pub detail: Option<String>,
    pub runs: i64,
    pub failed: i64,
    pub upgraded_at: Option<DateTime<Utc>>,
}

impl RolloutView {
    /// `targets` are those in dealerships that the caller administers.
    pub fn of(
        rollout: Rollout,
        template_name: String,
        targets: Vec<Target>,
        can_change: bool,
    ) -> Self {
        // The reason counts runs of all dealerships.
        let state = rollout.state;
        let reason = match can_change {
            true => rollout.reason,
            false => rollout.reason.map(|_| "It stopped by itself.".to_owned()),
        };
        Self {
            reason,
            can_change,
            state,
            stages: serde_json::from_value(rollout.stages).unwrap_or_default(),
            id: rollout.id,
            template_id: rollout.template_id,
            template_name,
            to_version: rollout.to_version,
            stage: rollout.stage,
            stage_started_at: rollout.stage_started_at,
            stage_minutes: rollout.stage_minutes,
            max_error_rate: rollout.max_error_rate,
            min_runs: rollout.min_runs,
            runs: targets.iter().map(|target| target.runs).sum(),
            failed: targets.iter().map(|target| target.failed).sum(),
            created_by: RolloutPerson {
                id: rollout.created_by,
                name: rollout.created_by_name,
            },
            created_at: rollout.created_at,
            ended_at: rollout.ended_at,
            targets: targets.into_iter().map(RolloutTargetView::from).collect(),
        }
    }
}

impl From<Target> for RolloutTargetView {
    fn from(target: Target) -> Self {
        Self {
            tenant_id: target.tenant_id,
            tenant_name: target.tenant_name,
            workflow_id: target.workflow_id,
            workflow_name: target.workflow_name,
            stage: target.stage,
            state: target.state,
            detail: target.detail,
            runs: target.runs,
            failed: target.failed,
            upgraded_at: target.upgraded_at,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn faults(body: serde_json::Value) -> Vec<String> {
        let request: CreateRollout = serde_json::from_value(body).unwrap();
        request.validate().into_iter().map(|f| f.pointer).collect()
    }

    #[test]
    fn stages_rise_to_all() {
        assert!(faults(json!({"template_id": "t"})).is_empty());
        assert!(faults(json!({"template_id": "t", "stages": [100]})).is_empty());
        for stages in [
            json!([]),
            json!([10]),
            json!([50, 10, 100]),
            json!([10, 10, 100]),
        ] {
            assert_eq!(
                faults(json!({"template_id": "t", "stages": stages})),
                ["/stages"]
            );
        }
        let all = json!({"template_id": "t", "stages": [0, 100], "stage_minutes": -1,
            "max_error_rate": 2, "min_runs": -5});
        assert_eq!(
            faults(all),
            [
                "/stages/0",
                "/stage_minutes",
                "/max_error_rate",
                "/min_runs"
            ]
        );
    }
}
