//! Everything that is wrong with a definition, each finding with its place.

mod expressions;
mod graph;
mod loops;
mod parts;
mod shape;

pub(crate) use parts::RESERVED;

use crate::definition::Definition;
use crate::registry::StepRegistry;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = FindingSeverity)]
pub enum Severity {
    /// The workflow cannot be published.
    Error,
    /// It can, but that is hardly meant.
    Warning,
}

/// Something that is wrong with a definition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Finding {
    pub severity: Severity,
    /// JSON pointer into the definition, for example `/steps/2/config/to`.
    pub pointer: String,
    /// A stable word, for example `unknown_step_type`.
    pub code: String,
    pub message: String,
    pub step_id: Option<String>,
}

/// Findings of one definition, and characters of each message: whoever mends the first hundreds sees
/// the rest the next time.
const MAX_FINDINGS: usize = 500;
const MAX_MESSAGE: usize = 500;

/// Collects findings.
#[derive(Default)]
struct Findings(Vec<Finding>);

impl Findings {
    fn error(&mut self, pointer: impl Into<String>, code: &str, message: impl Into<String>) {
        self.add(Severity::Error, pointer.into(), code, message.into(), None);
    }

    fn step_error(
        &mut self,
        step_id: &str,
        pointer: impl Into<String>,
        code: &str,
        message: impl Into<String>,
    ) {
        let step_id = Some(step_id.to_owned());
        self.add(
            Severity::Error,
            pointer.into(),
            code,
            message.into(),
            step_id,
        );
    }

    fn step_warning(&mut self, step_id: &str, pointer: String, code: &str, message: String) {
        let step_id = Some(step_id.to_owned());
        self.add(Severity::Warning, pointer, code, message, step_id);
    }

    fn add(
        &mut self,
        severity: Severity,
        pointer: String,
        code: &str,
        mut message: String,
        step_id: Option<String>,
    ) {
        if self.0.len() >= MAX_FINDINGS {
            return;
        }
        if message.len() > MAX_MESSAGE {
            message = message.chars().take(MAX_MESSAGE).chain(['…']).collect();
        }
        self.0.push(Finding {
            severity,
            pointer,
            code: code.to_owned(),
            message,
            step_id,
        });
    }
}

/// All findings about `definition`; empty when it may be published as it is.
pub fn validate(definition: &Value, registry: &StepRegistry) -> Vec<Finding> {
    let mut findings = Findings::default();
    let Some(definition) = shape::read(definition, &mut findings) else {
        return findings.0;
    };
    parts::check(&definition, registry, &mut findings);
    let order = graph::check(&definition, registry, &mut findings);
    expressions::check(&definition, &order, &mut findings);
    findings.0
}

/// The definition, if nothing worse than warnings was found.
pub fn parse(
    definition: &Value,
    registry: &StepRegistry,
) -> std::result::Result<Definition, Vec<Finding>> {
    let findings = validate(definition, registry);
    if has_errors(&findings) {
        return Err(findings);
    }
    serde_json::from_value(definition.clone()).map_err(|_shape_was_checked| findings)
}

/// Whether any finding keeps the workflow from being published.
pub fn has_errors(findings: &[Finding]) -> bool {
    findings.iter().any(|f| f.severity == Severity::Error)
}

#[cfg(test)]
mod tests;
