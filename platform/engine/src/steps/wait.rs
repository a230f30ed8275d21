use crate::step::{StepError, StepTypeInfo};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

/// A year.
const MAX_SECONDS: f64 = 31_536_000.0;

pub(super) fn info() -> StepTypeInfo {
    StepTypeInfo {
        type_: "wait",
        name: "Wait",
        category: "logic",
        description: "Goes on after some time, or at a time.",
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
                }
            },
            "minProperties": 1,
            "maxProperties": 1
        }),
        output_schema: json!({
            "type": "object",
            "properties": {"waited_until": {"type": "string", "format": "date-time"}}
        }),
        ..StepTypeInfo::default()
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
