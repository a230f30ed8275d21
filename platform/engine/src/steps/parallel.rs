use crate::definition::{COMPENSATE, ERROR};
use crate::graph::ALL;
use crate::schema::Fault;
use crate::step::{Ports, PureStep, StepContext, StepError, StepOutput, StepTypeInfo};
use serde_json::{Value, json};
use std::collections::HashSet;

/// Goes on through all its branches at once.
pub(super) struct Parallel;

pub(super) fn info() -> StepTypeInfo {
    StepTypeInfo {
        type_: "parallel",
        name: "Parallel branches",
        category: "logic",
        description: "Goes on along all its branches at the same time. A join brings them together again.",
        icon: "git-fork",
        config_schema: json!({
            "type": "object",
            "additionalProperties": false,
            "required": ["branches"],
            "properties": {
                "branches": {
                    "type": "array", "title": "Branches", "minItems": 1, "maxItems": 30,
                    "description": "A name for each; each is a way out of this step.",
                    "items": {"type": "string", "title": "Name", "pattern": "^[A-Za-z_][A-Za-z0-9_-]{0,63}$"}
                }
            }
        }),
        output_schema: json!({
            "type": "object",
            "required": ["branches"],
            "properties": {"branches": {"type": "array", "items": {"type": "string"}}}
        }),
        ports: Ports::FromConfig(ports),
        check: Some(check),
        ..StepTypeInfo::default()
    }
}

fn branches(config: &Value) -> impl Iterator<Item = &str> {
    let branches = config.get("branches").and_then(Value::as_array);
    branches.into_iter().flatten().filter_map(Value::as_str)
}

fn ports(config: &Value) -> Vec<String> {
    branches(config).map(str::to_owned).collect()
}

fn check(config: &Value) -> Vec<Fault> {
    let mut seen = HashSet::from([ERROR, COMPENSATE]);
    let mut faults = Vec::new();
    for (index, branch) in branches(config).enumerate() {
        if !seen.insert(branch) {
            faults.push(Fault {
                pointer: format!("/branches/{index}"),
                message: format!("The port “{branch}” is taken."),
            });
        }
    }
    faults
}

impl PureStep for Parallel {
    fn run(
        &self,
        _context: &StepContext,
        config: Value,
        _input: Option<Value>,
    ) -> Result<StepOutput, StepError> {
        let branches: Vec<&str> = branches(&config).collect();
        Ok(StepOutput::new(json!({"branches": branches})).through(ALL))
    }
}
