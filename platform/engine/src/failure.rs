use crate::step::StepError;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Why a step or a run failed, as it is stored and shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Failure {
    /// A stable word, for example `config_invalid`, `smtp_rejected`, `execution_timeout`.
    pub code: String,
    pub message: String,
    #[serde(default)]
    pub step_id: Option<String>,
}

impl Failure {
    pub fn new(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            code: code.into(),
            message: message.into(),
            step_id: None,
        }
    }

    pub(crate) fn of_step(step_id: &str, error: &StepError) -> Self {
        Self {
            code: error.code.clone(),
            message: error
                .message
                .chars()
                .filter(|c| *c != '\0')
                .take(2_000)
                .collect(),
            step_id: Some(step_id.to_owned()),
        }
    }
}
