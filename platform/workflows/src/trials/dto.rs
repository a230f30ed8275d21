use platform_engine::definition::Definition;
use platform_engine::failure::Failure;
use platform_engine::fold::{ExecutionStatus, StepStatus};
use platform_engine::rehearsal::RehearsedEffect;
use platform_engine::view::{ExecutionEventView, ExecutionLogView, StepRunView};
use platform_http::Validate;
use platform_kernel::error::FieldError;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use utoipa::ToSchema;

#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TryWorkflow {
    /// The saved draft unless given.
    #[serde(default)]
    #[schema(value_type = Option<Definition>)]
    pub definition: Option<Value>,
    /// What the trigger would give.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    pub input: Option<Value>,
    #[serde(default)]
    pub trigger_id: Option<String>,
    /// Outputs of steps that are not run, by step; on top of those that the definition pins.
    #[serde(default)]
    #[schema(value_type = BTreeMap<String, Object>)]
    pub pinned: BTreeMap<String, Value>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TryStep {
    /// The saved draft unless given.
    #[serde(default)]
    #[schema(value_type = Option<Definition>)]
    pub definition: Option<Value>,
    pub step_id: String,
    /// The run whose data the step sees.
    #[serde(default)]
    pub execution_id: Option<platform_kernel::id::ExecutionId>,
    /// The values that the step's expressions see, as far as they are not of the run: `trigger`,
    /// `steps` with each step's `output`, `variables`, `item`, `index`.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    pub input: Option<Value>,
    /// Outputs of steps before it, by step.
    #[serde(default)]
    #[schema(value_type = BTreeMap<String, Object>)]
    pub pinned: BTreeMap<String, Value>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EvaluateExpression {
    /// `{"$ref": …}`, `{"$cel": …}` or `{"$tpl": …}`, or any value with such in it.
    #[schema(value_type = Object)]
    pub expression: Value,
    /// The values that it sees.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub scope: Value,
}

impl Validate for TryWorkflow {
    fn validate(&self) -> Vec<FieldError> {
        Vec::new()
    }
}

impl Validate for TryStep {
    fn validate(&self) -> Vec<FieldError> {
        Vec::new()
    }
}

impl Validate for EvaluateExpression {
    fn validate(&self) -> Vec<FieldError> {
        let object = self.scope.is_object() || self.scope.is_null();
        let fault = FieldError {
            pointer: "/scope".to_owned(),
            code: "invalid".to_owned(),
            detail: "must be an object".to_owned(),
        };
        if object { Vec::new() } else { vec![fault] }
    }
}

/// Something that would have been done outside.
#[derive(Debug, Serialize, ToSchema)]
pub struct TrialEffect {
    pub step_id: String,
    pub kind: String,
    /// For people: what would have happened.
    pub summary: String,
    #[schema(value_type = Object)]
    pub request: Value,
}

/// How the trial of a draft went.
#[derive(Debug, Serialize, ToSchema)]
pub struct TrialView {
    pub status: ExecutionStatus,
    pub steps: Vec<StepRunView>,
    pub events: Vec<ExecutionEventView>,
    pub logs: Vec<ExecutionLogView>,
    /// What would have been done outside, in order.
    pub effects: Vec<TrialEffect>,
    #[schema(value_type = Option<Object>)]
    pub output: Option<Value>,
    pub error: Option<Failure>,
}

/// How the trial of a step went.
#[derive(Debug, Serialize, ToSchema)]
pub struct StepTrialView {
    pub status: StepStatus,
    /// The configuration with its expressions worked out.
    #[schema(value_type = Option<Object>)]
    pub config: Option<Value>,
    #[schema(value_type = Option<Object>)]
    pub output: Option<Value>,
    pub port: Option<String>,
    pub effect: Option<TrialEffect>,
    pub logs: Vec<ExecutionLogView>,
    pub error: Option<Failure>,
}

/// What an expression gives: its value, or why it gives none.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct EvaluationView {
    /// Any JSON value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

impl From<RehearsedEffect> for TrialEffect {
    fn from(effect: RehearsedEffect) -> Self {
        Self {
            step_id: effect.step_id,
            kind: effect.kind,
            summary: effect.summary,
            request: effect.request,
        }
    }
}
