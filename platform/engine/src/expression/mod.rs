//! Values that are worked out when a step runs: `{"$ref": "steps.lead.output.phone"}` keeps the
//! value's type, `{"$cel": "…"}` computes, `{"$tpl": "…"}` makes text.

mod arithmetic;
mod computed;
mod cost;
mod filters;
mod limits;
mod node;
mod reference;
mod scope;
mod template;

pub(crate) use cost::{pattern_states, pattern_width};
pub(crate) use limits::Limits;
pub use reference::Reference;
pub use scope::{Scope, StepResult, View};
pub use template::Form;

use serde_json::{Map, Value};
use std::time::Instant;

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

impl<'a> Expression<'a> {
    /// What was written.
    pub fn source(self) -> &'a str {
        match self {
            Self::Ref(source) | Self::Cel(source) | Self::Template(source) => source,
        }
    }
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

/// The value with every expression in it replaced by what it gives in `scope`, on this thread. What
/// a dealership wrote goes through [`crate::evaluation::resolve`] instead.
pub fn resolve<'a>(value: &Value, scope: impl Into<View<'a>>) -> Result<Value, ExpressionError> {
    resolve_within(value, &scope.into(), &[], &Limits::FULL)
}

/// The same within `limits`; templates at the `html` places make HTML.
pub(crate) fn resolve_within(
    value: &Value,
    view: &View<'_>,
    html: &[String],
    limits: &Limits,
) -> Result<Value, ExpressionError> {
    let mut resolving = Resolving {
        view,
        html,
        limits,
        left: MAX_TOGETHER,
        deadline: Instant::now() + limits.time,
    };
    resolving.value(value, &mut String::new())
}

struct Resolving<'a> {
    view: &'a View<'a>,
    /// Places of HTML, with `*` for any index.
    html: &'a [String],
    limits: &'a Limits,
    /// What the values may still take together.
    left: usize,
    deadline: Instant,
}

impl Resolving<'_> {
    fn value(&mut self, value: &Value, pointer: &mut String) -> Result<Value, ExpressionError> {
        if let Some(expression) = read(value) {
            return expression
                .and_then(|expression| self.evaluate(expression, pointer))
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
                    resolved.push(self.value(item, pointer)?);
                    pointer.truncate(length);
                }
                Ok(Value::Array(resolved))
            }
            Value::Object(fields) => {
                let mut resolved = Map::new();
                for (key, field) in fields {
                    pointer.push('/');
                    pointer.push_str(&escape(key));
                    resolved.insert(key.clone(), self.value(field, pointer)?);
                    pointer.truncate(length);
                }
                Ok(Value::Object(resolved))
            }
            literal => Ok(literal.clone()),
        }
    }

    fn evaluate(&mut self, expression: Expression<'_>, pointer: &str) -> Result<Value, String> {
        if Instant::now() > self.deadline {
            return Err(TOO_SLOW.to_owned());
        }
        let value = match expression {
            Expression::Ref(path) => {
                Reference::parse(path).map(|reference| reference.read(self.view))
            }
            Expression::Cel(source) => {
                self.limits.admit_source(source, computed::is_compiled)?;
                guarded(|| computed::evaluate(source, self.view, self.limits))
            }
            Expression::Template(source) => {
                let form = self.form_at(pointer);
                let is_compiled = |source: &str| template::is_compiled(source, form);
                self.limits.admit_source(source, is_compiled)?;
                guarded(|| {
                    template::render(source, form, self.view, self.limits).map(Value::String)
                })
            }
        }?;
        let left = self.left.checked_sub(size_up_to(&value, self.left + 1));
        self.left = left.ok_or_else(|| "the values are too large together".to_owned())?;
        Ok(value)
    }

    fn form_at(&self, pointer: &str) -> Form {
        let same = |place: &String| {
            place.split('/').count() == pointer.split('/').count()
                && place
                    .split('/')
                    .zip(pointer.split('/'))
                    .all(|(place, part)| place == part || place == "*")
        };
        if self.html.iter().any(same) {
            Form::Html
        } else {
            Form::Text
        }
    }
}

/// Why an evaluation was given up.
pub(crate) const TOO_SLOW: &str = "the expressions took too long";

/// Bytes of text and number of parts, counted no further than `most`.
pub(crate) fn size_up_to(value: &Value, most: usize) -> usize {
    let mut size = match value {
        Value::String(text) => return 1 + text.len(),
        Value::Array(_) | Value::Object(_) => 1,
        _ => return 1,
    };
    let mut add = |name: usize, value: &Value| {
        if size < most {
            size += name + size_up_to(value, most - size);
        }
    };
    match value {
        Value::Array(items) => items.iter().for_each(|item| add(0, item)),
        Value::Object(fields) => fields.iter().for_each(|(key, field)| add(key.len(), field)),
        _ => {}
    }
    size
}

/// A fault in an interpreter is the expression's: the run fails with it instead of breaking off
/// again and again.
fn guarded(work: impl FnOnce() -> Result<Value, String>) -> Result<Value, String> {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(work))
        .unwrap_or_else(|_reported| Err("the expression could not be worked out".to_owned()))
}

#[cfg(test)]
mod bounds_tests;
#[cfg(test)]
mod tests;
