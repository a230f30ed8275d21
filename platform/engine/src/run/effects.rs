//! Effects: the intent is durable before the call, the outcome after it, and what a crash leaves
//! open is repeated only where that harms nobody.

use super::Run;
use super::calls::{Mark, call};
use super::start::{Resolved, check_size, timeout, title};
use crate::event::{EventBody, Settlement};
use crate::failure::Failure;
use crate::fold::ExecutionStatus;
use crate::graph::Instance;
use crate::log::{EffectChange, Entry, EntryBody, Stop};
use crate::model::EffectRowState;
use crate::plan::Plan;
use crate::step::{
    AfterCrash, EffectIntent, EffectOutcome, EffectStep, LogLevel, StepContext, StepError,
    StepKind, StepOutput,
};
use crate::store::EffectRow;
use crate::text;
use platform_kernel::ports::{CallError, Fate};
use platform_kernel::trace::{self, Trace};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex, PoisonError};
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;
use tracing::Instrument;

/// A call that is on its way.
pub(super) struct Calling {
    step: Instance,
    effect: Arc<dyn EffectStep>,
    context: StepContext,
    intent: EffectIntent,
    /// Cuts the call off; only what may be repeated is ever cut off.
    abort: CancellationToken,
}

/// A call that has ended.
pub(super) struct Called {
    step_id: String,
    result: Result<EffectOutcome, CallError>,
}

impl Run {
    /// Writes down what is about to happen outside, then lets it happen.
    pub(super) async fn intend(
        &mut self,
        step: &Instance,
        attempt: u32,
        effect: &Arc<dyn EffectStep>,
        resolved: Resolved,
    ) -> Result<(), Stop> {
        let context = self.context(step, attempt);
        let input = resolved.shown();
        let like = self.entry(
            Some(&step.id),
            Some(attempt),
            EntryBody::Event(EventBody::StepStarted {
                input: input.clone(),
            }),
        );
        let draft = self.draft();
        let made: Mutex<Vec<Entry>> = Mutex::default();
        let key = context.key.clone();
        let build = |intent: &EffectIntent| {
            let entries = intended(&like, &key, intent);
            made.lock()
                .unwrap_or_else(PoisonError::into_inner)
                .clone_from(&entries);
            let mut commit = draft.clone();
            commit.entries.extend(entries);
            commit.change.status = ExecutionStatus::Running;
            commit
                .effects
                .push(change(&step.id, &key, intent, EffectRowState::Intended));
            Ok(commit)
        };
        let store = Arc::clone(&self.turn.store);
        let ran = store
            .prepare(effect, &context, resolved.config, &build)
            .await?;
        match ran {
            Ok((intent, appended)) => {
                let made = made.into_inner().unwrap_or_else(PoisonError::into_inner);
                made.into_iter().for_each(|entry| self.push(entry));
                self.committed(&appended);
                self.call(step, effect, context, intent);
            }
            Err(error) => {
                self.started(step, attempt, input);
                self.report(&step.id, attempt, &context.report);
                self.fail_step(step, attempt, &error);
            }
        }
        Ok(())
    }

    /// Another attempt at an effect that was intended before; what it does stays the same.
    pub(super) async fn repeat(
        &mut self,
        step: &Instance,
        attempt: u32,
        effect: &Arc<dyn EffectStep>,
        key: &str,
    ) -> Result<(), Stop> {
        let Some(row) = self.effect_row(key).await? else {
            self.missing(step, attempt);
            return Ok(());
        };
        let intent = EffectIntent::from(&row);
        let input = self
            .state
            .step(&step.id)
            .and_then(|known| known.input.clone())
            .unwrap_or(Value::Null);
        let started = EntryBody::Event(EventBody::StepStarted { input });
        let like = self.entry(Some(&step.id), Some(attempt), started);
        for entry in intended(&like, key, &intent) {
            self.push(entry);
        }
        self.change_effect(change(&step.id, key, &intent, EffectRowState::Intended));
        self.commit(None).await?;
        let context = self.context(step, attempt);
        self.call(step, effect, context, intent);
        Ok(())
    }

    /// A worker was lost between intent and outcome.
    pub(super) async fn recover(&mut self, step: &Instance) -> Result<(), Stop> {
        let attempt = self.state.step(&step.id).map_or(1, |known| known.attempt);
        let registry = Arc::clone(&self.turn.registry);
        let kind = registry.step(&step.type_).map(|known| &known.kind);
        let key = self.effect_key(step).unwrap_or_default();
        let (Some(StepKind::Effect(effect)), Some(row)) = (kind, self.effect_row(&key).await?)
        else {
            self.missing(step, attempt);
            return Ok(());
        };
        let repeat = match effect.after_crash(&row.request) {
            AfterCrash::Repeat => true,
            AfterCrash::RepeatUnlessSending => row.state == EffectRowState::Intended,
            AfterCrash::Unknown => false,
        };
        let intent = EffectIntent::from(&row);
        let context = self.context(step, attempt);
        if repeat {
            let message = format!("{} is done again after a worker was lost.", title(step));
            self.log(Some(&step.id), LogLevel::Warn, message);
            self.call(step, effect, context, intent);
            return Ok(());
        }
        let lost_since = row.updated_at;
        let (looking, request) = (Arc::clone(effect), intent.request.clone());
        let asked = context.clone();
        let timeout = timeout(step);
        let look_up = async move {
            let asking = looking.look_up(&asked, &request, lost_since);
            let found = tokio::time::timeout(timeout, asking).await;
            found.ok().flatten().ok_or_else(|| {
                let message = "A worker was lost while this was being done.";
                CallError::unknown("worker_lost", message)
            })
        };
        let abort = CancellationToken::new();
        self.track(step, effect, context, intent, abort, look_up);
        Ok(())
    }

    /// A person may have said what became of an effect; answers whether somebody did.
    pub(super) async fn take_settlement(&mut self, step: &Instance) -> Result<bool, Stop> {
        let Some(key) = self.effect_key(step) else {
            return Ok(false);
        };
        let Some(row) = self.effect_row(&key).await? else {
            return Ok(false);
        };
        let Some(outcome) = row.settlement else {
            return Ok(false);
        };
        let registry = Arc::clone(&self.turn.registry);
        let Some(StepKind::Effect(effect)) = registry.step(&step.type_).map(|known| &known.kind)
        else {
            return Ok(false);
        };
        let attempt = self.state.step(&step.id).map_or(1, |known| known.attempt);
        let context = self.context(step, attempt);
        let intent = EffectIntent::from(&row);
        self.step_event(
            &step.id,
            Some(attempt),
            EventBody::EffectSettled {
                key: key.clone(),
                outcome,
            },
        );
        match outcome {
            Settlement::Sent => {
                let outcome = EffectOutcome {
                    output: json!({"settled": "sent"}),
                    ..EffectOutcome::default()
                };
                self.succeed(step, StepOutput::new(outcome.output.clone()));
                self.change_effect(change(&step.id, &key, &intent, EffectRowState::Confirmed));
                self.record(effect, &context, &intent.request, Ok(&outcome))
                    .await?;
            }
            Settlement::NotSent => {
                let error = StepError::retry("not_sent", "A person found that it did not happen.");
                let body = EventBody::StepFailed {
                    error: Failure::of_step(&step.id, &error),
                    will_retry: true,
                    port: None,
                };
                self.step_event(&step.id, Some(attempt), body);
                let at = self.now();
                self.step_event(&step.id, Some(attempt), EventBody::RetryScheduled { at });
                self.change_effect(change(&step.id, &key, &intent, EffectRowState::Failed));
            }
        }
        Ok(true)
    }

    /// Lets the call run beside whatever else the run does.
    fn call(
        &mut self,
        step: &Instance,
        effect: &Arc<dyn EffectStep>,
        context: StepContext,
        intent: EffectIntent,
    ) {
        let mark = Mark::new(&self.turn, &context.key);
        let abort = CancellationToken::new();
        let (calls, asked, request) = (Arc::clone(effect), context.clone(), intent.request.clone());
        let (timeout, cut_off) = (timeout(step), abort.clone());
        let calling = async move { call(&calls, &asked, &request, &mark, timeout, cut_off).await };
        self.track(step, effect, context, intent, abort, calling);
    }

    /// Lets what gives the effect's outcome run beside whatever else the run does.
    fn track(
        &mut self,
        step: &Instance,
        effect: &Arc<dyn EffectStep>,
        context: StepContext,
        intent: EffectIntent,
        abort: CancellationToken,
        outcome: impl Future<Output = Result<EffectOutcome, CallError>> + Send + 'static,
    ) {
        let step_id = context.step_id.clone();
        self.calling.insert(
            step.id.clone(),
            Calling {
                step: step.clone(),
                effect: Arc::clone(effect),
                context,
                intent,
                abort,
            },
        );
        // A task of its own: a call that marks its handover holds the run's row for a moment, and
        // must come on while the run itself waits for that row. It ends with the turn.
        let trace = trace::current().map(|turn| turn.child());
        let span = tracing::info_span!(
            "effect",
            "step.id" = %step_id,
            span_id = trace.as_ref().map(Trace::span_id),
        );
        let calling = trace::within(trace, outcome.instrument(span));
        let task = AbortOnDropHandle::new(platform_kernel::task::spawn(calling));
        self.calls.push(Box::pin(async move {
            let result = task.await.unwrap_or_else(|broken| {
                tracing::error!(%broken, "a call broke off");
                let message = "The call broke off on our side.";
                Err(CallError::unknown("broke_off", message))
            });
            Called { step_id, result }
        }));
    }

    /// Cuts off what may be cut off.
    pub(super) fn abort_calls(&self) {
        for calling in self.calling.values() {
            if calling.effect.after_crash(&calling.intent.request) == AfterCrash::Repeat {
                calling.abort.cancel();
            }
        }
    }

    pub(super) async fn called(&mut self, called: Called) -> Result<(), Stop> {
        let Some(calling) = self.calling.remove(&called.step_id) else {
            return Ok(());
        };
        let report = calling.context.report.clone();
        self.report(&called.step_id, calling.context.attempt, &report);
        self.conclude(calling, called.result).await
    }

    /// Writes down how it ended.
    async fn conclude(
        &mut self,
        calling: Calling,
        result: Result<EffectOutcome, CallError>,
    ) -> Result<(), Stop> {
        let Calling {
            step,
            effect,
            context,
            intent,
            ..
        } = calling;
        let (attempt, key) = (context.attempt, context.key.clone());
        let (id, some) = (step.id.as_str(), Some(attempt));
        let mut change = change(id, &key, &intent, EffectRowState::Confirmed);
        match &result {
            Ok(outcome) => {
                let mut provider_ref = outcome.provider_reference.clone();
                provider_ref.iter_mut().for_each(text::clean_text);
                change.provider_reference.clone_from(&provider_ref);
                self.step_event(id, some, EventBody::EffectConfirmed { key, provider_ref });
                let output = StepOutput {
                    output: outcome.output.clone(),
                    port: outcome.port.clone(),
                    ..StepOutput::default()
                };
                match check_size(output) {
                    Ok(output) => self.succeed(&step, output),
                    Err(error) => self.fail_step(&step, attempt, &error),
                }
            }
            Err(error) if error.fate == Fate::Unknown => {
                change.state = EffectRowState::Unknown;
                let failure = Failure::of_step(id, &StepError::from(error));
                let message = format!(
                    "{}: it is not known whether it happened ({}). Somebody has to say.",
                    title(&step),
                    failure.message
                );
                self.step_event(
                    id,
                    some,
                    EventBody::EffectUnknown {
                        key,
                        error: failure,
                    },
                );
                self.log(Some(id), LogLevel::Error, message);
                metrics::counter!("auterity_engine_effects_unknown_total").increment(1);
            }
            Err(error) => {
                change.state = EffectRowState::Failed;
                let error = StepError::from(error);
                let failure = Failure::of_step(id, &error);
                self.step_event(
                    id,
                    some,
                    EventBody::EffectFailed {
                        key,
                        error: failure,
                    },
                );
                self.fail_step(&step, attempt, &error);
            }
        }
        self.change_effect(change);
        if self.state.step_status(id) == crate::fold::StepStatus::Retrying {
            self.commit(None).await?;
            return Ok(());
        }
        if effect.is_plain() {
            // It goes with the commit that comes before anything is waited for.
            return Ok(());
        }
        self.record(&effect, &context, &intent.request, result.as_ref())
            .await
    }

    /// Whether something has happened outside that is not written down yet, and must be before a
    /// transaction that does more, and may fail, is tried for the plan.
    pub(super) fn owes_outcome(&self, plan: &Plan) -> bool {
        let does_more = |(step, _): &(Instance, u32)| {
            let step_type = self.turn.registry.step(&step.type_);
            step_type.is_some_and(|step_type| match &step_type.kind {
                StepKind::Pure(_) | StepKind::Loop | StepKind::Join => false,
                StepKind::Effect(effect) => !effect.is_plain(),
                StepKind::Transactional(_) | StepKind::Wait | StepKind::Waiting(_) => true,
            })
        };
        let attends = !plan.due.is_empty() || (self.look_at_waits && !self.state.waits.is_empty());
        !self.effects.is_empty() && (attends || plan.start.iter().any(does_more))
    }

    /// One statement changes a row once: the latest change of an effect stands.
    fn change_effect(&mut self, change: EffectChange) {
        self.effects.retain(|earlier| earlier.key != change.key);
        self.effects.push(change);
    }

    /// Commits the outcome together with what the step itself has to record.
    async fn record(
        &mut self,
        effect: &Arc<dyn EffectStep>,
        context: &StepContext,
        request: &Value,
        result: Result<&EffectOutcome, &CallError>,
    ) -> Result<(), Stop> {
        let store = Arc::clone(&self.turn.store);
        let appended = store
            .record(effect, context, request, result, self.draft())
            .await?;
        self.committed(&appended);
        Ok(())
    }

    /// The key of the step's effect, if one was ever intended.
    pub(super) fn effect_key(&self, step: &Instance) -> Option<String> {
        let effect = self.state.step(&step.id)?.effect.as_ref()?;
        Some(effect.0.clone())
    }

    // Exclusive, because the calls in hand cannot be shared between threads.
    async fn effect_row(&mut self, key: &str) -> Result<Option<EffectRow>, Stop> {
        let turn = &self.turn;
        Ok(turn
            .store
            .effect(&turn.tenant, self.execution.id, key)
            .await?)
    }

    fn missing(&mut self, step: &Instance, attempt: u32) {
        let message = "What this step was about to do cannot be read any more.";
        self.fail_step(step, attempt, &StepError::fatal("effect_missing", message));
    }
}

/// The entries of an intent, at the time and place of `started`.
fn intended(started: &Entry, key: &str, intent: &EffectIntent) -> Vec<Entry> {
    let body = EventBody::EffectIntended {
        key: key.to_owned(),
        kind: intent.kind.clone(),
        summary: intent.summary.clone(),
        simulated: intent.simulated,
    };
    let entry = |body| Entry {
        body,
        ..started.clone()
    };
    let note = if intent.simulated { " (simulated)" } else { "" };
    let message = format!("{}{note}", intent.summary);
    vec![
        started.clone(),
        entry(EntryBody::Event(body)),
        entry(EntryBody::Log(LogLevel::Info, message, None)),
    ]
}

fn change(step_id: &str, key: &str, intent: &EffectIntent, state: EffectRowState) -> EffectChange {
    EffectChange {
        key: key.to_owned(),
        step_id: step_id.to_owned(),
        kind: intent.kind.clone(),
        state,
        summary: intent.summary.clone(),
        simulated: intent.simulated,
        request: Some(intent.request.clone()),
        response: None,
        provider_reference: None,
    }
}

impl From<&EffectRow> for EffectIntent {
    fn from(row: &EffectRow) -> Self {
        Self {
            kind: row.kind.clone(),
            summary: row.summary.clone(),
            request: row.request.clone(),
            simulated: row.simulated,
        }
    }
}
