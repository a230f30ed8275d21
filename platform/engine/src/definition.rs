//! What a workflow is made of: triggers, steps and the edges between them.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// The port of a step that has only one way out, and of every trigger.
pub const OUT: &str = "out";
/// The port that a step with `on_error: branch` leaves through when it fails.
pub const ERROR: &str = "error";

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
}

impl Default for Retry {
    fn default() -> Self {
        Self {
            max_attempts: 3,
            initial_delay_seconds: 1.0,
            backoff: Backoff::default(),
            max_delay_seconds: 60.0,
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
