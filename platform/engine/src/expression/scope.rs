use super::reference::Reference;
use crate::failure::Failure;
use chrono::{DateTime, Utc};
use platform_kernel::id::ExecutionId;
use platform_kernel::tenant::TenantContext;
use serde_json::{Map, Value, json};

/// The values that expressions of a run can see.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    values: Map<String, Value>,
}

/// What expressions see of a step that has ended.
#[derive(Clone, Copy, Debug)]
pub struct StepResult<'a> {
    pub status: &'a str,
    pub output: &'a Value,
    pub error: Option<&'a Failure>,
}

impl Scope {
    /// The values of a run before its first step.
    pub fn new(
        execution_id: ExecutionId,
        started_at: DateTime<Utc>,
        tenant: &TenantContext,
        trigger: Value,
        parameters: Value,
    ) -> Self {
        let mut values = Map::new();
        values.insert("trigger".into(), trigger);
        values.insert("parameters".into(), parameters);
        values.insert("steps".into(), Value::Object(Map::new()));
        values.insert("variables".into(), Value::Object(Map::new()));
        values.insert(
            "execution".into(),
            json!({"id": execution_id, "started_at": time(started_at)}),
        );
        values.insert(
            "tenant".into(),
            json!({"id": tenant.id, "name": tenant.name, "slug": tenant.slug, "time_zone": tenant.time_zone}),
        );
        Self { values }
    }

    /// Any values, for trying expressions out.
    pub fn from_values(values: Map<String, Value>) -> Self {
        Self { values }
    }

    /// Adds a step that has ended.
    pub fn add_step(&mut self, id: &str, result: StepResult<'_>) {
        if let Some(Value::Object(steps)) = self.values.get_mut("steps") {
            steps.insert(
                id.to_owned(),
                json!({"status": result.status, "output": result.output, "error": result.error}),
            );
        }
    }

    /// Lets variables be read as `null` until a step sets them.
    pub fn declare_variables<'a>(&mut self, names: impl IntoIterator<Item = &'a str>) {
        if let Some(Value::Object(variables)) = self.values.get_mut("variables") {
            for name in names {
                variables.entry(name).or_insert(Value::Null);
            }
        }
    }

    /// Sets variables; those of other names stay.
    pub fn set_variables(&mut self, values: &Map<String, Value>) {
        if let Some(Value::Object(variables)) = self.values.get_mut("variables") {
            variables.extend(values.clone());
        }
    }

    pub(crate) fn values(&self) -> &Map<String, Value> {
        &self.values
    }

    /// Only what `references` name, so that evaluating one expression does not copy everything.
    pub(crate) fn narrow(&self, references: &[Reference]) -> Map<String, Value> {
        let mut narrowed = Map::new();
        for reference in references {
            let root = reference.root();
            let Some(value) = self.values.get(root) else {
                continue;
            };
            match reference.step().or(reference.variable()) {
                None => {
                    narrowed.insert(root.to_owned(), value.clone());
                }
                Some(name) => {
                    let named = narrowed
                        .entry(root)
                        .or_insert_with(|| Value::Object(Map::new()));
                    if let (Value::Object(named), Some(found)) = (named, value.get(name)) {
                        named.insert(name.to_owned(), found.clone());
                    }
                }
            }
        }
        narrowed
    }
}

pub(crate) fn time(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(chrono::SecondsFormat::Micros, true)
}
