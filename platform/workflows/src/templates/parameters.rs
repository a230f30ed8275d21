//! What a template's parameters are set to.

use super::library::Template;
use crate::json_schema;
use crate::stored::check_storable;
use platform_kernel::{Error, Result};
use serde_json::{Map, Value};

/// The parameters with defaults for what was left out (or given as `null`); refused with a place
/// under `/parameters` where they don't satisfy the template's schema.
pub fn complete(template: &Template, given: Option<Value>) -> Result<Value> {
    let mut fields = match given {
        None | Some(Value::Null) => Map::new(),
        Some(Value::Object(fields)) => fields,
        Some(_) => {
            return Err(Error::invalid(
                "/parameters",
                "invalid",
                "must be an object",
            ));
        }
    };
    // A form sends what was left blank as an empty text.
    fields.retain(|_, value| !value.is_null() && value.as_str() != Some(""));
    for (name, default) in defaults(&template.parameters_schema) {
        fields.entry(name).or_insert_with(|| default.clone());
    }
    let value = Value::Object(fields);
    json_schema::check_at_once(&template.parameters_schema, &value, "/parameters")?;
    check_storable(&value, "/parameters")?;
    Ok(value)
}

/// The parameters of a workflow for another version of its template: what is set stays where the
/// new version still knows it, `given` comes on top, and new ones get their defaults.
pub fn carry_over(template: &Template, set: &Value, given: Option<Value>) -> Result<Value> {
    let properties = template.parameters_schema.get("properties");
    let known = |name: &str| properties.is_some_and(|all| all.get(name).is_some());
    let kept = set.as_object().into_iter().flatten();
    let mut fields: Map<String, Value> = kept
        .filter(|(name, _)| known(name))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    match given {
        None | Some(Value::Null) => {}
        Some(Value::Object(given)) => fields.extend(given),
        Some(_) => {
            return Err(Error::invalid(
                "/parameters",
                "invalid",
                "must be an object",
            ));
        }
    }
    complete(template, Some(Value::Object(fields)))
}

fn defaults(schema: &Value) -> impl Iterator<Item = (&str, &Value)> {
    let properties = schema.get("properties").and_then(Value::as_object);
    properties
        .into_iter()
        .flatten()
        .filter_map(|(name, property)| Some((name.as_str(), property.get("default")?)))
}
