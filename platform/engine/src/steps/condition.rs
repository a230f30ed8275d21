use crate::step::{Ports, PureStep, StepContext, StepError, StepOutput, StepTypeInfo};
use serde_json::{Value, json};

pub(super) struct Condition;

pub(super) fn info() -> StepTypeInfo {
    StepTypeInfo {
        type_: "condition",
        name: "Condition",
        category: "logic",
        description: "Goes one way when something is true and another way when it is not.",
        icon: "split",
        config_schema: json!({
            "type": "object",
            "additionalProperties": false,
            "required": ["condition"],
            "properties": {"condition": {
                "type": "boolean",
                "title": "Condition",
                "description": "For example {\"$cel\": \"trigger.amount > 1000\"}."
            }}
        }),
        output_schema: json!({
            "type": "object",
            "required": ["result"],
            "properties": {"result": {"type": "boolean"}}
        }),
        ports: Ports::Fixed(&["true", "false"]),
        ..StepTypeInfo::default()
    }
}

impl PureStep for Condition {
    fn run(
        &self,
        _context: &StepContext,
        config: Value,
        _input: Option<Value>,
    ) -> Result<StepOutput, StepError> {
        let result = config.get("condition").and_then(Value::as_bool) == Some(true);
        let port = if result { "true" } else { "false" };
        Ok(StepOutput::new(json!({"result": result})).through(port))
    }
}
