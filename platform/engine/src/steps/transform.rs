use crate::step::{PureStep, StepContext, StepError, StepOutput, StepTypeInfo};
use serde_json::{Value, json};

pub(super) struct Transform;

pub(super) fn info() -> StepTypeInfo {
    StepTypeInfo {
        type_: "transform",
        name: "Set values",
        category: "logic",
        description: "Puts values together for the steps that follow.",
        icon: "braces",
        config_schema: json!({
            "type": "object",
            "additionalProperties": false,
            "required": ["values"],
            "properties": {"values": {
                "type": "object",
                "title": "Values",
                "description": "Each name becomes a field of the output.",
                "additionalProperties": true
            }}
        }),
        output_schema: json!({"type": "object", "description": "The values, by name."}),
        ..StepTypeInfo::default()
    }
}

impl PureStep for Transform {
    fn run(
        &self,
        _context: &StepContext,
        mut config: Value,
        _input: Option<Value>,
    ) -> Result<StepOutput, StepError> {
        let values = config.get_mut("values").map(Value::take);
        Ok(StepOutput::new(values.unwrap_or_else(|| json!({}))))
    }
}
