//! What is to be done next: a pure function of the definition, the state and the time.

use crate::definition::{Definition, Edge, Step};
use crate::failure::Failure;
use crate::fold::{EffectState, State, StepStatus};
use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

/// What a run is to do next.
#[derive(Debug, Default)]
pub(crate) struct Plan<'a> {
    /// Steps that no taken edge leads to.
    pub(crate) skip: Vec<&'a Step>,
    /// Steps to start, each with the attempt's number.
    pub(crate) start: Vec<(&'a Step, u32)>,
    /// Steps whose wait is over.
    pub(crate) fire: Vec<&'a Step>,
    /// Effects that were intended when a worker was lost.
    pub(crate) recover: Vec<&'a Step>,
    /// Effects of unknown outcome, for which somebody may have decided meanwhile.
    pub(crate) unknown: Vec<&'a Step>,
    /// The next time at which there is something to do.
    pub(crate) wake_at: Option<DateTime<Utc>>,
    /// Whether every step has ended.
    pub(crate) finished: bool,
}

/// Plans the next move of a run that `trigger_id` started.
pub(crate) fn plan<'a>(
    definition: &'a Definition,
    trigger_id: &str,
    state: &State,
    now: DateTime<Utc>,
) -> Plan<'a> {
    let mut plan = Plan {
        finished: true,
        ..Plan::default()
    };
    for step in &definition.steps {
        let known = state.step(&step.id);
        let status = known.map_or(StepStatus::Pending, |known| known.status);
        if status.has_ended() {
            continue;
        }
        plan.finished = false;
        let attempt = known.map_or(0, |known| known.attempt);
        let wake_at = known.and_then(|known| known.wake_at);
        let effect = known.and_then(|known| known.effect.as_ref()).map(|e| e.1);
        match (status, effect) {
            (StepStatus::Pending, _) => match readiness(definition, trigger_id, state, &step.id) {
                Readiness::Run => plan.start.push((step, 1)),
                Readiness::Skip => plan.skip.push(step),
                Readiness::NotYet => {}
            },
            (StepStatus::Waiting, Some(EffectState::Unknown)) => plan.unknown.push(step),
            (StepStatus::Waiting, _) => match wake_at {
                Some(at) if at > now => plan.wake_by(at),
                _ => plan.fire.push(step),
            },
            (StepStatus::Retrying, _) => match wake_at {
                Some(at) if at > now => plan.wake_by(at),
                _ => plan.start.push((step, attempt + 1)),
            },
            (StepStatus::Running, Some(EffectState::Intended)) => plan.recover.push(step),
            _ => plan.start.push((step, attempt.max(1))),
        }
    }
    plan
}

impl Plan<'_> {
    pub(crate) fn wake_by(&mut self, at: DateTime<Utc>) {
        self.wake_at = Some(self.wake_at.map_or(at, |earlier| earlier.min(at)));
    }
}

enum Readiness {
    Run,
    Skip,
    NotYet,
}

/// A step runs when all edges into it are decided and at least one was taken.
fn readiness(definition: &Definition, trigger_id: &str, state: &State, step: &str) -> Readiness {
    let mut taken = false;
    for edge in definition.edges_into(step) {
        match decision(definition, trigger_id, state, edge) {
            None => return Readiness::NotYet,
            Some(edge_taken) => taken |= edge_taken,
        }
    }
    if taken {
        Readiness::Run
    } else {
        Readiness::Skip
    }
}

/// Whether the run went along `edge`; `None` while that is open.
fn decision(definition: &Definition, trigger_id: &str, state: &State, edge: &Edge) -> Option<bool> {
    if definition.trigger(&edge.from).is_some() {
        return Some(edge.from == trigger_id);
    }
    let from = state.step(&edge.from)?;
    from.status
        .has_ended()
        .then(|| from.port.as_deref() == Some(edge.port.as_str()))
}

/// What a run gives: the outputs of the steps at its ends, by step.
pub(crate) fn output(definition: &Definition, state: &State) -> Value {
    let mut outputs = Map::new();
    for step in &definition.steps {
        if !definition.is_leaf(&step.id) {
            continue;
        }
        if let Some(ended) = state.step(&step.id)
            && ended.status == StepStatus::Succeeded
        {
            let output = ended.output.clone().unwrap_or(Value::Null);
            outputs.insert(step.id.clone(), output);
        }
    }
    Value::Object(outputs)
}

/// When a run has taken too long.
pub(crate) fn deadline(definition: &Definition, started_at: DateTime<Utc>) -> DateTime<Utc> {
    /// Thirty days, unless the workflow says less or more.
    const DEFAULT: u64 = 30 * 24 * 3_600;
    let seconds = definition.settings.timeout_seconds.unwrap_or(DEFAULT);
    let seconds = i64::try_from(seconds).unwrap_or(i64::MAX / 1_000_000);
    chrono::TimeDelta::try_seconds(seconds)
        .and_then(|length| started_at.checked_add_signed(length))
        .unwrap_or(DateTime::<Utc>::MAX_UTC)
}

/// The failure of a run that took too long.
pub(crate) fn timed_out() -> Failure {
    Failure::new(
        "execution_timeout",
        "The run took longer than its workflow allows.",
    )
}
