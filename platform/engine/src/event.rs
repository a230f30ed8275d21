//! What can happen to a run. The events are its truth; everything else follows from them.

use crate::failure::Failure;
use crate::step::AiCall;
use chrono::{DateTime, Utc};
use platform_kernel::id::{ExecutionId, WorkflowId};
use platform_kernel::trace::Trace;
use platform_kernel::{Error, Result};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// One event of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// Events and log lines of a run share one sequence, so a list of events has gaps.
    pub seq: i64,
    pub at: DateTime<Utc>,
    pub step_id: Option<String>,
    pub attempt: Option<u32>,
    pub body: EventBody,
}

/// What happened; stored as `kind` and `data`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "data", rename_all = "snake_case")]
pub enum EventBody {
    ExecutionAccepted {
        trigger_id: String,
        trigger_type: String,
        /// The trace that the run belongs to, as `traceparent`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        trace: Option<Trace>,
    },
    ExecutionStarted {},
    StepStarted {
        #[serde(default)]
        input: Value,
    },
    StepSucceeded {
        output: Value,
        port: String,
    },
    /// `port` is where the run goes on all the same; without one and without a retry the run
    /// fails.
    StepFailed {
        error: Failure,
        will_retry: bool,
        #[serde(default)]
        port: Option<String>,
    },
    RetryScheduled {
        at: DateTime<Utc>,
    },
    StepSkipped {},
    TimerSet {
        at: DateTime<Utc>,
    },
    TimerFired {},
    EffectIntended {
        key: String,
        kind: String,
        summary: String,
        #[serde(default)]
        simulated: bool,
    },
    EffectConfirmed {
        key: String,
        provider_ref: Option<String>,
    },
    EffectFailed {
        key: String,
        error: Failure,
    },
    EffectUnknown {
        key: String,
        error: Failure,
    },
    EffectSettled {
        key: String,
        outcome: Settlement,
    },
    AiCall(AiCall),
    /// A step named values for the steps after it; what was set before under a name is gone.
    VariablesSet {
        values: Map<String, Value>,
    },
    /// A step ends the run before its other branches are through.
    StopRequested(StopRequest),
    /// The step repeats what follows its port `item` for each of `items`.
    LoopStarted {
        items: Vec<Value>,
        concurrency: u32,
    },
    /// The step waits for something that others do.
    WaitOpened(WaitOpened),
    /// What was waited for came.
    WaitResolved {
        resolution: Value,
    },
    /// A time came before what was waited for; the wait goes on until `at`.
    WaitProlonged {
        at: DateTime<Utc>,
    },
    /// The time of the wait is over.
    WaitExpired {},
    /// The step started a run of another workflow.
    ChildStarted {
        execution_id: ExecutionId,
        workflow_id: WorkflowId,
    },
    /// The run failed, and what its steps did is undone, the latest first.
    CompensationStarted {
        error: Failure,
    },
    /// The run repeats another one from a step on; what came before is taken over from it.
    Forked(Forked),
    Paused {
        #[serde(default)]
        by: Option<String>,
    },
    Resumed {
        #[serde(default)]
        by: Option<String>,
    },
    /// The worker that had the run was lost, and another one took it over.
    LeaseTaken {
        epoch: i64,
    },
    CancelRequested {
        #[serde(default)]
        reason: Option<String>,
    },
    ExecutionSucceeded {
        output: Value,
    },
    ExecutionFailed {
        error: Failure,
    },
    ExecutionCancelled {
        #[serde(default)]
        reason: Option<String>,
    },
}

/// What a step waits for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaitOpened {
    /// `event`, `approval` or `child`.
    pub kind: String,
    /// The event's name; the approval's or the child run's id.
    pub name: String,
    #[serde(default)]
    pub key: String,
    /// For people: what is waited for.
    pub summary: String,
    /// When the step looks again on its own.
    #[serde(default)]
    pub until: Option<DateTime<Utc>>,
}

/// Where a run that repeats another one comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Forked {
    pub execution_id: ExecutionId,
    /// The first step that runs again; all of them without it.
    #[serde(default)]
    pub step_id: Option<String>,
    /// Steps whose outputs a person changed.
    #[serde(default)]
    pub edited: Vec<String>,
}

/// How a step ends its run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StopRequest {
    pub outcome: StopOutcome,
    /// For people: why.
    #[serde(default)]
    pub message: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StopOutcome {
    Succeeded,
    Failed,
}

/// What a person found out about an effect whose outcome was unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Settlement {
    /// It did happen.
    Sent,
    /// It did not happen; it will be done again.
    NotSent,
}

impl Settlement {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::NotSent => "not_sent",
        }
    }

    pub(crate) fn parse(word: &str) -> Option<Self> {
        match word {
            "sent" => Some(Self::Sent),
            "not_sent" => Some(Self::NotSent),
            _ => None,
        }
    }
}

impl EventBody {
    /// The stored columns: `kind` and `data`.
    pub fn to_columns(&self) -> Result<(String, Value)> {
        let tagged = serde_json::to_value(self).map_err(Error::internal)?;
        match tagged {
            Value::Object(mut fields) => match (fields.remove("kind"), fields.remove("data")) {
                (Some(Value::String(kind)), Some(data)) => Ok((kind, data)),
                _ => Err(Error::internal("an event without kind and data")),
            },
            _ => Err(Error::internal("an event that is no object")),
        }
    }

    /// Reads the stored columns.
    pub fn from_columns(kind: &str, data: Value) -> Result<Self> {
        serde_json::from_value(json!({"kind": kind, "data": data})).map_err(Error::internal)
    }

    /// Whether the run ends with it.
    pub fn ends_execution(&self) -> bool {
        matches!(
            self,
            Self::ExecutionSucceeded { .. }
                | Self::ExecutionFailed { .. }
                | Self::ExecutionCancelled { .. }
        )
    }
}
