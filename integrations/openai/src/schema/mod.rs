//! The form that an answer must have: how it is asked for, and how the answer is read back.

mod restore;
mod strict;

pub(crate) use restore::restore;

use crate::capabilities::SchemaMode;
use serde_json::{Value, json};

/// How a schema goes into a request.
pub(crate) struct Format {
    /// `response_format`.
    pub(crate) response_format: Option<Value>,
    /// What the instructions have to say about it.
    pub(crate) instructions: Option<String>,
}

impl Format {
    pub(crate) fn of(schema: &Value, mode: SchemaMode) -> Self {
        // Providers' formats know objects only.
        let is_object = schema.get("type").is_some_and(|kind| kind == "object");
        let response_format = match mode {
            SchemaMode::Strict if is_object => Some(json_schema(schema)),
            SchemaMode::Json if is_object => Some(json!({"type": "json_object"})),
            SchemaMode::Strict | SchemaMode::Json | SchemaMode::Prompt => None,
        };
        let told = is_object && mode == SchemaMode::Strict;
        Self {
            response_format,
            instructions: (!told).then(|| {
                format!(
                    "Answer with JSON only, and nothing around it, that satisfies this JSON \
                     Schema:\n{schema}"
                )
            }),
        }
    }
}

/// Strict where the schema can be said in strict mode; what strict mode cannot say is checked when
/// the answer has come.
fn json_schema(schema: &Value) -> Value {
    let narrowed = strict::narrow(schema);
    json!({
        "type": "json_schema",
        "json_schema": {
            "name": name(schema),
            "strict": narrowed.is_some(),
            "schema": narrowed.as_ref().unwrap_or(schema),
        },
    })
}

fn name(schema: &Value) -> String {
    let title = schema.get("title").and_then(Value::as_str);
    let name: String = title
        .unwrap_or_default()
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
        .take(64)
        .collect();
    if name.is_empty() {
        "answer".to_owned()
    } else {
        name
    }
}

/// Follows `#/…`, a few steps at most.
fn resolve<'a>(schema: &'a Value, root: &'a Value) -> &'a Value {
    let mut schema = schema;
    for _ in 0..8 {
        let target = schema.get("$ref").and_then(Value::as_str);
        match target.and_then(|at| root.pointer(at.strip_prefix('#')?)) {
            Some(found) => schema = found,
            None => break,
        }
    }
    schema
}

/// Whether null satisfies a schema, as far as that can be seen from its keywords.
fn accepts_null(schema: &Value, root: &Value, depth: usize) -> bool {
    let schema = resolve(schema, root);
    let Some(object) = schema.as_object() else {
        return schema != &Value::Bool(false);
    };
    if depth > 8 || object.get("nullable") == Some(&Value::Bool(true)) {
        return true;
    }
    let typed = object.get("type").is_none_or(|kind| mentions(kind, "null"));
    let listed = object.get("enum").and_then(Value::as_array);
    let listed = listed.is_none_or(|values| values.contains(&Value::Null));
    let constant = object.get("const").is_none_or(Value::is_null);
    let any = ["anyOf", "oneOf"].iter().all(|key| {
        let branches = object.get(*key).and_then(Value::as_array);
        branches.is_none_or(|all| all.iter().any(|one| accepts_null(one, root, depth + 1)))
    });
    let all = object.get("allOf").and_then(Value::as_array);
    let all = all.is_none_or(|all| all.iter().all(|one| accepts_null(one, root, depth + 1)));
    typed && listed && constant && any && all
}

fn mentions(kind: &Value, name: &str) -> bool {
    match kind {
        Value::String(kind) => kind == name,
        Value::Array(kinds) => kinds.iter().any(|kind| kind == name),
        _ => false,
    }
}
