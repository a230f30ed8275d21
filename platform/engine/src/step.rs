//! What a step type is: how it introduces itself, and how it runs.

use crate::event::StopRequest;
use crate::schema::Fault;
pub use crate::waiting::{Due, Opened, Waiting, WaitingStep};
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use platform_db::TenantTx;
use platform_kernel::Error;
use platform_kernel::id::{ExecutionId, LeadId, UserId, WorkflowId};
use platform_kernel::ports::{CallError, Handover};
use platform_kernel::tenant::TenantContext;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use utoipa::ToSchema;

/// What the builder shows of a step type, and what its configuration must look like.
#[derive(Clone, Debug, Default)]
pub struct StepTypeInfo {
    /// For example `ai.generate`.
    pub type_: &'static str,
    pub name: &'static str,
    /// `logic`, `ai`, `message`, `data` or `http`.
    pub category: &'static str,
    pub description: &'static str,
    /// A lucide icon's name.
    pub icon: &'static str,
    /// JSON Schema of the configuration once its expressions are resolved.
    pub config_schema: Value,
    pub output_schema: Value,
    pub ports: Ports,
    /// Said to the user when what the step talks to is a simulator.
    pub simulated_note: Option<String>,
    /// What the schema cannot say about a configuration; asked at publish, with expressions
    /// still in it.
    pub check: Option<fn(&Value) -> Vec<Fault>>,
}

/// The ways out of a step.
#[derive(Clone, Copy, Debug)]
pub enum Ports {
    /// Always the same ones.
    Fixed(&'static [&'static str]),
    /// They follow from the configuration.
    FromConfig(fn(&Value) -> Vec<String>),
}

impl Default for Ports {
    fn default() -> Self {
        Self::OUT
    }
}

impl Ports {
    /// A single way out.
    pub const OUT: Self = Self::Fixed(&[crate::definition::OUT]);

    /// The ports of a step with this configuration.
    pub fn of(&self, config: &Value) -> Vec<String> {
        match self {
            Self::Fixed(ports) => ports.iter().map(ToString::to_string).collect(),
            Self::FromConfig(read) => read(config),
        }
    }

    /// The ports that are known without a configuration; empty when they all follow from it.
    pub fn fixed(&self) -> Vec<String> {
        match self {
            Self::Fixed(ports) => ports.iter().map(ToString::to_string).collect(),
            Self::FromConfig(_) => Vec::new(),
        }
    }
}

/// What the builder shows of a trigger type.
#[derive(Clone, Debug, Default)]
pub struct TriggerTypeInfo {
    pub type_: &'static str,
    pub name: &'static str,
    pub description: &'static str,
    pub icon: &'static str,
    pub config_schema: Value,
    /// JSON Schema of `trigger` in expressions.
    pub output_schema: Value,
    /// What the schema cannot say about a configuration; asked at publish.
    pub check: Option<fn(&Value) -> Vec<Fault>>,
}

/// How steps of a type run.
#[derive(Clone)]
pub enum StepKind {
    /// Computes; recomputed after a crash, so it costs no commit of its own.
    Pure(Arc<dyn PureStep>),
    /// Changes the tenant's own tables, in the transaction that records the step.
    Transactional(Arc<dyn TransactionalStep>),
    /// Does something outside.
    Effect(Arc<dyn EffectStep>),
    /// Waits for something that others do.
    Waiting(Arc<dyn WaitingStep>),
    /// Lets time pass, or waits for an event; the engine itself does it.
    Wait,
    /// Repeats the steps after its port `item`; the engine itself does it.
    Loop,
    /// Runs when enough of the edges into it were taken; the engine itself does it.
    Join,
}

/// Where a step runs.
#[derive(Clone, Debug)]
pub struct StepContext {
    pub tenant: TenantContext,
    pub execution_id: ExecutionId,
    pub workflow_id: WorkflowId,
    /// Which run of the step this is: its id, and inside loops its iterations, as in `send[3]`.
    pub step_id: String,
    /// From 1.
    pub attempt: u32,
    /// The person who started the run, if one did.
    pub started_by: Option<UserId>,
    pub lead_id: Option<LeadId>,
    pub trigger_type: String,
    pub now: DateTime<Utc>,
    /// The same for every attempt at this step of this run, and for no other: the idempotency key.
    pub key: String,
    /// What the step tells the run's log.
    pub report: Report,
}

/// What a step that succeeded gives.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StepOutput {
    pub output: Value,
    /// `out` unless given.
    pub port: Option<String>,
    /// What later steps read as `variables.<name>`.
    pub variables: Map<String, Value>,
    /// Ends the run: what has not begun is skipped.
    pub stop: Option<StopRequest>,
}

impl StepOutput {
    pub fn new(output: Value) -> Self {
        Self {
            output,
            ..Self::default()
        }
    }

    /// The same output, leaving through `port`.
    #[must_use]
    pub fn through(mut self, port: impl Into<String>) -> Self {
        self.port = Some(port.into());
        self
    }
}

/// Why a step failed.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{code}: {message}")]
pub struct StepError {
    /// A stable word, for example `ai_answer_invalid`.
    pub code: String,
    /// For people; holds no secret.
    pub message: String,
    pub retryable: bool,
    pub retry_after: Option<Duration>,
}

impl StepError {
    /// Trying again will not help.
    pub fn fatal(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            code: code.into(),
            message: message.into(),
            retryable: false,
            retry_after: None,
        }
    }

    /// Trying again may help.
    pub fn retry(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            retryable: true,
            ..Self::fatal(code, message)
        }
    }
}

/// A fault of our own side (the database, mostly): tried again; the run shows no cause.
impl From<Error> for StepError {
    fn from(error: Error) -> Self {
        if error.code().status() < 500 {
            let detail = error.detail().map(str::to_owned);
            return Self::fatal(
                error.code().as_str(),
                detail.unwrap_or_else(|| error.code().title().to_owned()),
            );
        }
        tracing::warn!(%error, "a step failed on our side");
        Self::retry(error.code().as_str(), error.code().title())
    }
}

impl From<platform_db::DieselError> for StepError {
    fn from(error: platform_db::DieselError) -> Self {
        Error::from(error).into()
    }
}

impl From<&CallError> for StepError {
    fn from(error: &CallError) -> Self {
        Self {
            code: error.code.to_owned(),
            message: error.message.clone(),
            retryable: error.fate == platform_kernel::ports::Fate::Retry,
            retry_after: error.retry_after,
        }
    }
}

/// A step that only computes.
pub trait PureStep: Send + Sync {
    /// `config` is resolved and satisfies the schema; `input` is the step's resolved `input`.
    fn run(
        &self,
        context: &StepContext,
        config: Value,
        input: Option<Value>,
    ) -> Result<StepOutput, StepError>;
}

/// A step that changes the tenant's own tables.
#[async_trait]
pub trait TransactionalStep: Send + Sync {
    /// Runs inside the transaction that also records that it succeeded: both or neither.
    async fn run(
        &self,
        tx: &mut TenantTx,
        context: &StepContext,
        config: Value,
    ) -> Result<StepOutput, StepError>;
}

/// What an effect is about to do, as it is written down beforehand.
#[derive(Clone, Debug, PartialEq)]
pub struct EffectIntent {
    /// `email`, `ai`, `http`, …
    pub kind: String,
    /// For people: what will happen outside.
    pub summary: String,
    /// All that `call` needs. It is stored, so it holds no secret.
    pub request: Value,
    /// Whether a simulator stands at the other end.
    pub simulated: bool,
}

/// What an effect did.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EffectOutcome {
    pub output: Value,
    /// `out` unless given.
    pub port: Option<String>,
    /// The provider's name for what was done.
    pub provider_reference: Option<String>,
}

/// What may be done about a call of which a crash left no outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AfterCrash {
    /// Doing it twice harms nobody, or the provider honours the key.
    Repeat,
    /// Repeat when the handover was never marked; otherwise a person decides.
    RepeatUnlessSending,
    /// A person decides.
    Unknown,
}

/// Where an effect is called: no transaction is open.
pub struct EffectContext<'a> {
    pub step: &'a StepContext,
    /// The idempotency key, the same for every attempt.
    pub key: &'a str,
    /// Marks durably that from here on it may have happened.
    pub handover: &'a dyn Handover,
    /// How long the call may take.
    pub timeout: Duration,
}

/// A step that does something outside: written down, done, and its outcome written down.
#[async_trait]
pub trait EffectStep: Send + Sync {
    /// Whether intent and outcome need nothing of the database: then `intend` is asked instead of
    /// `prepare`, `record` is not, both are committed together with what other runs commit, and the
    /// outcome with whatever the run commits next, before it waits for anything.
    fn is_plain(&self) -> bool {
        false
    }

    /// The intent of a plain step.
    fn intend(&self, context: &StepContext, config: Value) -> Result<EffectIntent, StepError> {
        let _ = (context, config);
        Err(StepError::fatal("internal", "The step has no intent."))
    }

    /// Runs once for each effect, in the transaction that commits the intent.
    async fn prepare(
        &self,
        tx: &mut TenantTx,
        context: &StepContext,
        config: Value,
    ) -> Result<EffectIntent, StepError> {
        let _ = tx;
        self.intend(context, config)
    }

    /// Does it. Called again with the same request for every further attempt.
    async fn call(
        &self,
        context: &EffectContext<'_>,
        request: &Value,
    ) -> Result<EffectOutcome, CallError>;

    /// Asks the other side what became of a call whose outcome was lost with its worker, where
    /// [`Self::after_crash`] does not let it be repeated; `since` is when it was last marked. `None`:
    /// it cannot be said, so a person decides.
    async fn look_up(
        &self,
        context: &StepContext,
        request: &Value,
        since: DateTime<Utc>,
    ) -> Option<EffectOutcome> {
        let _ = (context, request, since);
        None
    }

    /// Runs in the transaction that commits how it ended: confirmed, failed for good
    /// (`Fate::Retry` or `Fate::Final`), or unknown (`Fate::Unknown`); not after an attempt that
    /// will be repeated. It runs again when a person settles an unknown one.
    async fn record(
        &self,
        tx: &mut TenantTx,
        context: &StepContext,
        request: &Value,
        result: Result<&EffectOutcome, &CallError>,
    ) -> Result<(), Error> {
        let _ = (tx, context, request, result);
        Ok(())
    }

    fn after_crash(&self, request: &Value) -> AfterCrash;

    /// The request without the names that this one intent was given, to compare it with others.
    fn essence(&self, request: &Value) -> Value {
        request.clone()
    }

    /// An output that fits, for runs that are only tried out; without one it is made up after the
    /// step type's output schema.
    fn rehearse(&self, request: &Value) -> Option<Value> {
        let _ = request;
        None
    }
}

/// How much a log line matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LogLevel {
    Debug,
    Info,
    Warn,
    Error,
}

impl LogLevel {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Error => "error",
        }
    }

    pub(crate) fn parse(word: &str) -> Self {
        match word {
            "debug" => Self::Debug,
            "warn" => Self::Warn,
            "error" => Self::Error,
            _ => Self::Info,
        }
    }
}

/// One line of a run's log.
#[derive(Clone, Debug, PartialEq)]
pub struct LogLine {
    pub level: LogLevel,
    pub step_id: Option<String>,
    pub message: String,
    pub data: Option<Value>,
}

/// One question to a language model, for the run's events.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct AiCall {
    pub model: String,
    pub input_tokens: u32,
    /// Reasoning included.
    pub output_tokens: u32,
    /// The part of the input that the provider had in its cache.
    #[serde(default)]
    pub cached_tokens: u32,
    /// The part of the input that the provider wrote into its cache.
    #[serde(default)]
    pub cache_write_tokens: u32,
    #[serde(default)]
    pub reasoning_tokens: u32,
    /// The provider's name for the exchange.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    pub simulated: bool,
}

/// Collects what a step reports while it runs, whether it succeeds or fails; it is committed
/// with the step's outcome.
#[derive(Clone, Debug, Default)]
pub struct Report(Arc<Mutex<Vec<Reported>>>);

/// One thing that a step reported.
#[derive(Clone, Debug, PartialEq)]
pub enum Reported {
    Log(LogLevel, String, Option<Value>),
    AiCall(AiCall),
    /// The step started a run of another workflow.
    Child(ExecutionId, WorkflowId),
}

impl Report {
    pub fn info(&self, message: impl Into<String>) {
        self.log(LogLevel::Info, message, None);
    }

    pub fn warn(&self, message: impl Into<String>) {
        self.log(LogLevel::Warn, message, None);
    }

    pub fn log(&self, level: LogLevel, message: impl Into<String>, data: Option<Value>) {
        self.push(Reported::Log(level, message.into(), data));
    }

    pub fn ai_call(&self, call: AiCall) {
        self.push(Reported::AiCall(call));
    }

    /// The step started the run `execution_id`.
    pub fn child(&self, execution_id: ExecutionId, workflow_id: WorkflowId) {
        self.push(Reported::Child(execution_id, workflow_id));
    }

    fn push(&self, item: Reported) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(item);
    }

    pub(crate) fn take(&self) -> Vec<Reported> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
