use crate::triggers::takes_limits;
use platform_engine::evaluation::{self, Waits};
use platform_engine::expression;
use platform_engine::registry::StepRegistry;
use platform_engine::schema::Schema;
use platform_engine::validate::{Finding, Severity, validate};
use platform_kernel::Result;
use platform_kernel::id::TenantId;
use serde_json::Value;
use std::sync::Arc;

/// Bytes of expressions, and of a whole definition, that are looked at on the thread that asks.
const LIGHT_SOURCES: usize = 8 * 1024;
const LIGHT_DEFINITION: usize = 64 * 1024;
/// How many starts in a period a throttle can count.
const MOST_STARTS: u64 = 1_000;

/// Everything that is wrong with a definition: what the engine finds, and input schemas of
/// triggers that could check nothing.
pub async fn findings(
    tenant: TenantId,
    definition: &Value,
    registry: &Arc<StepRegistry>,
) -> Result<Vec<Finding>> {
    if is_light(definition) {
        return Ok(findings_at_once(definition, registry));
    }
    let (definition, registry) = (definition.clone(), Arc::clone(registry));
    let work = move || findings_at_once(&definition, &registry);
    Ok(evaluation::run(tenant, Waits::Briefly, work).await?)
}

/// Whether finding everything takes some milliseconds at most.
fn is_light(definition: &Value) -> bool {
    let sources = expression::find(definition);
    let sources = sources
        .iter()
        .filter_map(|found| found.expression.as_ref().ok());
    let written: usize = sources.map(|source| source.source().len()).sum();
    let text = definition.to_string();
    written <= LIGHT_SOURCES && text.len() <= LIGHT_DEFINITION && !text.contains("attern\"")
}

fn findings_at_once(definition: &Value, registry: &StepRegistry) -> Vec<Finding> {
    let mut findings = validate(definition, registry);
    let triggers = definition.get("triggers").and_then(Value::as_array);
    for (index, trigger) in triggers.into_iter().flatten().enumerate() {
        let Some(schema) = trigger.pointer("/config/input_schema") else {
            continue;
        };
        if let Err(fault) = Schema::compiled(schema) {
            findings.push(Finding {
                severity: Severity::Error,
                pointer: format!("/triggers/{index}/config/input_schema"),
                code: "config_invalid".to_owned(),
                message: format!("This is no usable JSON Schema: {fault}"),
                step_id: None,
            });
        }
    }
    for (index, trigger) in triggers.into_iter().flatten().enumerate() {
        findings.extend(limits_fault(trigger).map(|(place, message)| Finding {
            severity: Severity::Error,
            pointer: format!("/triggers/{index}/limits{place}"),
            code: "limits_invalid".to_owned(),
            message: message.to_owned(),
            step_id: None,
        }));
    }
    findings
}

/// What a trigger's limits cannot be.
fn limits_fault(trigger: &Value) -> Option<(&'static str, &'static str)> {
    let limits = trigger.get("limits")?.as_object()?;
    let given = |name: &str| limits.get(name).is_some_and(|limit| !limit.is_null());
    let type_ = trigger.get("type").and_then(Value::as_str)?;
    if !takes_limits(type_) {
        let any = ["deduplication_key", "debounce", "throttle"];
        let message = "Only webhooks, leads, events and records can be limited.";
        return any.into_iter().any(given).then_some(("", message));
    }
    if given("debounce") && given("throttle") {
        let message = "A trigger has either a debounce or a throttle; limit how many runs are under way in the workflow's settings.";
        return Some(("/throttle", message));
    }
    let most = limits.get("throttle")?.get("limit")?.as_u64()?;
    (most > MOST_STARTS).then_some(("/throttle/limit", "At most 1000 in a period."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn limits_are_for_what_comes_from_outside_and_one_at_a_time() {
        let fault = |type_: &str, limits: Value| {
            let trigger = json!({"id": "t", "type": type_, "limits": limits});
            limits_fault(&trigger).map(|(place, _)| place)
        };
        let debounce = json!({"seconds": 5});
        let throttle = json!({"limit": 1000, "period_seconds": 60});
        assert_eq!(fault("schedule", json!({"debounce": debounce})), Some(""));
        assert_eq!(fault("schedule", json!({"debounce": null})), None);
        assert_eq!(fault("event", json!({"debounce": debounce})), None);
        let both = json!({"debounce": debounce, "throttle": throttle});
        assert_eq!(fault("record", both), Some("/throttle"));
        assert_eq!(fault("webhook", json!({"throttle": throttle})), None);
        let many = json!({"throttle": {"limit": 1001, "period_seconds": 60}});
        assert_eq!(fault("webhook", many), Some("/throttle/limit"));
    }
}
