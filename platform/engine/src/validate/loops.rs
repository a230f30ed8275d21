//! What loops, joins and steps that undo others ask of the edges around them.

use super::Findings;
use crate::definition::{COMPENSATE, Definition, Edge};
use crate::graph::leaks;
use crate::steps::{for_each, join};
use std::collections::HashSet;

pub(super) fn check(definition: &Definition, findings: &mut Findings) {
    check_loops(definition, findings);
    check_joins(definition, findings);
    check_undo(definition, findings);
}

fn check_loops(definition: &Definition, findings: &mut Findings) {
    for (place, edge) in leaks(definition) {
        let name = definition
            .steps
            .get(place)
            .map_or("", |step| step.id.as_str());
        let message = format!(
            "This edge leads into what `{name}` repeats from outside; only its port item does."
        );
        findings.error(format!("/edges/{edge}"), "loop_leak", message);
    }
    for (index, step) in definition.steps.iter().enumerate() {
        let repeats = |edge: &Edge| edge.from == step.id && edge.port == for_each::ITEM;
        if step.type_ == for_each::TYPE && !definition.edges.iter().any(repeats) {
            let message = "Nothing follows its port item, so nothing is repeated.".to_owned();
            findings.step_warning(&step.id, format!("/steps/{index}"), "loop_empty", message);
        }
    }
}

fn check_joins(definition: &Definition, findings: &mut Findings) {
    for (index, step) in definition.steps.iter().enumerate() {
        if step.type_ != join::TYPE {
            continue;
        }
        let branches = definition.edges_into(&step.id).count();
        if join::needed(step).is_some_and(|needed| needed > branches) {
            let message = format!("Only {branches} edges lead here, so it would never go on.");
            let place = format!("/steps/{index}/config/wait_for");
            findings.step_error(&step.id, place, "join_unreachable", message);
        }
    }
}

/// What undoes a step runs for that one alone, and nothing follows it.
fn check_undo(definition: &Definition, findings: &mut Findings) {
    let mut undone = HashSet::new();
    for (index, edge) in definition.edges.iter().enumerate() {
        if edge.port != COMPENSATE || definition.step(&edge.from).is_none() {
            continue;
        }
        let mut wrong = |message: &str| {
            findings.error(format!("/edges/{index}"), "compensation_shape", message);
        };
        if definition.edges_into(&edge.to).count() > 1 {
            wrong("What undoes a step can have no other edge that leads to it.");
        }
        if !definition.is_leaf(&edge.to) {
            wrong("Nothing can follow what undoes a step.");
        }
        if !undone.insert(edge.from.as_str()) {
            wrong("A step is undone by one step; put a workflow there for more.");
        }
    }
}

#[cfg(test)]
mod tests;
