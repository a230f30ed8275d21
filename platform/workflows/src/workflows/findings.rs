use platform_engine::registry::StepRegistry;
use platform_engine::schema::Schema;
use platform_engine::validate::{Finding, Severity, validate};
use serde_json::Value;

/// Everything that is wrong with a definition: what the engine finds, and input schemas of
/// triggers that could check nothing.
pub fn findings(definition: &Value, registry: &StepRegistry) -> Vec<Finding> {
    let mut findings = validate(definition, registry);
    let triggers = definition.get("triggers").and_then(Value::as_array);
    for (index, trigger) in triggers.into_iter().flatten().enumerate() {
        let Some(schema) = trigger.pointer("/config/input_schema") else {
            continue;
        };
        if let Err(fault) = Schema::compile(schema) {
            findings.push(Finding {
                severity: Severity::Error,
                pointer: format!("/triggers/{index}/config/input_schema"),
                code: "config_invalid".to_owned(),
                message: format!("This is no usable JSON Schema: {fault}"),
                step_id: None,
            });
        }
    }
    findings
}
