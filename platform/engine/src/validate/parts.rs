use super::Findings;
use crate::definition::{Definition, OUT, OnError, Step};
use crate::registry::StepRegistry;
use std::collections::HashMap;

/// What would break `steps.<id>` or `variables.<name>` in an expression.
pub(crate) const RESERVED: [&str; 21] = [
    "as",
    "break",
    "const",
    "continue",
    "else",
    "false",
    "for",
    "function",
    "if",
    "import",
    "in",
    "let",
    "loop",
    "namespace",
    "null",
    "package",
    "return",
    "true",
    "var",
    "void",
    "while",
];

/// Checks triggers and steps one by one.
pub(super) fn check(definition: &Definition, registry: &StepRegistry, findings: &mut Findings) {
    if definition.triggers.is_empty() {
        findings.error(
            "/triggers",
            "no_trigger",
            "The workflow needs something that starts it.",
        );
    }
    if definition.steps.is_empty() {
        findings.error("/steps", "no_steps", "The workflow has no steps yet.");
    }
    check_ids(definition, findings);
    for (index, trigger) in definition.triggers.iter().enumerate() {
        let Some(known) = registry.trigger(&trigger.type_) else {
            findings.error(
                format!("/triggers/{index}/type"),
                "unknown_trigger_type",
                format!("There is no trigger type `{}`.", trigger.type_),
            );
            continue;
        };
        let own = known.info.check.map(|check| check(&trigger.config));
        let faults = known.config.check(&trigger.config);
        for fault in faults.into_iter().chain(own.unwrap_or_default()) {
            findings.error(
                format!("/triggers/{index}/config{}", fault.pointer),
                "config_invalid",
                fault.message,
            );
        }
    }
    for (index, step) in definition.steps.iter().enumerate() {
        check_step(index, step, registry, findings);
    }
}

fn check_ids(definition: &Definition, findings: &mut Findings) {
    let triggers = definition.triggers.iter().map(|t| t.id.as_str());
    let steps = definition.steps.iter().map(|s| s.id.as_str());
    let places = triggers
        .enumerate()
        .map(|(index, id)| (format!("/triggers/{index}/id"), id, false))
        .chain(
            steps
                .enumerate()
                .map(|(index, id)| (format!("/steps/{index}/id"), id, true)),
        );
    let mut seen = HashMap::new();
    for (pointer, id, is_step) in places {
        if is_step && RESERVED.contains(&id) {
            let message = format!("`{id}` means something in expressions; choose another id.");
            findings.step_error(id, pointer.clone(), "reserved_id", message);
        }
        if let Some(first) = seen.insert(id, pointer.clone()) {
            let message = format!("The id `{id}` is also used at {first}.");
            let step_id = is_step.then(|| id.to_owned());
            findings.add(
                super::Severity::Error,
                pointer,
                "duplicate_id",
                message,
                step_id,
            );
        }
    }
}

fn check_step(index: usize, step: &Step, registry: &StepRegistry, findings: &mut Findings) {
    let Some(known) = registry.step(&step.type_) else {
        findings.step_error(
            &step.id,
            format!("/steps/{index}/type"),
            "unknown_step_type",
            format!("There is no step type `{}`.", step.type_),
        );
        return;
    };
    let own = known.info.check.map(|check| check(&step.config));
    let faults = known.config.check_literals(&step.config);
    for fault in faults.into_iter().chain(own.unwrap_or_default()) {
        findings.step_error(
            &step.id,
            format!("/steps/{index}/config{}", fault.pointer),
            "config_invalid",
            fault.message,
        );
    }
    let ports = known.info.ports.of(&step.config);
    if step.on_error == OnError::Continue && !ports.iter().any(|port| port == OUT) {
        findings.step_error(
            &step.id,
            format!("/steps/{index}/on_error"),
            "cannot_continue",
            "A step with several ways out cannot go on after a failure; use a branch.",
        );
    }
}
