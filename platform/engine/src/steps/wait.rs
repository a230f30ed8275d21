use crate::definition::OUT;
use crate::expression;
use crate::schema::Fault;
use crate::step::{
    Due, Opened, Ports, StepContext, StepError, StepOutput, StepTypeInfo, Waiting, WaitingStep,
};
use crate::waiting::{earlier_event, keep_taken, lock_event};
use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use platform_db::TenantTx;
use serde_json::{Value, json};

/// A year.
const MAX_SECONDS: f64 = 31_536_000.0;
/// The port taken when the event did not come in time.
const TIMEOUT: &str = "timeout";

pub(super) fn info() -> StepTypeInfo {
    StepTypeInfo {
        type_: "wait",
        name: "Wait",
        category: "logic",
        description: "Goes on after some time, at a time, or when an event comes.",
        icon: "timer",
        config_schema: json!({
            "type": "object",
            "additionalProperties": false,
            "properties": {
                "duration_seconds": {
                    "type": "number", "minimum": 0, "maximum": MAX_SECONDS, "title": "Seconds to wait"
                },
                "until": {
                    "type": "string", "format": "date-time", "title": "Wait until",
                    "description": "RFC 3339, for example 2026-11-21T09:00:00-05:00."
                },
                "event": {
                    "type": "object", "title": "Wait for an event",
                    "additionalProperties": false,
                    "required": ["name"],
                    "properties": {
                        "name": {
                            "type": "string", "minLength": 1, "maxLength": 200, "title": "Event",
                            "description": "The name that another workflow or program tells, for example appointment.confirmed."
                        },
                        "key": {
                            "type": ["string", "number", "null"], "maxLength": 200, "title": "Key",
                            "description": "Only the event with this key, for example a customer's id. Any will do without it.",
                            "x-ui": {"widget": "text"}
                        }
                    },
                    "x-ui": {"order": ["name", "key"]}
                },
                "timeout_seconds": {
                    "type": ["number", "null"], "minimum": 0, "maximum": MAX_SECONDS,
                    "title": "At most, in seconds",
                    "description": "When the event has not come by then, the run goes on through “timeout”."
                }
            },
            "oneOf": [
                {"required": ["duration_seconds"]},
                {"required": ["until"]},
                {"required": ["event"]}
            ],
            "x-ui": {"order": ["duration_seconds", "until", "event", "timeout_seconds"]}
        }),
        output_schema: json!({
            "type": "object",
            "properties": {
                "waited_until": {"type": "string", "format": "date-time"},
                "event": {
                    "type": ["object", "null"],
                    "properties": {
                        "id": {"type": "string"}, "name": {"type": "string"},
                        "key": {"type": "string"}, "data": {},
                        "at": {"type": "string", "format": "date-time"}
                    }
                }
            }
        }),
        ports: Ports::FromConfig(ports),
        check: Some(check),
        ..StepTypeInfo::default()
    }
}

fn ports(config: &Value) -> Vec<String> {
    let mut ports = vec![OUT.to_owned()];
    if is_for_an_event(config) {
        ports.push(TIMEOUT.to_owned());
    }
    ports
}

fn check(config: &Value) -> Vec<Fault> {
    let fault = |pointer: &str, message: &str| Fault {
        pointer: pointer.to_owned(),
        message: message.to_owned(),
    };
    if config.get("event").is_some_and(expression::is_expression) {
        let message = "The name and the key have to stand here; each may be an expression.";
        return vec![fault("/event", message)];
    }
    let limit = config
        .get("timeout_seconds")
        .filter(|limit| !limit.is_null());
    if limit.is_some() && !is_for_an_event(config) {
        let message = "Only the wait for an event has a limit.";
        return vec![fault("/timeout_seconds", message)];
    }
    Vec::new()
}

/// Whether a configuration waits for more than time.
pub(crate) fn is_for_an_event(config: &Value) -> bool {
    config.get("event").is_some_and(|event| !event.is_null())
}

/// Waits for an event; those since the run began count.
pub(crate) struct EventWait;

#[async_trait]
impl WaitingStep for EventWait {
    async fn open(
        &self,
        tx: &mut TenantTx,
        context: &StepContext,
        config: Value,
    ) -> Result<Opened, StepError> {
        let event = config.get("event").unwrap_or(&Value::Null);
        let name = event.get("name").and_then(Value::as_str).unwrap_or("");
        let key = match event.get("key") {
            Some(Value::String(key)) => key.clone(),
            Some(Value::Number(key)) => key.to_string(),
            _ => String::new(),
        };
        if name.is_empty() {
            return Err(StepError::fatal("config_invalid", "/event/name: is empty"));
        }
        let limit = config
            .get("timeout_seconds")
            .filter(|limit| !limit.is_null());
        let until = match limit {
            Some(limit) => Some(until(&json!({"duration_seconds": limit}), context.now)?),
            None => None,
        };
        lock_event(tx, name, false).await?;
        let run = context.execution_id;
        if let Some(event) = earlier_event(tx, run, name, &key).await? {
            let resolution = json!({"event": event});
            keep_taken(tx, context, name, &key, &resolution).await?;
            return Ok(Opened::Done(StepOutput::new(resolution)));
        }
        let summary = if key.is_empty() {
            format!("the event {name}")
        } else {
            format!("the event {name} of {key}")
        };
        Ok(Opened::Waiting(Waiting {
            kind: "event",
            name: name.to_owned(),
            key,
            summary,
            until,
            request: Value::Null,
        }))
    }

    async fn resolved(
        &self,
        _tx: &mut TenantTx,
        _context: &StepContext,
        _request: &Value,
        resolution: &Value,
    ) -> Result<StepOutput, StepError> {
        Ok(StepOutput::new(resolution.clone()))
    }

    async fn due(
        &self,
        _tx: &mut TenantTx,
        context: &StepContext,
        _request: &Value,
        _round: u32,
    ) -> Result<Due, StepError> {
        let output = json!({"event": null, "waited_until": context.now});
        Ok(Due::Output(StepOutput::new(output).through(TIMEOUT)))
    }
}

/// When a wait that begins `now` ends.
pub(crate) fn until(config: &Value, now: DateTime<Utc>) -> Result<DateTime<Utc>, StepError> {
    let invalid = |message| StepError::fatal("config_invalid", message);
    if let Some(text) = config.get("until").and_then(Value::as_str) {
        let time = DateTime::parse_from_rfc3339(text)
            .map_err(|error| invalid(format!("/until: {error}")))?
            .to_utc();
        let latest = now + TimeDelta::days(366);
        if time > latest {
            return Err(invalid("/until: lies more than a year ahead".to_owned()));
        }
        return Ok(time);
    }
    let seconds = config.get("duration_seconds").and_then(Value::as_f64);
    let seconds = seconds
        .filter(|seconds| (0.0..=MAX_SECONDS).contains(seconds))
        .ok_or_else(|| invalid("/duration_seconds: must be between 0 and a year".to_owned()))?;
    let microseconds = (seconds * 1e6).round();
    #[expect(
        clippy::cast_possible_truncation,
        reason = "at most a year of microseconds"
    )]
    let length = TimeDelta::microseconds(microseconds as i64);
    Ok(now + length)
}
