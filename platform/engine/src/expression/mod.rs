//! Values that are worked out when a step runs: `{"$ref": "steps.lead.output.phone"}` keeps the
//! value's type, `{"$cel": "…"}` computes, `{"$tpl": "…"}` makes text.

mod computed;
mod cost;
mod reference;
mod scope;
mod template;

pub use reference::Reference;
pub use scope::{Scope, StepResult, View};

use serde_json::{Map, Value};

/// Longest source text of one expression, in bytes.
pub const MAX_SOURCE: usize = 16 * 1024;
/// Largest value that one expression may give, in bytes of text or number of parts.
pub const MAX_RESULT: usize = 1 << 20;
/// What all expressions of one configuration may give together, in the same measure.
const MAX_TOGETHER: usize = 4 << 20;

/// One expression.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expression<'a> {
    Ref(&'a str),
    Cel(&'a str),
    Template(&'a str),
}

/// An expression in a configuration, or something that looks like one and isn't.
#[derive(Debug)]
pub struct Found<'a> {
    /// JSON pointer into the configuration.
    pub pointer: String,
    pub expression: Result<Expression<'a>, String>,
}

/// Why an expression gave no value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{pointer}: {message}")]
pub struct ExpressionError {
    /// JSON pointer into the configuration.
    pub pointer: String,
    pub message: String,
}

/// Whether `value` is an expression and not a literal.
pub fn is_expression(value: &Value) -> bool {
    matches!(read(value), Some(Ok(_)))
}

/// Reads an object with a `$` key. `{"$ref": "#/…"}` belongs to JSON Schema and is a literal.
fn read(value: &Value) -> Option<Result<Expression<'_>, String>> {
    let fields = value.as_object()?;
    let key = ["$ref", "$cel", "$tpl"]
        .into_iter()
        .find(|key| fields.contains_key(*key))?;
    let source = match fields.get(key) {
        Some(Value::String(source)) => source,
        _ => return Some(Err(format!("{key} must be a text"))),
    };
    if key == "$ref" && source.starts_with('#') {
        return None;
    }
    if fields.len() > 1 {
        return Some(Err(format!("{key} must be the only key of its object")));
    }
    if source.len() > MAX_SOURCE {
        return Some(Err(format!("an expression has at most {MAX_SOURCE} bytes")));
    }
    Some(Ok(match key {
        "$ref" => Expression::Ref(source),
        "$cel" => Expression::Cel(source),
        _ => Expression::Template(source),
    }))
}

/// Every expression in `value`, with where it stands.
pub fn find(value: &Value) -> Vec<Found<'_>> {
    let mut found = Vec::new();
    visit(value, &mut String::new(), &mut found);
    found
}

fn visit<'a>(value: &'a Value, pointer: &mut String, found: &mut Vec<Found<'a>>) {
    if let Some(expression) = read(value) {
        found.push(Found {
            pointer: pointer.clone(),
            expression,
        });
        return;
    }
    let length = pointer.len();
    match value {
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                pointer.push_str(&format!("/{index}"));
                visit(item, pointer, found);
                pointer.truncate(length);
            }
        }
        Value::Object(fields) => {
            for (key, field) in fields {
                pointer.push('/');
                pointer.push_str(&escape(key));
                visit(field, pointer, found);
                pointer.truncate(length);
            }
        }
        _ => {}
    }
}

/// A key as a part of a JSON pointer.
pub(crate) fn escape(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

/// Compiles an expression and answers what it refers to.
pub fn check(expression: Expression<'_>) -> Result<Vec<Reference>, String> {
    match expression {
        Expression::Ref(path) => Reference::parse(path).map(|reference| vec![reference]),
        Expression::Cel(source) => computed::references(source),
        Expression::Template(source) => template::references(source),
    }
}

/// The value with every expression in it replaced by what it gives in `scope`.
pub fn resolve<'a>(value: &Value, scope: impl Into<View<'a>>) -> Result<Value, ExpressionError> {
    let mut budget = MAX_TOGETHER;
    resolve_at(value, &scope.into(), &mut String::new(), &mut budget)
}

fn resolve_at(
    value: &Value,
    scope: &View<'_>,
    pointer: &mut String,
    budget: &mut usize,
) -> Result<Value, ExpressionError> {
    if let Some(expression) = read(value) {
        return expression
            .and_then(|expression| evaluate(expression, scope))
            .and_then(|value| spend(value, budget))
            .map_err(|message| ExpressionError {
                pointer: pointer.clone(),
                message,
            });
    }
    let length = pointer.len();
    match value {
        Value::Array(items) => {
            let mut resolved = Vec::with_capacity(items.len());
            for (index, item) in items.iter().enumerate() {
                pointer.push_str(&format!("/{index}"));
                resolved.push(resolve_at(item, scope, pointer, budget)?);
                pointer.truncate(length);
            }
            Ok(Value::Array(resolved))
        }
        Value::Object(fields) => {
            let mut resolved = Map::new();
            for (key, field) in fields {
                pointer.push('/');
                pointer.push_str(&escape(key));
                resolved.insert(key.clone(), resolve_at(field, scope, pointer, budget)?);
                pointer.truncate(length);
            }
            Ok(Value::Object(resolved))
        }
        literal => Ok(literal.clone()),
    }
}

fn spend(value: Value, budget: &mut usize) -> Result<Value, String> {
    let left = budget.checked_sub(size(&value));
    *budget = left.ok_or_else(|| "the values are too large together".to_owned())?;
    Ok(value)
}

/// Bytes of text and number of parts.
fn size(value: &Value) -> usize {
    match value {
        Value::String(text) => 1 + text.len(),
        Value::Array(items) => 1 + items.iter().map(size).sum::<usize>(),
        Value::Object(fields) => {
            let field = |(key, field): (&String, &Value)| key.len() + size(field);
            1 + fields.iter().map(field).sum::<usize>()
        }
        _ => 1,
    }
}

fn evaluate(expression: Expression<'_>, scope: &View<'_>) -> Result<Value, String> {
    match expression {
        Expression::Ref(path) => Reference::parse(path).map(|reference| reference.read(scope)),
        Expression::Cel(source) => guarded(|| computed::evaluate(source, scope)),
        Expression::Template(source) => {
            guarded(|| template::render(source, scope).map(Value::String))
        }
    }
}

/// A fault in an interpreter is the expression's: the run fails with it instead of breaking off
/// again and again.
fn guarded(work: impl FnOnce() -> Result<Value, String>) -> Result<Value, String> {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(work))
        .unwrap_or_else(|_reported| Err("the expression could not be worked out".to_owned()))
}

#[cfg(test)]
mod tests;
