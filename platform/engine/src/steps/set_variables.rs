use crate::definition::Step;
use crate::expression;
use crate::schema::Fault;
use crate::step::{PureStep, StepContext, StepError, StepOutput, StepTypeInfo};
use crate::validate::RESERVED;
use serde_json::{Value, json};

const TYPE: &str = "set_variables";

/// Names values for all later steps.
pub(super) struct SetVariables;

pub(super) fn info() -> StepTypeInfo {
    StepTypeInfo {
        type_: TYPE,
        name: "Set variables",
        category: "logic",
        description: "Keeps values under names that every later step can read. Setting a name again replaces its value.",
        icon: "variable",
        config_schema: json!({
            "type": "object",
            "additionalProperties": false,
            "required": ["values"],
            "properties": {"values": {
                "type": "object",
                "title": "Variables",
                "description": "Later steps read each one as variables.<name>.",
                "minProperties": 1,
                "maxProperties": 50,
                "propertyNames": {"pattern": "^[A-Za-z_][A-Za-z0-9_]{0,63}$"},
                "additionalProperties": true
            }}
        }),
        output_schema: json!({"type": "object", "description": "The values set here, by name."}),
        check: Some(check),
        ..StepTypeInfo::default()
    }
}

/// The variables that a step sets; none for steps of other types.
pub(crate) fn names(step: &Step) -> impl Iterator<Item = &str> {
    let values = (step.type_ == TYPE).then(|| step.config.get("values"));
    let values = values.flatten().and_then(Value::as_object);
    values.into_iter().flatten().map(|(name, _)| name.as_str())
}

/// What later steps may read must be known at publish.
fn check(config: &Value) -> Vec<Fault> {
    let fault = |pointer: String, message: &str| Fault {
        pointer,
        message: message.to_owned(),
    };
    let values = config.get("values").unwrap_or(&Value::Null);
    if expression::is_expression(config) || expression::is_expression(values) {
        let message = "The names have to stand here; only their values may be expressions.";
        return vec![fault("/values".to_owned(), message)];
    }
    let names = values.as_object().into_iter().flatten();
    names
        .filter(|(name, _)| RESERVED.contains(&name.as_str()))
        .map(|(name, _)| {
            let message = "This word means something in expressions; choose another name.";
            fault(format!("/values/{name}"), message)
        })
        .collect()
}

impl PureStep for SetVariables {
    fn run(
        &self,
        _context: &StepContext,
        mut config: Value,
        _input: Option<Value>,
    ) -> Result<StepOutput, StepError> {
        let values = config.get_mut("values").map(Value::take);
        let Some(Value::Object(variables)) = values else {
            return Err(StepError::fatal("config_invalid", "/values: is no object"));
        };
        Ok(StepOutput {
            variables: variables.clone(),
            ..StepOutput::new(Value::Object(variables))
        })
    }
}
