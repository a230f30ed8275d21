use crate::schema::Fault;
use crate::step::{Ports, PureStep, StepContext, StepError, StepOutput, StepTypeInfo};
use serde_json::{Value, json};
use std::collections::HashSet;

/// The port taken when no case holds.
const DEFAULT: &str = "default";

pub(super) struct Switch;

pub(super) fn info() -> StepTypeInfo {
    StepTypeInfo {
        type_: "switch",
        name: "Switch",
        category: "logic",
        description: "Goes through the port of the first case that holds, else through “default”.",
        icon: "route",
        config_schema: json!({
            "type": "object",
            "additionalProperties": false,
            "required": ["cases"],
            "properties": {
                "value": {"title": "Value", "description": "What “equals” compares with."},
                "cases": {
                    "type": "array",
                    "title": "Cases",
                    "minItems": 1,
                    "maxItems": 30,
                    "items": {
                        "type": "object",
                        "additionalProperties": false,
                        "required": ["port"],
                        "properties": {
                            "port": {"type": "string", "title": "Port", "pattern": "^[A-Za-z_][A-Za-z0-9_-]{0,63}$"},
                            "when": {"type": "boolean", "title": "When", "description": "For example {\"$cel\": \"trigger.amount > 1000\"}."},
                            "equals": {"title": "Equals"}
                        },
                        "minProperties": 2
                    }
                }
            }
        }),
        output_schema: json!({
            "type": "object",
            "required": ["port"],
            "properties": {"port": {"type": "string"}}
        }),
        ports: Ports::FromConfig(ports),
        check: Some(check),
        ..StepTypeInfo::default()
    }
}

fn case_ports(config: &Value) -> impl Iterator<Item = &str> {
    let cases = config.get("cases").and_then(Value::as_array);
    cases
        .into_iter()
        .flatten()
        .filter_map(|case| case.get("port")?.as_str())
}

fn ports(config: &Value) -> Vec<String> {
    let mut ports: Vec<String> = Vec::new();
    for port in case_ports(config).chain([DEFAULT]) {
        if !ports.iter().any(|known| known == port) {
            ports.push(port.to_owned());
        }
    }
    ports
}

fn check(config: &Value) -> Vec<Fault> {
    let mut seen = HashSet::from([DEFAULT, crate::definition::ERROR]);
    let twice = |(index, port): (usize, &str)| Fault {
        pointer: format!("/cases/{index}/port"),
        message: format!("The port “{port}” is taken."),
    };
    let mut faults = Vec::new();
    for (index, port) in case_ports(config).enumerate() {
        if !seen.insert(port) {
            faults.push(twice((index, port)));
        }
    }
    faults
}

impl PureStep for Switch {
    fn run(
        &self,
        _context: &StepContext,
        config: Value,
        _input: Option<Value>,
    ) -> Result<StepOutput, StepError> {
        let value = config.get("value").unwrap_or(&Value::Null);
        let holds = |case: &&Value| {
            let when = case.get("when").is_none_or(|when| when == &json!(true));
            let equals = case.get("equals").is_none_or(|equals| equals == value);
            when && equals
        };
        let cases = config.get("cases").and_then(Value::as_array);
        let port = cases
            .into_iter()
            .flatten()
            .find(holds)
            .and_then(|case| case.get("port")?.as_str())
            .unwrap_or(DEFAULT);
        Ok(StepOutput::new(json!({"port": port})).through(port))
    }
}
