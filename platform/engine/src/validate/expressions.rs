use super::Findings;
use super::graph::Order;
use crate::definition::{Definition, Step};
use crate::expression::{self, Reference};
use crate::steps::set_variables;
use serde_json::Value;

/// Checks that every expression compiles and refers to what is there when its step runs.
pub(super) fn check(definition: &Definition, order: &Order<'_>, findings: &mut Findings) {
    for (index, step) in definition.steps.iter().enumerate() {
        let place = format!("/steps/{index}/config");
        check_value(definition, order, step, &step.config, &place, findings);
        if let Some(input) = &step.input {
            let place = format!("/steps/{index}/input");
            check_value(definition, order, step, input, &place, findings);
        }
    }
}

fn check_value(
    definition: &Definition,
    order: &Order<'_>,
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
                    check_reference(definition, order, step, &reference, &pointer, findings);
                }
            }
        }
    }
}

fn check_reference(
    definition: &Definition,
    order: &Order<'_>,
    step: &Step,
    reference: &Reference,
    pointer: &str,
    findings: &mut Findings,
) {
    if let Some(name) = reference.variable() {
        return check_variable(definition, order, step, name, pointer, findings);
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
    } else if !order.is_upstream(target, &step.id) {
        let message = format!("`{target}` does not run before this step.");
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

/// A variable is set by a step that runs before, whatever else sets it too.
fn check_variable(
    definition: &Definition,
    order: &Order<'_>,
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
    } else if !setters.any(|setter| order.is_upstream(&setter.id, &step.id)) {
        let message = format!("No step that runs before this one sets the variable `{name}`.");
        findings.step_error(&step.id, pointer, "reference_not_upstream", message);
    }
}
