//! The filters of templates. Each is charged for the size of what it is given, so that a template
//! cannot buy the work of a megabyte for the fuel of one instruction.

use super::MAX_RESULT;
use minijinja::value::{Rest, ValueKind};
use minijinja::{Environment, Error, ErrorKind, UndefinedBehavior, Value};
use platform_kernel::text::is_filler;
use std::cell::Cell;
use std::sync::LazyLock;

/// Filters of MiniJinja that are there, each charged.
const CHARGED: [&str; 33] = [
    "abs",
    "bool",
    "capitalize",
    "count",
    "d",
    "default",
    "dictsort",
    "e",
    "escape",
    "first",
    "float",
    "int",
    "items",
    "last",
    "length",
    "lines",
    "list",
    "lower",
    "max",
    "min",
    "reject",
    "rejectattr",
    "reverse",
    "round",
    "select",
    "selectattr",
    "sort",
    "split",
    "sum",
    "title",
    "trim",
    "unique",
    "upper",
];
/// Filters of our own in place of MiniJinja's.
const OWN: [&str; 5] = ["join", "known", "replace", "string", "tojson"];
/// Filters that make much out of little, or lift the escaping.
const REMOVED: [&str; 11] = [
    "batch", "slice", "indent", "format", "pprint", "chain", "zip", "groupby", "attr", "map",
    "safe",
];
/// Filters that take many times their input's size, by how many.
const COSTLY: [(&str, u64); 8] = [
    ("dictsort", 8),
    ("lines", 8),
    ("list", 8),
    ("reverse", 8),
    ("sort", 16),
    ("split", 8),
    ("title", 4),
    ("unique", 16),
];

/// MiniJinja's filters as they are.
static BUILT_IN: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment
});

thread_local! {
    /// Bytes and parts that filters may still look at in the rendering under way on this thread.
    static BUDGET: Cell<u64> = const { Cell::new(0) };
}

/// Renders with a budget of bytes for all filters together.
pub(super) fn with_budget<T>(bytes: u64, render: impl FnOnce() -> T) -> T {
    BUDGET.set(bytes);
    render()
}

pub(super) fn is_known(name: &str) -> bool {
    CHARGED.contains(&name) || OWN.contains(&name)
}

#[cfg(test)]
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    CHARGED.into_iter().chain(OWN)
}

pub(super) fn set(environment: &mut Environment<'static>) {
    for name in REMOVED {
        environment.remove_filter(name);
    }
    for name in CHARGED {
        let factor = COSTLY.iter().find(|(costly, _)| *costly == name);
        let factor = factor.map_or(1, |(_, factor)| *factor);
        environment.add_filter(name, move |values: Rest<Value>| {
            charge(&values, factor)?;
            BUILT_IN.empty_state().apply_filter(name, &values)
        });
    }
    environment.add_filter("join", join);
    environment.add_filter("known", known);
    environment.add_filter("replace", replace);
    environment.add_filter("string", |value: Value| {
        charge(std::slice::from_ref(&value), 2)?;
        written(&value)
    });
    environment.add_filter("tojson", to_json);
}

/// Takes the size of `values` from the budget; an error when that is used up.
fn charge(values: &[Value], factor: u64) -> Result<(), Error> {
    let mut left = BUDGET.get() / factor;
    let before = left;
    for value in values {
        take(value, &mut left)?;
    }
    BUDGET.set(BUDGET.get().saturating_sub((before - left) * factor));
    Ok(())
}

fn take(value: &Value, left: &mut u64) -> Result<(), Error> {
    let own = 1 + value.as_str().map_or(0, str::len) as u64;
    *left = left.checked_sub(own).ok_or_else(|| {
        let message = "the values are too large for the filters of a template";
        Error::new(ErrorKind::InvalidOperation, message)
    })?;
    match value.kind() {
        ValueKind::Seq | ValueKind::Iterable => {
            for item in value.try_iter()? {
                take(&item, left)?;
            }
        }
        ValueKind::Map => {
            for key in value.try_iter()? {
                take(&key, left)?;
                take(&value.get_item(&key)?, left)?;
            }
        }
        _ => {}
    }
    Ok(())
}

fn too_large() -> Error {
    Error::new(ErrorKind::InvalidOperation, "the text is too long")
}

pub(super) fn not_json(error: serde_json::Error) -> Error {
    Error::new(ErrorKind::BadSerialization, error.to_string())
}

/// Writes a value as JSON does; `null` writes nothing.
fn written(value: &Value) -> Result<String, Error> {
    match value.kind() {
        ValueKind::None => Ok(String::new()),
        ValueKind::Seq | ValueKind::Map | ValueKind::Bool => {
            serde_json::to_string(value).map_err(not_json)
        }
        _ => Ok(value.to_string()),
    }
}

fn join(values: Value, separator: Option<String>) -> Result<String, Error> {
    let separator = separator.unwrap_or_default();
    charge(std::slice::from_ref(&values), 1)?;
    let mut text = String::new();
    for (index, item) in values.try_iter()?.enumerate() {
        if index > 0 {
            text.push_str(&separator);
        }
        text.push_str(&written(&item)?);
        if text.len() > MAX_RESULT {
            return Err(too_large());
        }
    }
    charge(&[Value::from(text.as_str())], 1)?;
    Ok(text)
}

fn replace(text: String, from: String, to: String, _rest: Rest<Value>) -> Result<String, Error> {
    charge(&[Value::from(text.as_str())], 4)?;
    let found = if from.is_empty() {
        text.len() + 1
    } else {
        text.matches(&from).count()
    };
    if found.saturating_mul(to.len()).saturating_add(text.len()) > MAX_RESULT {
        return Err(too_large());
    }
    Ok(text.replace(&from, &to))
}

/// The value, unless it is missing or a text that stands for nothing (`N/A`, `null null`).
fn known(value: Value) -> Result<Value, Error> {
    charge(std::slice::from_ref(&value), 2)?;
    Ok(match value.as_str() {
        Some(text) if is_filler(text) => Value::from(()),
        None if value.kind() == ValueKind::Undefined => Value::from(()),
        _ => value,
    })
}

fn to_json(value: Value) -> Result<String, Error> {
    if value.kind() == ValueKind::Undefined {
        return Err(Error::from(ErrorKind::UndefinedError));
    }
    charge(std::slice::from_ref(&value), 2)?;
    serde_json::to_string(&value).map_err(not_json)
}
