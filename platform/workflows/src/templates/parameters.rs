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
    json_schema::check(&template.parameters_schema, &value, "/parameters")?;
    check_storable(&value, "/parameters")?;
    Ok(value)
}

fn defaults(schema: &Value) -> impl Iterator<Item = (&str, &Value)> {
    let properties = schema.get("properties").and_then(Value::as_object);
    properties
        .into_iter()
        .flatten()
        .filter_map(|(name, property)| Some((name.as_str(), property.get("default")?)))
}
