use super::config_schema;
use crate::schedules::{MOST_CATCH_UP, Schedule};
use crate::triggers::SCHEDULE;
use platform_engine::schema::Fault;
use platform_engine::step::TriggerTypeInfo;
use serde_json::{Value, json};

pub(super) fn schedule() -> TriggerTypeInfo {
    TriggerTypeInfo {
        type_: SCHEDULE,
        name: "Schedule",
        description: "Starts a run at times of the clock, in the dealership's time zone.",
        icon: "calendar-clock",
        config_schema: config(),
        output_schema: json!({
            "type": "object",
            "required": ["scheduled_at", "time_zone"],
            "properties": {
                "scheduled_at": {"type": "string", "format": "date-time", "description": "The time it was due."},
                "time_zone": {"type": "string"}
            }
        }),
        check: Some(check),
    }
}

fn config() -> Value {
    config_schema(
        &["cron"],
        &[
            (
                "cron",
                json!({
                    "type": "string", "title": "When", "minLength": 1, "maxLength": 200,
                    "description": "A cron pattern of five fields: minute, hour, day of the month, month, day of the week. `0 9 * * MON-FRI` is every weekday at 9.",
                    "examples": ["0 9 * * MON-FRI", "*/15 * * * *", "0 6 1 * *"],
                    "x-ui": {"widget": "cron"}
                }),
            ),
            (
                "time_zone",
                json!({
                    "type": ["string", "null"], "title": "Time zone", "maxLength": 60,
                    "description": "For example `America/Chicago`; the dealership's unless given. A time that the clock leaps over in spring moves to the first moment behind the gap; one that comes twice in autumn counts once.",
                    "x-ui": {"widget": "time_zone"}
                }),
            ),
            (
                "overlap",
                json!({
                    "title": "If the run before is still going", "default": "skip",
                    "oneOf": [
                        {"const": "skip", "title": "Leave this one out"},
                        {"const": "queue", "title": "Wait for it to end"},
                        {"const": "cancel_previous", "title": "Cancel the run before"}
                    ]
                }),
            ),
            (
                "catch_up",
                json!({
                    "type": "integer", "title": "Make up for", "default": 1, "minimum": 0, "maximum": MOST_CATCH_UP,
                    "description": "How many missed times are made up for after an outage, the latest ones first to be kept."
                }),
            ),
            (
                "jitter_seconds",
                json!({
                    "type": "integer", "title": "Spread over (seconds)", "default": 0, "minimum": 0, "maximum": 3600,
                    "description": "Starts up to so much later, always by the same amount, so that not everything of one hour starts at once."
                }),
            ),
        ],
    )
}

fn check(config: &Value) -> Vec<Fault> {
    // What has no place is the schema's business. The zone of the dealership is always one.
    let wrong = Schedule::read(config, "UTC").err();
    let placed = wrong.filter(|(place, _)| !place.is_empty());
    let fault = |(place, message): (&str, String)| Fault {
        pointer: place.to_owned(),
        message,
    };
    placed.map(fault).into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_that_never_fires_is_found_before_it_is_published() {
        let places = |config: Value| -> Vec<String> {
            check(&config)
                .into_iter()
                .map(|fault| fault.pointer)
                .collect()
        };
        assert!(
            places(json!({"cron": "0 9 * * MON-FRI", "time_zone": "Europe/Berlin"})).is_empty()
        );
        assert_eq!(places(json!({"cron": "0 9 30 2 *"})), ["/cron"]);
        assert_eq!(
            places(json!({"cron": "0 9 * * *", "time_zone": "Nowhere"})),
            ["/time_zone"]
        );
    }
}
