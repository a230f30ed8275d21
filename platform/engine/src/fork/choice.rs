//! What a run that repeats another one takes over from it: a pure function of both definitions and
//! the other run's events.

use crate::definition::{COMPENSATE, Definition};
use crate::event::{Event, EventBody};
use crate::fold::{State, StepState, StepStatus};
use crate::instance::{definition_id, iterations};
use platform_kernel::{Error, Result};
use serde_json::Value;
use std::collections::{BTreeMap, HashSet};

/// The type of the step that repeats others, and the port that leads to them.
const FOR_EACH: &str = "for_each";
const ITEM: &str = "item";

/// From where on a run is repeated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ForkFrom {
    /// Everything runs again.
    Start,
    /// This step and what follows it; inside a loop, the outermost loop around it.
    Step(String),
    /// What failed, was cut off or undone, and what follows it. Iterations that ended well are
    /// not repeated.
    Failure,
}

/// The events to take over, in their order.
#[derive(Debug, Default, PartialEq)]
pub(super) struct TakenOver {
    pub(super) events: Vec<Event>,
    /// The step from which on the run is repeated, where it is one.
    pub(super) step_id: Option<String>,
    pub(super) edited: Vec<String>,
}

/// Chooses what is taken over of a run of `old` with these `events` into a run of `new`.
pub(super) fn choose(
    old: &Definition,
    new: &Definition,
    events: &[Event],
    from: &ForkFrom,
    outputs: &BTreeMap<String, Value>,
) -> Result<TakenOver> {
    let first = match from {
        ForkFrom::Start => None,
        ForkFrom::Step(id) => Some(first_step(new, id)?),
        ForkFrom::Failure => None,
    };
    let state = State::of(events);
    check_outputs(new, &state, first.as_deref(), outputs)?;
    if *from == ForkFrom::Start {
        return Ok(TakenOver::default());
    }
    let choice = Choice::of(old, new, &state, first.as_deref());
    let mut taken = choice.events(events);
    for event in &mut taken {
        if let (EventBody::StepSucceeded { output, .. }, Some(id)) =
            (&mut event.body, &event.step_id)
            && let Some(edited) = outputs.get(id)
        {
            output.clone_from(edited);
        }
    }
    let failed = || Some(definition_id(state.error.as_ref()?.step_id.as_deref()?).to_owned());
    Ok(TakenOver {
        events: taken,
        step_id: first.or_else(failed),
        edited: outputs.keys().cloned().collect(),
    })
}

/// The step that the one asked for stands for: the outermost loop around it, or itself.
fn first_step(definition: &Definition, asked: &str) -> Result<String> {
    let id = definition_id(asked);
    if definition.step(id).is_none() {
        let detail = "is no step of this version";
        return Err(Error::invalid("/from_step", "unknown_step", detail));
    }
    if undoes(definition, id) {
        let detail = "undoes another step; name that one";
        return Err(Error::invalid("/from_step", "compensation_step", detail));
    }
    let around: Vec<&str> = loops_around(definition, id).collect();
    let outermost = around
        .iter()
        .find(|outer| loops_around(definition, outer).next().is_none());
    Ok((*outermost.unwrap_or(&id)).to_owned())
}

fn check_outputs(
    definition: &Definition,
    state: &State,
    first: Option<&str>,
    outputs: &BTreeMap<String, Value>,
) -> Result<()> {
    let upstream = first
        .map(|first| before(definition, first))
        .unwrap_or_default();
    for id in outputs.keys() {
        let fault = if definition.step(id).is_none() {
            ("unknown_step", "is no step of this version")
        } else if first.is_none() {
            ("from_step_required", "name the step to go on from")
        } else if !upstream.contains(id.as_str()) {
            (
                "not_upstream",
                "does not come before the step to go on from",
            )
        } else if loops_around(definition, id).next().is_some() {
            (
                "inside_loop",
                "has an output for each iteration; change that of its loop",
            )
        } else if state.step_status(id) != StepStatus::Succeeded {
            ("no_output", "gave no output in that run")
        } else {
            continue;
        };
        let pointer = format!("/outputs/{}", crate::expression::escape(id));
        return Err(Error::invalid(&pointer, fault.0, fault.1));
    }
    Ok(())
}

/// Which instances of which steps are taken over.
struct Choice<'a> {
    old: &'a Definition,
    new: &'a Definition,
    state: &'a State,
    /// Steps that run again with all that follows them, each within its iterations.
    again: Vec<(HashSet<&'a str>, Vec<u32>)>,
}

impl<'a> Choice<'a> {
    fn of(
        old: &'a Definition,
        new: &'a Definition,
        state: &'a State,
        first: Option<&'a str>,
    ) -> Self {
        let mut seeds: Vec<(&'a str, Vec<u32>)> = Vec::new();
        seeds.extend(first.map(|first| (first, Vec::new())));
        for (key, step) in &state.steps {
            if fails_the_run(step) || state.stop.as_ref().is_some_and(|stop| &stop.0 == key) {
                seeds.push((definition_id(key), iterations(key)));
            }
            // What was undone must be done again.
            if step.status == StepStatus::Succeeded {
                let undone = undone_by(old, definition_id(key));
                seeds.extend(undone.map(|undone| (undone, iterations(key))));
            }
        }
        // A step that became another type or is new runs, and so does what follows it.
        for step in &new.steps {
            if old.step(&step.id).is_none_or(|was| was.type_ != step.type_) {
                seeds.push((step.id.as_str(), Vec::new()));
            }
        }
        let again = seeds
            .into_iter()
            .map(|(id, path)| (from_on(new, id), path))
            .collect();
        Self {
            old,
            new,
            state,
            again,
        }
    }

    fn events(&self, events: &[Event]) -> Vec<Event> {
        let begun = |key: &str| events.iter().rposition(|event| starts(event, key));
        let taken = |(at, event): (usize, &Event)| {
            let key = event.step_id.as_deref()?;
            let step = self.state.step(key)?;
            let wanted = match &event.body {
                EventBody::StepStarted { .. } => begun(key) == Some(at),
                EventBody::StepSucceeded { .. }
                | EventBody::VariablesSet { .. }
                | EventBody::LoopStarted { .. } => true,
                EventBody::StepFailed { will_retry, .. } => !will_retry,
                // Outside loops it follows from the rest, and a run that was cut off skips more.
                EventBody::StepSkipped {} => self.in_ended_loop(key),
                _ => false,
            };
            (wanted && self.keeps(key, step)).then(|| event.clone())
        };
        events.iter().enumerate().filter_map(taken).collect()
    }

    fn keeps(&self, key: &str, step: &StepState) -> bool {
        let (id, path) = (definition_id(key), iterations(key));
        if self.new.step(id).is_none() || undoes(self.new, id) || undoes(self.old, id) {
            return false;
        }
        let again = |(steps, within): &(HashSet<&str>, Vec<u32>)| {
            steps.contains(id) && path.starts_with(within)
        };
        if self.again.iter().any(again) || !self.loops_kept(id, &path) {
            return false;
        }
        step.status.has_ended() || is_loop(self.new, id)
    }

    /// Whether the loops around an instance are the same in both versions and are kept as well.
    fn loops_kept(&self, id: &str, path: &[u32]) -> bool {
        let around: Vec<&str> = loops_around(self.new, id).collect();
        let same = loops_around(self.old, id).eq(around.iter().copied());
        let runs_again = |outer: &&str| {
            let whole = |(steps, within): &(HashSet<&str>, Vec<u32>)| {
                steps.contains(outer) && path.starts_with(within)
            };
            self.again.iter().any(whole)
        };
        same && around.len() == path.len() && !around.iter().any(runs_again)
    }

    fn in_ended_loop(&self, key: &str) -> bool {
        let mut around = loops_around(self.new, definition_id(key)).peekable();
        around.peek().is_some() && around.all(|outer| self.state.step_status(outer).has_ended())
    }
}

/// Whether a step's failure is one that nothing handled.
fn fails_the_run(step: &StepState) -> bool {
    step.status == StepStatus::Failed && step.port.is_none()
}

fn starts(event: &Event, key: &str) -> bool {
    event.step_id.as_deref() == Some(key) && matches!(event.body, EventBody::StepStarted { .. })
}

fn is_loop(definition: &Definition, id: &str) -> bool {
    definition
        .step(id)
        .is_some_and(|step| step.type_ == FOR_EACH)
}

/// Whether the step only ever undoes another one.
fn undoes(definition: &Definition, id: &str) -> bool {
    let mut into = definition.edges_into(id).peekable();
    into.peek().is_some() && into.all(|edge| edge.port == COMPENSATE)
}

/// The step that `id` undoes.
fn undone_by<'a>(definition: &'a Definition, id: &'a str) -> Option<&'a str> {
    let mut into = definition.edges_into(id);
    into.find(|edge| edge.port == COMPENSATE)
        .map(|edge| edge.from.as_str())
}

/// The steps that edges lead to from `start`, itself included.
fn from_on<'a>(definition: &'a Definition, start: &'a str) -> HashSet<&'a str> {
    let edges = |from: &str| {
        let from = from.to_owned();
        let on = definition.edges.iter();
        on.filter(move |edge| edge.from == from && edge.port != COMPENSATE)
            .map(|edge| edge.to.as_str())
    };
    walk(start, edges)
}

/// The steps that lead to `end`, itself left out.
fn before<'a>(definition: &'a Definition, end: &'a str) -> HashSet<&'a str> {
    let edges = |to: &str| {
        let to = to.to_owned();
        let back = definition.edges.iter();
        back.filter(move |edge| edge.to == to && edge.port != COMPENSATE)
            .map(|edge| edge.from.as_str())
    };
    let mut all = walk(end, edges);
    all.remove(end);
    all
}

/// The loops whose body holds the step `id`.
fn loops_around<'a>(definition: &'a Definition, id: &str) -> impl Iterator<Item = &'a str> {
    let id = id.to_owned();
    let loops = definition
        .steps
        .iter()
        .filter(|step| step.type_ == FOR_EACH);
    loops.map(|step| step.id.as_str()).filter(move |outer| {
        let first = |edge: &&'a crate::definition::Edge| edge.from == *outer && edge.port == ITEM;
        let entries = definition.edges.iter().filter(first);
        entries
            .into_iter()
            .any(|edge| from_on(definition, &edge.to).contains(id.as_str()))
    })
}

fn walk<'a, I: Iterator<Item = &'a str>>(
    start: &'a str,
    next: impl Fn(&str) -> I,
) -> HashSet<&'a str> {
    let (mut seen, mut open) = (HashSet::from([start]), vec![start]);
    while let Some(id) = open.pop() {
        open.extend(next(id).filter(|id| seen.insert(id)));
    }
    seen
}
