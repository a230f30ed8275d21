use crate::event::{Event, EventBody};
use crate::fold::{State, StepStatus};
use crate::instance;
use crate::model::Effect;
use crate::step::{EffectIntent, EffectOutcome};
use platform_kernel::ports::CallError;
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

/// What the outside answers in a rehearsal.
#[derive(Clone, Debug, Default)]
pub struct Answers {
    /// Outputs that a person pinned, by step of the definition.
    pub pinned: BTreeMap<String, Value>,
    /// The run whose history answers.
    pub past: Option<Arc<Past>>,
    taken: Arc<Mutex<Vec<RehearsedEffect>>>,
}

/// A run that has been.
#[derive(Clone, Debug, Default)]
pub struct Past {
    pub state: State,
    /// What it did outside, by step.
    pub effects: HashMap<String, PastEffect>,
    /// What came of its waits, by step.
    resolutions: HashMap<String, Value>,
}

/// An effect of a run that has been.
#[derive(Clone, Debug, PartialEq)]
pub struct PastEffect {
    pub kind: String,
    pub summary: String,
    pub request: Value,
}

/// Something that would have been done outside.
#[derive(Clone, Debug, PartialEq)]
pub struct RehearsedEffect {
    pub step_id: String,
    pub kind: String,
    pub summary: String,
    /// Its essence: what two requests for the same share.
    pub request: Value,
    /// The same of the past run, where it did something at this step.
    pub request_then: Option<Value>,
    pub answered: Answered,
}

/// Who answered in place of the outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answered {
    Pinned,
    /// The past run did the same, and this is what came of it.
    Past,
    /// The past run did something else at this step; its answer is taken all the same.
    PastOfAnother,
    /// Nobody: the answer is made up.
    MadeUp,
}

impl Past {
    /// A run's history, to answer from.
    pub fn new(events: &[Event], effects: Vec<Effect>) -> Self {
        let resolutions = events.iter().filter_map(|event| match &event.body {
            EventBody::WaitResolved { resolution } => {
                Some((event.step_id.clone()?, resolution.clone()))
            }
            _ => None,
        });
        let effects = effects.into_iter().map(|effect| {
            let done = PastEffect {
                kind: effect.kind,
                summary: effect.summary,
                request: effect.request,
            };
            (effect.step_id, done)
        });
        Self {
            state: State::of(events),
            effects: effects.collect(),
            resolutions: resolutions.collect(),
        }
    }
}

impl Answers {
    /// Answers from pinned outputs, and from a past run where one is given.
    pub fn new(pinned: BTreeMap<String, Value>, past: Option<Past>) -> Self {
        Self {
            pinned,
            past: past.map(Arc::new),
            taken: Arc::default(),
        }
    }

    pub(super) fn pinned(&self, step_id: &str) -> Option<&Value> {
        self.pinned.get(instance::definition_id(step_id))
    }

    /// What the past run's step gave, if it was asked the same.
    pub(super) fn past_output(&self, step_id: &str, config: &Value) -> Option<(Value, String)> {
        let step = self.past.as_ref()?.state.step(step_id)?;
        let input = step.input.as_ref()?;
        let same = input == config || input.get("config") == Some(config);
        let well = step.status == StepStatus::Succeeded && same;
        well.then(|| Some((step.output.clone()?, step.port.clone()?)))?
    }

    /// What came of the past run's wait.
    pub(super) fn resolution(&self, step_id: &str) -> Option<&Value> {
        self.past.as_ref()?.resolutions.get(step_id)
    }

    /// Whether the past run waited here and nothing came.
    pub(super) fn waited_in_vain(&self, step_id: &str) -> bool {
        let step = self.past.as_ref().and_then(|past| past.state.step(step_id));
        step.is_some_and(|step| step.status.has_ended()) && self.resolution(step_id).is_none()
    }

    /// Answers a call, and keeps what it would have done.
    pub(super) fn answer(
        &self,
        step_id: &str,
        intent: &EffectIntent,
        essence: impl Fn(&Value) -> Value,
        made_up: impl FnOnce() -> Value,
    ) -> Result<EffectOutcome, CallError> {
        let past = self.past.as_ref().and_then(|past| {
            let step = past.state.step(step_id)?;
            Some((step, past.effects.get(step_id)?))
        });
        let request = essence(&intent.request);
        let request_then = past.map(|(_, effect)| essence(&effect.request));
        let (answered, result) = if let Some(output) = self.pinned(step_id) {
            (Answered::Pinned, Ok(outcome(output.clone(), None)))
        } else if let Some((step, effect)) = past {
            let same = effect.kind == intent.kind && request_then.as_ref() == Some(&request);
            let answered = if same {
                Answered::Past
            } else {
                Answered::PastOfAnother
            };
            let result = match (&step.status, &step.output, &step.error) {
                (StepStatus::Succeeded, Some(output), _) => {
                    Ok(outcome(output.clone(), step.port.clone()))
                }
                (_, _, Some(error)) => Err(CallError::fatal("failed_then", error.message.clone())),
                _ => Ok(outcome(made_up(), None)),
            };
            (answered, result)
        } else {
            (Answered::MadeUp, Ok(outcome(made_up(), None)))
        };
        self.keep(RehearsedEffect {
            step_id: step_id.to_owned(),
            kind: intent.kind.clone(),
            summary: intent.summary.clone(),
            request,
            request_then,
            answered,
        });
        result
    }

    fn keep(&self, effect: RehearsedEffect) {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        // Another attempt at the same step does the same.
        if !taken.iter().any(|known| known.step_id == effect.step_id) {
            taken.push(effect);
        }
    }

    /// All that would have been done outside.
    pub(super) fn taken(&self) -> Vec<RehearsedEffect> {
        self.taken
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

fn outcome(output: Value, port: Option<String>) -> EffectOutcome {
    EffectOutcome {
        output,
        port,
        provider_reference: None,
    }
}
