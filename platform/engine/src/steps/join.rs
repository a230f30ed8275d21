use crate::definition::Step;
use crate::expression;
use crate::schema::Fault;
use crate::step::StepTypeInfo;
use serde_json::{Value, json};

pub(crate) const TYPE: &str = "join";

pub(super) fn info() -> StepTypeInfo {
    StepTypeInfo {
        type_: TYPE,
        name: "Join",
        category: "logic",
        description: "Brings branches together: goes on when all of them are through, or as soon as enough of them are.",
        icon: "merge",
        config_schema: json!({
            "type": "object",
            "additionalProperties": false,
            "properties": {
                "wait_for": {
                    "anyOf": [
                        {"enum": ["all", "any"]},
                        {"type": "integer", "minimum": 1, "maximum": 100}
                    ],
                    "default": "all", "title": "Go on when",
                    "description": "With “any”, or a number of branches, the others go on but are not waited for.",
                    "x-ui": {"labels": {"all": "all branches are through", "any": "the first branch is through"}}
                }
            }
        }),
        output_schema: json!({
            "type": "object",
            "required": ["arrived"],
            "properties": {"arrived": {
                "type": "array", "items": {"type": "string"},
                "description": "The steps that the run came from, by id."
            }}
        }),
        check: Some(check),
        ..StepTypeInfo::default()
    }
}

fn check(config: &Value) -> Vec<Fault> {
    let is_worked_out = config
        .get("wait_for")
        .is_some_and(expression::is_expression);
    let fault = || Fault {
        pointer: "/wait_for".to_owned(),
        message: "How many branches are needed has to stand here.".to_owned(),
    };
    is_worked_out.then(fault).into_iter().collect()
}

/// How many edges have to be taken; `None`: all have to be decided.
pub(crate) fn needed(step: &Step) -> Option<usize> {
    match step.config.get("wait_for") {
        Some(Value::String(word)) if word == "any" => Some(1),
        Some(Value::Number(number)) => number.as_u64().and_then(|n| usize::try_from(n).ok()),
        _ => None,
    }
}
