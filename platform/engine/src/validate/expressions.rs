use super::Findings;
use super::graph::Order;
use crate::definition::{Definition, Step};
use crate::expression::{self, Reference};
use crate::graph::Graph;
use crate::steps::set_variables;
use serde_json::Value;
use std::sync::Arc;

/// What is known of the definition as a whole.
struct Known<'a> {
    order: &'a Order<'a>,
    graph: Graph,
}

impl Known<'_> {
    fn is_upstream(&self, earlier: &str, later: &str) -> bool {
        self.order.is_upstream(earlier, later)
    }

    /// The loops around a step, by their ids.
    fn loops_around(&self, step: &str) -> Vec<&str> {
        let mut around = Vec::new();
        let mut next = self.graph.find(step).and_then(|(_, node, _)| node.in_loop);
        while let Some(node) = next.and_then(|place| self.graph.node(place)) {
            around.push(node.step.id.as_str());
            next = node.in_loop;
        }
        around
    }
}

/// Checks that every expression compiles and refers to what is there when its step runs.
pub(super) fn check(definition: &Definition, order: &Order<'_>, findings: &mut Findings) {
    let graph = Graph::new(Arc::new(definition.clone()));
    let known = &Known { order, graph };
    for (index, step) in definition.steps.iter().enumerate() {
        let place = format!("/steps/{index}/config");
        check_value(definition, known, step, &step.config, &place, findings);
        if let Some(input) = &step.input {
            let place = format!("/steps/{index}/input");
            check_value(definition, known, step, input, &place, findings);
        }
    }
    check_keys(definition, findings);
}

/// What there is before a run begins.
const BEFORE: [&str; 3] = ["trigger", "parameters", "tenant"];

/// Checks the formulas that are worked out before a run begins, when there is only its trigger.
fn check_keys(definition: &Definition, findings: &mut Findings) {
    let settings = &definition.settings;
    let mut keys = vec![
        (
            "/settings/concurrency_key".to_owned(),
            settings.concurrency_key.as_ref(),
        ),
        (
            "/settings/business_key".to_owned(),
            settings.business_key.as_ref(),
        ),
    ];
    for (index, trigger) in definition.triggers.iter().enumerate() {
        let Some(limits) = &trigger.limits else {
            continue;
        };
        let place = |field: &str| format!("/triggers/{index}/limits/{field}");
        if let Some(debounce) = &limits.debounce
            && debounce
                .max_seconds
                .is_some_and(|most| most < debounce.seconds)
        {
            let message = "The longest wait of a burst cannot be shorter than its pause.";
            findings.error(place("debounce/max_seconds"), "debounce_invalid", message);
        }
        let debounce = limits
            .debounce
            .as_ref()
            .and_then(|debounce| debounce.key.as_ref());
        let throttle = limits
            .throttle
            .as_ref()
            .and_then(|throttle| throttle.key.as_ref());
        keys.push((
            place("deduplication_key"),
            limits.deduplication_key.as_ref(),
        ));
        keys.push((place("debounce/key"), debounce));
        keys.push((place("throttle/key"), throttle));
    }
    for (pointer, source) in keys {
        let Some(source) = source else { continue };
        match expression::check(expression::Expression::Cel(source)) {
            Err(message) => findings.error(pointer, "expression_invalid", message),
            Ok(references) => {
                let other = references
                    .iter()
                    .find(|other| !BEFORE.contains(&other.root()));
                if let Some(other) = other {
                    let message = format!(
                        "Before the run begins there are {}, not `{}`.",
                        BEFORE.join(", "),
                        other.root()
                    );
                    findings.error(pointer, "reference_not_upstream", message);
                }
            }
        }
    }
    if settings.concurrency_key.is_some() && settings.max_concurrency.is_none() {
        let message =
            "A concurrency key says which runs share `max_concurrency` places; that is missing.";
        findings.error(
            "/settings/max_concurrency",
            "max_concurrency_missing",
            message,
        );
    }
}

fn check_value(
    definition: &Definition,
    known: &Known<'_>,
    step: &Step,
    value: &Value,
    place: &str,
    findings: &mut Findings,
) {
    for found in expression::find(value) {
        let pointer = format!("{place}{}", found.pointer);
        match found.expression.and_then(expression::check) {
            Err(message) => {
                findings.step_error(&step.id, pointer, "expression_invalid", message);
            }
            Ok(references) => {
                for reference in references {
                    check_reference(definition, known, step, &reference, &pointer, findings);
                }
            }
        }
    }
}

fn check_reference(
    definition: &Definition,
    known: &Known<'_>,
    step: &Step,
    reference: &Reference,
    pointer: &str,
    findings: &mut Findings,
) {
    if let Some(name) = reference.variable() {
        return check_variable(definition, known, step, name, pointer, findings);
    }
    if reference.is_of_a_loop() {
        return check_of_a_loop(known, step, reference, pointer, findings);
    }
    let Some(target) = reference.step() else {
        return;
    };
    if definition.step(target).is_none() {
        let message = format!("There is no step `{target}`.");
        findings.step_error(&step.id, pointer, "dangling_reference", message);
    } else if target == step.id {
        let message = "A step cannot refer to itself.";
        findings.step_error(&step.id, pointer, "reference_not_upstream", message);
    } else if !known.is_upstream(target, &step.id) {
        let message = format!("`{target}` does not run before this step.");
        findings.step_error(&step.id, pointer, "reference_not_upstream", message);
    } else if known.loops_around(&step.id).contains(&target) {
        let message = format!("`{target}` is not over yet when the steps that it repeats run.");
        findings.step_error(&step.id, pointer, "reference_not_upstream", message);
    } else if reference.rest().len() == 1 {
        let message =
            format!("This is the whole step `{target}`; its output is `steps.{target}.output`.");
        findings.step_warning(
            &step.id,
            pointer.to_owned(),
            "reference_whole_step",
            message,
        );
    }
}

/// `item`, `index` and `loops` are there for the steps that a loop repeats.
fn check_of_a_loop(
    known: &Known<'_>,
    step: &Step,
    reference: &Reference,
    pointer: &str,
    findings: &mut Findings,
) {
    let around = known.loops_around(&step.id);
    if around.is_empty() {
        let message = format!("`{}` is there only inside a loop.", reference.root());
        findings.step_error(&step.id, pointer, "reference_not_upstream", message);
    } else if let Some(name) = reference.of_loop()
        && !around.contains(&name)
    {
        let message = format!("This step is not inside a loop `{name}`.");
        findings.step_error(&step.id, pointer, "reference_not_upstream", message);
    }
}

/// A variable is set by a step that runs before, whatever else sets it too.
fn check_variable(
    definition: &Definition,
    known: &Known<'_>,
    step: &Step,
    name: &str,
    pointer: &str,
    findings: &mut Findings,
) {
    let sets = |setter: &&Step| set_variables::names(setter).any(|known| known == name);
    let mut setters = definition.steps.iter().filter(sets).peekable();
    if setters.peek().is_none() {
        let message = format!("No step sets the variable `{name}`.");
        findings.step_error(&step.id, pointer, "dangling_reference", message);
    } else if !setters.any(|setter| known.is_upstream(&setter.id, &step.id)) {
        let message = format!("No step that runs before this one sets the variable `{name}`.");
        findings.step_error(&step.id, pointer, "reference_not_upstream", message);
    }
}
