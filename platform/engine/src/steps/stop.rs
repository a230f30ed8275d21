use crate::event::{StopOutcome, StopRequest};
use crate::step::{Ports, PureStep, StepContext, StepError, StepOutput, StepTypeInfo};
use serde::Deserialize;
use serde_json::{Value, json};

/// Ends the run.
pub(super) struct EndRun;

#[derive(Deserialize)]
struct Config {
    #[serde(default = "succeeded")]
    outcome: StopOutcome,
    #[serde(default)]
    message: Option<String>,
}

fn succeeded() -> StopOutcome {
    StopOutcome::Succeeded
}

pub(super) fn info() -> StepTypeInfo {
    StepTypeInfo {
        type_: "stop",
        name: "Stop",
        category: "logic",
        description: "Ends the run here. Other branches that are not through yet are skipped.",
        icon: "octagon-x",
        config_schema: json!({
            "type": "object",
            "additionalProperties": false,
            "properties": {
                "outcome": {
                    "enum": ["succeeded", "failed"], "title": "The run has", "default": "succeeded",
                    "x-ui": {"labels": {"succeeded": "Succeeded", "failed": "Failed"}}
                },
                "message": {
                    "type": ["string", "null"], "title": "Message", "maxLength": 2000,
                    "description": "Why; shown on the run's page."
                }
            }
        }),
        output_schema: json!({
            "type": "object",
            "required": ["outcome", "message"],
            "properties": {
                "outcome": {"enum": ["succeeded", "failed"]},
                "message": {"type": ["string", "null"]}
            }
        }),
        ports: Ports::Fixed(&[]),
        ..StepTypeInfo::default()
    }
}

impl PureStep for EndRun {
    fn run(
        &self,
        context: &StepContext,
        config: Value,
        _input: Option<Value>,
    ) -> Result<StepOutput, StepError> {
        let config = Config::deserialize(&config)
            .map_err(|error| StepError::fatal("config_invalid", error.to_string()))?;
        let message = config
            .message
            .map(|text| text.trim().to_owned())
            .filter(|text| !text.is_empty());
        if let Some(message) = &message {
            context.report.info(message.clone());
        }
        let output = json!({"outcome": config.outcome, "message": message});
        let stop = StopRequest {
            outcome: config.outcome,
            message,
        };
        Ok(StepOutput {
            stop: Some(stop),
            ..StepOutput::new(output)
        })
    }
}
