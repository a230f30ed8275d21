//! Checking what a caller sends against a JSON Schema, with a field error for each fault.

use crate::stored::escape;
use jsonschema::error::ValidationErrorKind;
use platform_engine::evaluation::{self, Waits};
use platform_engine::schema::Schema;
use platform_kernel::error::FieldError;
use platform_kernel::id::TenantId;
use platform_kernel::{Error, ErrorCode, Result};
use serde_json::Value;
use std::sync::Arc;

/// Refuses a `value` that does not satisfy `schema`. `place` is the JSON pointer of the value in
/// the caller's body.
pub(crate) async fn check(
    tenant: TenantId,
    schema: &Value,
    value: &Value,
    place: &str,
) -> Result<()> {
    let place = place.to_owned();
    let work =
        move |schema: Result<Arc<Schema>, String>, value: &Value| check_with(schema, value, &place);
    evaluation::with_schema(tenant, Waits::Briefly, schema, value, work).await?
}

/// The same at once, for a schema of our own.
pub(crate) fn check_at_once(schema: &Value, value: &Value, place: &str) -> Result<()> {
    check_with(Schema::compiled(schema), value, place)
}

fn check_with(schema: Result<Arc<Schema>, String>, value: &Value, place: &str) -> Result<()> {
    let schema = schema.map_err(|fault| {
        ErrorCode::Conflict.detail(format!("the schema of the input is not usable: {fault}"))
    })?;
    let errors = schema
        .errors(value)
        .map_err(|message| Error::invalid(place, "too_large", message))?;
    Error::check(errors.iter().map(|error| fault(error, place)).collect())
}

fn fault(error: &jsonschema::ValidationError<'_>, place: &str) -> FieldError {
    let at = format!("{place}{}", error.instance_path().as_str());
    let (pointer, code, detail) = match error.kind() {
        ValidationErrorKind::Required { property } => {
            let key = property.as_str().unwrap_or_default();
            (
                format!("{at}/{}", escape(key)),
                "required",
                "must be given".to_owned(),
            )
        }
        ValidationErrorKind::MinLength { limit: 1 } => {
            (at, "required", "must not be empty".to_owned())
        }
        ValidationErrorKind::AdditionalProperties { unexpected } => match unexpected.first() {
            Some(key) => (
                format!("{at}/{}", escape(key)),
                "unknown_field",
                "is not known here".to_owned(),
            ),
            None => (at, "invalid", error.to_string()),
        },
        _ => (at, "invalid", shorten(error)),
    };
    FieldError {
        pointer,
        code: code.to_owned(),
        detail,
    }
}

/// A message that quotes a long value is told without it.
fn shorten(error: &jsonschema::ValidationError<'_>) -> String {
    let text = error.to_string();
    if text.chars().count() <= 200 {
        return text;
    }
    error.masked().to_string().chars().take(200).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_fault_has_the_place_where_it_stands() {
        let schema = json!({
            "type": "object",
            "required": ["email", "name"],
            "additionalProperties": false,
            "properties": {
                "email": {"type": "string", "format": "email"},
                "name": {"type": "string", "minLength": 1},
                "days": {"type": "integer", "minimum": 1}
            }
        });
        let value = json!({"name": "", "days": 0, "email": "x", "other": 1});
        let error = check_at_once(&schema, &value, "/parameters").unwrap_err();
        let mut found: Vec<_> = error
            .errors()
            .iter()
            .map(|e| (e.pointer.as_str(), e.code.as_str()))
            .collect();
        found.sort_unstable();
        assert_eq!(
            found,
            [
                ("/parameters/days", "invalid"),
                ("/parameters/email", "invalid"),
                ("/parameters/name", "required"),
                ("/parameters/other", "unknown_field"),
            ]
        );
        let error = check_at_once(&schema, &json!({}), "/input").unwrap_err();
        assert_eq!(error.errors()[0].pointer, "/input/email");
        assert!(check_at_once(&schema, &json!({"email": "a@b.co", "name": "A"}), "").is_ok());
    }

    #[test]
    fn a_schema_that_reaches_outside_is_refused() {
        let error = check_at_once(
            &json!({"$ref": "https://example.com/x.json"}),
            &json!(1),
            "",
        );
        assert_eq!(error.unwrap_err().code(), ErrorCode::Conflict);
    }
}
