//! What is to be done next: a pure function of the definition, the state and the time.

use crate::definition::Definition;
use crate::failure::Failure;
use crate::fold::{EffectState, State, StepState, StepStatus};
use crate::frames::Frames;
use crate::graph::{From, Graph, Inbound, Instance, Node, Place, Role};
use crate::instance;
use crate::steps::join;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Map, Value};
use std::borrow::Cow;

/// What a run is to do next.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    /// Steps that no taken edge leads to.
    pub(crate) skip: Vec<Instance>,
    /// Steps to start, each with the attempt's number.
    pub(crate) start: Vec<(Instance, u32)>,
    /// Steps whose time to wait is over.
    pub(crate) fire: Vec<Instance>,
    /// Steps that wait for others, and whose own time has come.
    pub(crate) due: Vec<Instance>,
    /// Effects that were intended when a worker was lost.
    pub(crate) recover: Vec<Instance>,
    /// Effects of unknown outcome, for which somebody may have decided meanwhile.
    pub(crate) unknown: Vec<Instance>,
    /// Loops that may begin iterations.
    pub(crate) widen: Vec<Instance>,
    /// Loops whose iterations are all over.
    pub(crate) close: Vec<Instance>,
    /// The next time at which there is something to do.
    pub(crate) wake_at: Option<DateTime<Utc>>,
    /// Whether every step has ended.
    pub(crate) finished: bool,
}

/// Plans the next move of a run that began at the triggers `starts`. It looks at the steps of the
/// run itself and of the iterations under way, and not at those that are over.
pub(crate) fn plan(
    graph: &Graph,
    starts: &[String],
    state: &State,
    frames: &Frames,
    now: DateTime<Utc>,
) -> Plan {
    let mut plan = Plan {
        finished: frames.finished(),
        ..Plan::default()
    };
    for place in frames.places() {
        for (at, node) in graph.members(place.in_loop) {
            let key = key(node, &place.path);
            let known = state.step(&key);
            let status = known.map_or(StepStatus::Pending, |known| known.status);
            if status.has_ended() {
                continue;
            }
            let Some(step) = graph.instance(at, &place.path) else {
                continue;
            };
            match known.filter(|_| status != StepStatus::Pending) {
                None => match readiness(graph, starts, state, place, node) {
                    Readiness::Run => plan.start.push((step, 1)),
                    Readiness::Skip => plan.skip.push(step),
                    Readiness::NotYet => {}
                },
                Some(known) if known.repeats.is_some() => {
                    if frames.is_done(&key) {
                        plan.close.push(step);
                    } else if frames.has_room(&key) {
                        plan.widen.push(step);
                    }
                }
                Some(known) => plan.go_on(step, known, now),
            }
        }
    }
    plan
}

/// Plans the next move of one step that runs to undo another.
pub(crate) fn plan_undo(step: Instance, state: &State, now: DateTime<Utc>) -> Plan {
    let mut plan = Plan::default();
    match state.step(&step.id) {
        Some(known) if known.status != StepStatus::Pending => plan.go_on(step, known, now),
        _ => plan.start.push((step, 1)),
    }
    plan
}

impl Plan {
    /// What becomes of a step that has begun and not ended.
    fn go_on(&mut self, step: Instance, known: &StepState, now: DateTime<Utc>) {
        let effect = known.effect.as_ref().map(|effect| effect.1);
        let later = known.wake_at.filter(|at| *at > now);
        match (known.status, effect) {
            (StepStatus::Waiting, _) if known.wait.is_some() => match (later, known.wake_at) {
                (Some(at), _) => self.wake_by(at),
                (None, Some(_)) => self.due.push(step),
                (None, None) => {}
            },
            (StepStatus::Waiting, Some(EffectState::Unknown)) => self.unknown.push(step),
            (StepStatus::Waiting | StepStatus::Retrying, _) if later.is_some() => {
                self.wake_by(later.unwrap_or(now));
            }
            (StepStatus::Waiting, _) => self.fire.push(step),
            (StepStatus::Retrying, _) => self.start.push((step, known.attempt + 1)),
            (StepStatus::Running, Some(EffectState::Intended)) => self.recover.push(step),
            _ => self.start.push((step, known.attempt.max(1))),
        }
    }

    pub(crate) fn wake_by(&mut self, at: DateTime<Utc>) {
        self.wake_at = Some(self.wake_at.map_or(at, |earlier| earlier.min(at)));
    }
}

/// The key of a step in a place, without a copy where it is the step's id.
fn key<'a>(node: &'a Node, path: &[u32]) -> Cow<'a, str> {
    if path.is_empty() {
        Cow::Borrowed(&node.step.id)
    } else {
        Cow::Owned(instance::key(&node.step.id, path))
    }
}

enum Readiness {
    Run,
    Skip,
    NotYet,
}

/// A step runs when all edges into it are decided and at least one was taken; a join may need
/// more of them, and then does not wait for the rest.
fn readiness(
    graph: &Graph,
    starts: &[String],
    state: &State,
    place: &Place,
    node: &Node,
) -> Readiness {
    let (mut taken, mut open) = (0, 0);
    for edge in &node.into {
        match decision(graph, starts, state, place, edge) {
            None => open += 1,
            Some(true) => taken += 1,
            Some(false) => {}
        }
    }
    let needed = match node.role {
        Role::Join => join::needed(&node.step),
        _ => None,
    };
    match needed {
        Some(needed) if taken >= needed => Readiness::Run,
        _ if open > 0 => Readiness::NotYet,
        None if taken > 0 => Readiness::Run,
        _ => Readiness::Skip,
    }
}

/// Whether the run went along an edge; `None` while that is open.
fn decision(
    graph: &Graph,
    starts: &[String],
    state: &State,
    place: &Place,
    edge: &Inbound,
) -> Option<bool> {
    match &edge.from {
        From::Trigger(id) => Some(starts.contains(id)),
        From::OwnLoop => Some(true),
        From::Nowhere => Some(false),
        From::Step(from) => {
            let from = graph.node(*from)?;
            let known = state.step(&key(from, &place.path))?;
            known
                .status
                .has_ended()
                .then(|| Node::is_taken(known.port.as_deref(), &edge.port))
        }
    }
}

/// The steps and triggers that a step was reached from.
pub(crate) fn arrived(
    graph: &Graph,
    starts: &[String],
    state: &State,
    step: &Instance,
) -> Vec<String> {
    let Some(node) = graph.node(step.node) else {
        return Vec::new();
    };
    let place = Place {
        in_loop: node.in_loop,
        path: step.path.clone(),
    };
    let taken = node
        .into
        .iter()
        .filter(|edge| decision(graph, starts, state, &place, edge) == Some(true));
    taken
        .filter_map(|edge| match &edge.from {
            From::Trigger(id) => Some(id.clone()),
            From::Step(from) => Some(graph.node(*from)?.step.id.clone()),
            From::OwnLoop | From::Nowhere => None,
        })
        .collect()
}

/// What a place gives: the outputs of the steps at its ends, by step.
pub(crate) fn output(graph: &Graph, state: &State, place: &Place) -> Value {
    let mut outputs = Map::new();
    for (_, node) in graph.members(place.in_loop).filter(|(_, node)| node.leaf) {
        if let Some(ended) = state.step(&key(node, &place.path))
            && ended.status == StepStatus::Succeeded
        {
            let output = ended.output.clone().unwrap_or(Value::Null);
            outputs.insert(node.step.id.clone(), output);
        }
    }
    Value::Object(outputs)
}

/// What has to be undone: the steps that succeeded and say what undoes them, latest first, each
/// as what undoes it.
pub(crate) fn undoing(graph: &Graph, state: &State) -> Vec<Instance> {
    let mut undone: Vec<(i64, Instance)> = Vec::new();
    if graph.nodes().all(|(_, node)| node.undone_by.is_none()) {
        return Vec::new();
    }
    for (key, known) in &state.steps {
        if known.status != StepStatus::Succeeded {
            continue;
        }
        let Some((_, node, place)) = graph.find(key) else {
            continue;
        };
        let undo = node
            .undone_by
            .and_then(|undo| graph.instance(undo, &place.path));
        undone.extend(undo.map(|undo| (known.ended_seq, undo)));
    }
    undone.sort_by_key(|(seq, _)| std::cmp::Reverse(*seq));
    undone.into_iter().map(|(_, undo)| undo).collect()
}

/// How long a run may take.
pub(crate) fn length(definition: &Definition) -> TimeDelta {
    /// Thirty days, unless the workflow says less or more.
    const DEFAULT: u64 = 30 * 24 * 3_600;
    let seconds = definition.settings.timeout_seconds.unwrap_or(DEFAULT);
    let seconds = i64::try_from(seconds).unwrap_or(i64::MAX / 1_000_000);
    TimeDelta::try_seconds(seconds).unwrap_or(TimeDelta::MAX)
}

/// The failure of a run that took too long.
pub(crate) fn timed_out() -> Failure {
    Failure::new(
        "execution_timeout",
        "The run took longer than its workflow allows.",
    )
}
