//! Starting a step: its configuration is resolved, and it runs as its kind demands.

use super::Run;
use crate::definition::{ERROR, OUT, OnError, Retry, Step};
use crate::evaluation::{self, Waits};
use crate::event::EventBody;
use crate::expression::ExpressionError;
use crate::failure::Failure;
use crate::fold::StepStatus;
use crate::graph::Instance;
use crate::log::{Entry, EntryBody, Stop};
use crate::registry::StepType;
use crate::step::{
    LogLevel, PureStep, Report, Reported, StepContext, StepError, StepKind, StepOutput,
    TransactionalStep, WaitingStep,
};
use crate::steps::wait;
use crate::text;
use chrono::TimeDelta;
use platform_kernel::id::ExecutionId;
use platform_kernel::tenant::TenantContext;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Largest output of a step, in bytes of JSON.
pub(super) const MAX_OUTPUT: usize = 1 << 20;
/// Largest input kept for people to look at.
const MAX_SHOWN_INPUT: usize = 64 * 1024;
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(60);
const MAX_RETRY_WAIT: f64 = 3_600.0;

/// A configuration with its expressions resolved.
pub(super) struct Resolved {
    pub(super) config: Value,
    pub(super) input: Option<Value>,
}

impl Run {
    pub(super) async fn start(&mut self, step: &Instance, attempt: u32) -> Result<(), Stop> {
        metrics::counter!("auterity_engine_steps_started_total", "type" => step.type_.clone())
            .increment(1);
        let registry = Arc::clone(&self.turn.registry);
        let Some(step_type) = registry.step(&step.type_) else {
            let message = format!("There is no step type `{}` any more.", step.type_);
            self.started(step, attempt, Value::Null);
            self.fail_step(
                step,
                attempt,
                &StepError::fatal("unknown_step_type", message),
            );
            return Ok(());
        };
        if let (StepKind::Effect(effect), Some(key)) = (&step_type.kind, self.effect_key(step)) {
            return self.repeat(step, attempt, effect, &key).await;
        }
        let resolved = match self.resolve(step, step_type).await {
            Ok(resolved) => resolved,
            Err(error) => {
                self.started(step, attempt, Value::Null);
                self.fail_step(step, attempt, &error);
                return Ok(());
            }
        };
        match &step_type.kind {
            StepKind::Pure(pure) => self.run_pure(step, attempt, pure, resolved),
            StepKind::Wait if wait::is_for_an_event(&resolved.config) => {
                let waiting: Arc<dyn WaitingStep> = Arc::new(wait::EventWait);
                return self.open_wait(step, attempt, &waiting, resolved).await;
            }
            StepKind::Wait => self.set_timer(step, attempt, &resolved),
            StepKind::Transactional(transactional) => {
                return self
                    .run_transactional(step, attempt, transactional, resolved)
                    .await;
            }
            StepKind::Effect(effect) => {
                return self.intend(step, attempt, effect, resolved).await;
            }
            StepKind::Waiting(waiting) => {
                return self.open_wait(step, attempt, waiting, resolved).await;
            }
            StepKind::Loop => self.begin_loop(step, attempt, resolved),
            StepKind::Join => self.join(step, attempt, &resolved),
        }
        Ok(())
    }

    /// The future borrows nothing of the run.
    fn resolve(
        &self,
        step: &Instance,
        step_type: &StepType,
    ) -> impl Future<Output = Result<Resolved, StepError>> + Send + use<> {
        let (tenant, waits) = (self.turn.tenant.id, Waits::AsLongAsNeeded);
        let evaluate =
            |value, html| evaluation::resolve(tenant, waits, value, self.view(step), html);
        let config = evaluate(&step.config, &step_type.html);
        let input = step.input.as_ref().map(|input| evaluate(input, &[]));
        let schema = Arc::clone(&step_type.config);
        async move {
            let failed =
                |error: ExpressionError| StepError::fatal("expression_failed", error.to_string());
            let mut config = config.await.map_err(failed)?;
            let mut input = match input {
                Some(input) => Some(input.await.map_err(failed)?),
                None => None,
            };
            input.iter_mut().for_each(text::clean);
            text::clean(&mut config);
            let faults = schema.check(&config);
            if faults.is_empty() {
                return Ok(Resolved { config, input });
            }
            let faults: Vec<String> = faults.iter().take(5).map(ToString::to_string).collect();
            Err(StepError::fatal("config_invalid", faults.join("; ")))
        }
    }

    fn run_pure(
        &mut self,
        step: &Instance,
        attempt: u32,
        pure: &Arc<dyn PureStep>,
        resolved: Resolved,
    ) {
        let context = self.context(step, attempt);
        self.started(step, attempt, resolved.shown());
        let result = pure
            .run(&context, resolved.config, resolved.input)
            .and_then(check_size);
        self.report(&step.id, attempt, &context.report);
        match result {
            Ok(output) => self.succeed(step, output),
            Err(error) => self.fail_step(step, attempt, &error),
        }
    }

    fn set_timer(&mut self, step: &Instance, attempt: u32, resolved: &Resolved) {
        self.started(step, attempt, resolved.shown());
        match wait::until(&resolved.config, self.now()) {
            Ok(at) => {
                self.step_event(&step.id, Some(attempt), EventBody::TimerSet { at });
                let until = at.format("%Y-%m-%d %H:%M:%S UTC");
                self.log(
                    Some(&step.id),
                    LogLevel::Info,
                    format!("Waiting until {until}."),
                );
            }
            Err(error) => self.fail_step(step, attempt, &error),
        }
    }

    async fn run_transactional(
        &mut self,
        step: &Instance,
        attempt: u32,
        transactional: &Arc<dyn TransactionalStep>,
        resolved: Resolved,
    ) -> Result<(), Stop> {
        let context = self.context(step, attempt);
        let input = resolved.shown();
        let started = self.entry(
            Some(&step.id),
            Some(attempt),
            EntryBody::Event(EventBody::StepStarted {
                input: input.clone(),
            }),
        );
        let mut draft = self.draft();
        draft.change.status = self.state.status_if(&step.id, StepStatus::Succeeded);
        let made: Mutex<Vec<Entry>> = Mutex::default();
        let report = context.report.clone();
        let build = |output: &StepOutput| {
            let output = check_size(output.clone())?;
            let mut entries = vec![started.clone()];
            entries.extend(
                report
                    .take()
                    .into_iter()
                    .map(|item| reported(&started, item)),
            );
            entries.extend(ended_well(&started, step, output));
            made.lock()
                .unwrap_or_else(PoisonError::into_inner)
                .clone_from(&entries);
            let mut commit = draft.clone();
            commit.entries.extend(entries);
            Ok(commit)
        };
        let store = Arc::clone(&self.turn.store);
        let timeout = timeout(step);
        let ran = store
            .transactional(transactional, &context, resolved.config, timeout, &build)
            .await?;
        match ran {
            Ok((_, appended)) => {
                let made = made.into_inner().unwrap_or_else(PoisonError::into_inner);
                made.into_iter().for_each(|entry| self.push(entry));
                self.committed(&appended);
            }
            Err(error) => {
                self.started(step, attempt, input);
                self.report(&step.id, attempt, &context.report);
                self.fail_step(step, attempt, &error);
            }
        }
        Ok(())
    }

    pub(super) fn started(&mut self, step: &Instance, attempt: u32, input: Value) {
        self.step_event(&step.id, Some(attempt), EventBody::StepStarted { input });
    }

    pub(super) fn succeed(&mut self, step: &Instance, output: StepOutput) {
        let like = self.entry(
            Some(&step.id),
            None,
            EntryBody::Log(LogLevel::Info, String::new(), None),
        );
        for entry in ended_well(&like, step, output) {
            self.push(entry);
        }
    }

    /// The attempt failed: it is repeated, or the step has failed for good.
    pub(super) fn fail_step(&mut self, step: &Instance, attempt: u32, error: &StepError) {
        let failure = Failure::of_step(&step.id, error);
        let retry = self.retry(step);
        let worth_it = match &retry.on {
            None => error.retryable,
            Some(codes) => codes.contains(&error.code),
        };
        let will_retry = worth_it && attempt < retry.max_attempts;
        let port = match step.on_error {
            _ if will_retry => None,
            OnError::Fail => None,
            OnError::Continue => Some(OUT.to_owned()),
            OnError::Branch => Some(ERROR.to_owned()),
        };
        let level = if will_retry {
            LogLevel::Warn
        } else {
            LogLevel::Error
        };
        let again = if will_retry {
            " It will be tried again."
        } else {
            ""
        };
        let message = format!("{} failed: {}{again}", title(step), failure.message);
        let body = EventBody::StepFailed {
            error: failure,
            will_retry,
            port,
        };
        self.step_event(&step.id, Some(attempt), body);
        if will_retry {
            let at = self.now() + wait_before(&retry, attempt, error.retry_after);
            self.step_event(&step.id, Some(attempt), EventBody::RetryScheduled { at });
        }
        self.log(Some(&step.id), level, message);
        metrics::counter!("auterity_engine_steps_failed_total", "type" => step.type_.clone())
            .increment(1);
    }

    fn retry(&self, step: &Instance) -> Retry {
        step.retry.clone().unwrap_or_default()
    }

    pub(super) fn context(&self, step: &Instance, attempt: u32) -> StepContext {
        StepContext {
            tenant: self.turn.tenant.clone(),
            execution_id: self.execution.id,
            workflow_id: self.execution.workflow_id,
            step_id: step.id.clone(),
            attempt,
            started_by: self.execution.started_by,
            lead_id: self.execution.lead_id,
            trigger_type: self.execution.trigger_type.clone(),
            now: self.now(),
            key: key(&self.turn.tenant, self.execution.id, &step.id),
            report: Report::default(),
        }
    }
}

impl Resolved {
    /// What people see as the step's input.
    pub(super) fn shown(&self) -> Value {
        let input = match &self.input {
            None => self.config.clone(),
            Some(input) => json!({"config": self.config, "input": input}),
        };
        if size(&input) > MAX_SHOWN_INPUT {
            return json!({"truncated": true});
        }
        input
    }
}

/// The entries of a step that succeeded, at the time and place of `like`.
pub(super) fn ended_well(like: &Entry, step: &Instance, output: StepOutput) -> Vec<Entry> {
    let port = output.port.unwrap_or_else(|| OUT.to_owned());
    let message = if port == OUT {
        format!("{} is done.", title(step))
    } else {
        format!("{} is done and goes on through “{port}”.", title(step))
    };
    let succeeded = EventBody::StepSucceeded {
        output: output.output,
        port,
    };
    let entry = |body| Entry {
        body,
        ..like.clone()
    };
    let values = output.variables;
    let variables = (!values.is_empty()).then_some(EventBody::VariablesSet { values });
    let mut entries: Vec<Entry> = variables
        .into_iter()
        .map(|body| entry(EntryBody::Event(body)))
        .collect();
    entries.push(entry(EntryBody::Event(succeeded)));
    entries.push(entry(EntryBody::Log(LogLevel::Info, message, None)));
    if let Some(stop) = output.stop {
        entries.push(entry(EntryBody::Event(EventBody::StopRequested(stop))));
    }
    entries
}

/// What a step reported, at the time and place of `like`.
pub(super) fn reported(like: &Entry, item: Reported) -> Entry {
    let body = match item {
        Reported::Log(level, mut message, mut data) => {
            text::clean_text(&mut message);
            data.iter_mut().for_each(text::clean);
            EntryBody::Log(level, message, data)
        }
        Reported::AiCall(call) => EntryBody::Event(EventBody::AiCall(call)),
        Reported::Child(execution_id, workflow_id) => EntryBody::Event(EventBody::ChildStarted {
            execution_id,
            workflow_id,
        }),
    };
    Entry {
        body,
        ..like.clone()
    }
}

/// The same for every attempt at a step of a run, and for nothing else.
pub(super) fn key(tenant: &TenantContext, execution: ExecutionId, step_id: &str) -> String {
    let digest = Sha256::digest(format!("{}/{execution}/{step_id}", tenant.id));
    data_encoding::HEXLOWER.encode(&digest)
}

/// How a step is called in log lines.
pub(super) fn title(step: &Step) -> String {
    let name = if step.name.is_empty() {
        &step.id
    } else {
        &step.name
    };
    format!("“{name}”")
}

pub(super) fn timeout(step: &Step) -> Duration {
    step.timeout_seconds.map_or(DEFAULT_TIMEOUT, |seconds| {
        Duration::from_secs(seconds.into())
    })
}

pub(super) fn check_size(mut output: StepOutput) -> Result<StepOutput, StepError> {
    text::clean(&mut output.output);
    output.variables.values_mut().for_each(text::clean);
    if size(&output.output) > MAX_OUTPUT {
        let message = format!("The output is larger than {MAX_OUTPUT} bytes.");
        return Err(StepError::fatal("output_too_large", message));
    }
    Ok(output)
}

/// Bytes of the value as JSON, without writing it anywhere.
pub(super) fn size(value: &Value) -> usize {
    struct Count(usize);
    impl std::io::Write for Count {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0 += bytes.len();
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let mut count = Count(0);
    match serde_json::to_writer(&mut count, value) {
        Ok(()) => count.0,
        Err(_) => usize::MAX,
    }
}

/// The wait after a failed attempt: growing, give or take its jitter, and never shorter than the
/// other side asked for.
fn wait_before(retry: &Retry, attempt: u32, asked: Option<Duration>) -> TimeDelta {
    let growth = retry
        .backoff
        .factor()
        .powi(i32::try_from(attempt.min(64)).unwrap_or(0) - 1);
    let wait = (retry.initial_delay_seconds * growth).min(retry.max_delay_seconds);
    let jitter = retry.jitter.clamp(0.0, 1.0);
    let jittered = wait * (1.0 - jitter + rand::random::<f64>() * 2.0 * jitter);
    let asked = asked.map_or(0.0, |asked| asked.as_secs_f64());
    let seconds = jittered.max(asked).clamp(0.0, MAX_RETRY_WAIT);
    TimeDelta::from_std(Duration::from_secs_f64(seconds)).unwrap_or(TimeDelta::seconds(60))
}
