//! One step alone: a definition of it and its trigger, with what comes before it as history.

use super::dto::{StepTrialView, TryStep};
use platform_engine::definition::{Definition, Edge, OUT, Step, Trigger};
use platform_engine::event::{Event, EventBody};
use platform_engine::fold::StepStatus;
use platform_engine::instance;
use platform_engine::rehearsal::Rehearsed;
use platform_kernel::clock;
use serde_json::{Map, Value, json};

/// The trigger of the trial's definition.
pub(super) const START: &str = "trial_start";
/// The loop around a step that stands in one.
const AROUND: &str = "trial_loop";

/// What a step sees.
#[derive(Debug, Default)]
pub(super) struct Seen {
    pub(super) trigger: Value,
    steps: Map<String, Value>,
    variables: Map<String, Value>,
    item: Option<Value>,
}

impl Seen {
    /// The run's values, with those of the request on top, and pinned outputs above all.
    pub(super) fn of(
        request: &TryStep,
        definition: &Definition,
        past: Option<(Value, Vec<Event>)>,
    ) -> Self {
        let mut seen = Self::default();
        if let Some((trigger, events)) = past {
            let state = platform_engine::fold::State::of(&events);
            seen.trigger = trigger;
            seen.variables.clone_from(&state.variables);
            for (id, step) in &state.steps {
                if let Some(output) = &step.output {
                    // Of a loop's iterations the last one is as good as any.
                    let id = instance::definition_id(id);
                    seen.steps.insert(id.to_owned(), output.clone());
                }
            }
        }
        let given = request.input.as_ref();
        let part = |name: &str| given.and_then(|given| given.get(name));
        if let Some(trigger) = part("trigger") {
            seen.trigger = trigger.clone();
        }
        for (id, step) in part("steps")
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
        {
            if let Some(output) = step.get("output") {
                seen.steps.insert(id.clone(), output.clone());
            }
        }
        let variables = part("variables").and_then(Value::as_object).cloned();
        seen.variables.extend(variables.unwrap_or_default());
        seen.item = part("item").cloned();
        let pinned = definition.pinned.iter().chain(&request.pinned);
        for (id, output) in pinned {
            seen.steps.insert(id.clone(), output.clone());
        }
        seen.steps.remove(&request.step_id);
        seen
    }

    /// The definition in which only `step` runs.
    pub(super) fn definition(&self, whole: &Definition, step: &Step) -> Definition {
        let edge = |from: &str, port: &str, to: &str| Edge {
            from: from.to_owned(),
            port: port.to_owned(),
            to: to.to_owned(),
        };
        let trigger = Trigger {
            id: START.to_owned(),
            type_: "manual".to_owned(),
            config: json!({}),
            limits: None,
            comment: None,
        };
        let mut alone = Definition {
            triggers: vec![trigger],
            steps: vec![step.clone()],
            settings: Default::default(),
            ..Definition::default()
        };
        match &self.item {
            None => alone.edges = vec![edge(START, OUT, &step.id)],
            Some(item) => {
                let around: Step = Step {
                    id: AROUND.to_owned(),
                    type_: "for_each".to_owned(),
                    config: json!({"items": [item]}),
                    ..step.clone()
                };
                let around = Step {
                    input: None,
                    retry: None,
                    on_error: Default::default(),
                    ..around
                };
                alone.edges = vec![edge(START, OUT, AROUND), edge(AROUND, "item", &step.id)];
                alone.steps.insert(0, around);
            }
        }
        // Steps that have ended already: the definition must know what expressions refer to.
        let before = self
            .steps
            .keys()
            .filter(|id| **id != step.id)
            .map(|id| Step {
                id: id.clone(),
                type_: "transform".to_owned(),
                config: json!({"values": {}}),
                input: None,
                retry: None,
                on_error: Default::default(),
                ..step.clone()
            });
        alone.steps.extend(before);
        // What others set must be known to be read as null until it is set.
        let sets = whole
            .steps
            .iter()
            .filter(|other| other.type_ == "set_variables");
        alone
            .steps
            .extend(sets.filter(|other| other.id != step.id).cloned());
        alone
    }

    /// What happened before the step: outputs and variables.
    pub(super) fn history(&self) -> Vec<Event> {
        let mut events = Vec::new();
        let mut add = |step_id: Option<&str>, body| {
            events.push(Event {
                seq: i64::try_from(events.len()).unwrap_or(0) + 2,
                at: clock::now(),
                step_id: step_id.map(str::to_owned),
                attempt: step_id.map(|_| 1),
                body,
            });
        };
        for (id, output) in &self.steps {
            let (output, port) = (output.clone(), OUT.to_owned());
            add(Some(id), EventBody::StepSucceeded { output, port });
        }
        if !self.variables.is_empty() {
            let values = self.variables.clone();
            add(Some(START), EventBody::VariablesSet { values });
        }
        events
    }
}

/// How the step alone went.
pub(super) fn view(step_id: &str, rehearsed: Rehearsed) -> StepTrialView {
    let runs = rehearsed.state.steps.iter();
    let mut of_step = runs.filter(|(id, _)| instance::definition_id(id) == step_id);
    let found = of_step.next().map(|(_, step)| step.clone());
    let step = found.unwrap_or_default();
    let is_of_step = |id: &str| instance::definition_id(id) == step_id;
    let effect = rehearsed
        .effects
        .into_iter()
        .find(|e| is_of_step(&e.step_id));
    let logs = rehearsed
        .logs
        .into_iter()
        .filter(|line| line.step_id.as_deref().is_some_and(is_of_step));
    let never = step.status == StepStatus::Pending;
    StepTrialView {
        status: step.status,
        config: step.input,
        output: step.output,
        port: step.port,
        effect: effect.map(Into::into),
        logs: logs.collect(),
        error: step.error.or(rehearsed.error.filter(|_| never)),
    }
}
