//! What a workflow is made of: triggers, steps and the edges between them.

use platform_kernel::id::WorkflowId;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// The port of a step that has only one way out, and of every trigger.
pub const OUT: &str = "out";
/// The port that a step with `on_error: branch` leaves through when it fails.
pub const ERROR: &str = "error";
/// The port to the step that undoes a step when a later one fails; every step has it.
pub const COMPENSATE: &str = "compensate";

/// A workflow as one person drew it. A published version never changes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Definition {
    #[serde(default)]
    pub triggers: Vec<Trigger>,
    #[serde(default)]
    pub steps: Vec<Step>,
    #[serde(default)]
    pub edges: Vec<Edge>,
    #[serde(default)]
    pub settings: Settings,
    /// Where the canvas shows each node; the engine never reads it.
    #[serde(default)]
    pub layout: BTreeMap<String, Position>,
    /// What people wrote on the canvas; the engine never reads it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Note>,
    /// Outputs of steps to try other steps with, by step; runs never read them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub pinned: BTreeMap<String, Value>,
}

/// What starts a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Trigger {
    pub id: String,
    #[serde(rename = "type")]
    pub type_: String,
    #[serde(default = "empty_object")]
    pub config: Value,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limits: Option<TriggerLimits>,
    /// For people who read the workflow; the engine never reads it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

/// Which of the deliveries of a trigger start a run, and when. Keys are CEL over `trigger`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct TriggerLimits {
    /// Deliveries with the same value start one run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deduplication_key: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub debounce: Option<Debounce>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub throttle: Option<Throttle>,
}

/// Of a burst of deliveries only the last one starts a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Debounce {
    /// Deliveries with the same value are one burst; all of them without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// A burst ends when there was nothing for so long.
    pub seconds: u32,
    /// The run starts at the latest so long after the burst began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_seconds: Option<u32>,
}

/// At most so many runs begin in a period; what is more waits for its turn.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Throttle {
    /// Deliveries with the same value share the limit; all of them without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    pub limit: u32,
    pub period_seconds: u32,
}

/// One thing to be done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Step {
    pub id: String,
    #[serde(rename = "type")]
    pub type_: String,
    #[serde(default)]
    pub name: String,
    /// Checked against the step type's JSON Schema; any value in it may be an expression.
    #[serde(default = "empty_object")]
    pub config: Value,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry: Option<Retry>,
    /// Seconds that one attempt may take.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout_seconds: Option<u32>,
    #[serde(default)]
    pub on_error: OnError,
    /// For people who read the workflow; the engine never reads it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

/// What becomes of a run when one of its steps fails for good.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OnError {
    /// The run fails.
    #[default]
    Fail,
    /// The run goes on through `out`, with `null` as the step's output.
    Continue,
    /// The run goes on through the port `error`.
    Branch,
}

/// How often and when a failed attempt is repeated.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Retry {
    /// Attempts in all, the first one included.
    pub max_attempts: u32,
    pub initial_delay_seconds: f64,
    pub backoff: Backoff,
    pub max_delay_seconds: f64,
    /// By which part of itself a wait is longer or shorter at random, from 0 to 1.
    pub jitter: f64,
    /// Codes of the errors that are worth another attempt; without it those that the step says
    /// are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on: Option<Vec<String>>,
}

impl Default for Retry {
    fn default() -> Self {
        Self {
            max_attempts: 3,
            initial_delay_seconds: 1.0,
            backoff: Backoff::default(),
            max_delay_seconds: 60.0,
            jitter: 0.2,
            on: None,
        }
    }
}

/// How the wait between attempts grows: a factor, or one of two words.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum Backoff {
    Factor(f64),
    Word(BackoffWord),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum BackoffWord {
    /// The same wait each time.
    Fixed,
    /// Twice the wait each time.
    Exponential,
}

impl Default for Backoff {
    fn default() -> Self {
        Self::Word(BackoffWord::Exponential)
    }
}

impl Backoff {
    /// What the wait is multiplied with after each attempt.
    pub fn factor(self) -> f64 {
        match self {
            Self::Factor(factor) => factor.clamp(1.0, 10.0),
            Self::Word(BackoffWord::Fixed) => 1.0,
            Self::Word(BackoffWord::Exponential) => 2.0,
        }
    }
}

/// Leads from a trigger or a step's port to a step.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Edge {
    pub from: String,
    #[serde(default = "out")]
    pub port: String,
    pub to: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Seconds that a run may take from its start, waits included.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout_seconds: Option<u64>,
    /// Runs under way at once: of the workflow, or of each value of `concurrency_key`. The
    /// others wait.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_concurrency: Option<u32>,
    /// CEL over `trigger`: runs with the same value share the places of `max_concurrency`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub concurrency_key: Option<String>,
    /// CEL over `trigger`: what people find the run by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub business_key: Option<String>,
    /// The workflow that a failed run starts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_workflow: Option<WorkflowId>,
    /// Ended runs that are kept; older ones are removed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_executions: Option<u32>,
}

/// A note on the canvas.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Note {
    pub id: String,
    pub text: String,
    pub x: f64,
    pub y: f64,
    pub width: f64,
    pub height: f64,
    /// `yellow`, `blue`, `green`, `pink` or `gray`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub color: Option<String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Position {
    pub x: f64,
    pub y: f64,
}

impl Definition {
    pub fn step(&self, id: &str) -> Option<&Step> {
        self.steps.iter().find(|step| step.id == id)
    }

    pub fn trigger(&self, id: &str) -> Option<&Trigger> {
        self.triggers.iter().find(|trigger| trigger.id == id)
    }

    /// The edges that end at `step`.
    pub fn edges_into<'a>(&'a self, step: &'a str) -> impl Iterator<Item = &'a Edge> {
        self.edges.iter().filter(move |edge| edge.to == step)
    }

    /// Whether no edge leaves `step`.
    pub fn is_leaf(&self, step: &str) -> bool {
        !self.edges.iter().any(|edge| edge.from == step)
    }
}

fn empty_object() -> Value {
    Value::Object(serde_json::Map::new())
}

fn out() -> String {
    OUT.to_owned()
}
