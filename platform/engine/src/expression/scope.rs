use super::reference::Reference;
use crate::failure::Failure;
use chrono::{DateTime, Utc};
use platform_kernel::id::ExecutionId;
use platform_kernel::tenant::TenantContext;
use serde_json::{Map, Value, json};
use std::collections::HashMap;

/// The values that expressions of a run can see.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    values: Map<String, Value>,
    /// What only the steps of one iteration see, by the iteration's key.
    iterations: HashMap<String, Iteration>,
}

/// One iteration of a loop.
#[derive(Clone, Debug)]
struct Iteration {
    /// The iteration around it.
    outer: Option<String>,
    loop_id: String,
    /// `item` and `index`.
    own: Value,
    steps: Map<String, Value>,
}

/// What the steps in one place of a run see: the run's values, and those of the iterations
/// around them.
#[derive(Clone, Debug)]
pub struct View<'a> {
    scope: &'a Scope,
    /// The innermost first.
    iterations: Vec<&'a Iteration>,
}

impl<'a> From<&'a Scope> for View<'a> {
    fn from(scope: &'a Scope) -> Self {
        Self {
            scope,
            iterations: Vec::new(),
        }
    }
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
        Self {
            values,
            ..Self::default()
        }
    }

    /// Any values, for trying expressions out.
    pub fn from_values(values: Map<String, Value>) -> Self {
        Self {
            values,
            ..Self::default()
        }
    }

    /// Adds a step that has ended.
    pub fn add_step(&mut self, id: &str, result: StepResult<'_>) {
        if let Some(Value::Object(steps)) = self.values.get_mut("steps") {
            steps.insert(id.to_owned(), result.to_value());
        }
    }

    /// Adds a step that has ended within an iteration; nothing when that is over.
    pub(crate) fn add_step_in(&mut self, iteration: &str, id: &str, result: StepResult<'_>) {
        if let Some(known) = self.iterations.get_mut(iteration) {
            known.steps.insert(id.to_owned(), result.to_value());
        }
    }

    /// Begins an iteration of the loop `loop_id`, inside the iteration `outer`.
    pub(crate) fn open_iteration(
        &mut self,
        key: String,
        outer: Option<String>,
        loop_id: &str,
        item: Value,
        index: u32,
    ) {
        let iteration = Iteration {
            outer,
            loop_id: loop_id.to_owned(),
            own: json!({"item": item, "index": index}),
            steps: Map::new(),
        };
        self.iterations.insert(key, iteration);
    }

    pub(crate) fn close_iteration(&mut self, key: &str) {
        self.iterations.remove(key);
    }

    pub(crate) fn has_iteration(&self, key: &str) -> bool {
        self.iterations.contains_key(key)
    }

    /// What the steps of an iteration see.
    pub(crate) fn within(&self, iteration: Option<&str>) -> View<'_> {
        let mut view = View::from(self);
        let mut next = iteration;
        while let Some(known) = next.and_then(|key| self.iterations.get(key)) {
            view.iterations.push(known);
            next = known.outer.as_deref();
        }
        view
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
}

impl StepResult<'_> {
    fn to_value(self) -> Value {
        json!({"status": self.status, "output": self.output, "error": self.error})
    }
}

impl View<'_> {
    /// What stands under `name` in `root`, where both are names that the run knows.
    pub(super) fn named(&self, root: &str, name: &str) -> Option<&Value> {
        let inner = match root {
            "steps" => self.iterations.iter().find_map(|one| one.steps.get(name)),
            "loops" => {
                let mut around = self.iterations.iter();
                around.find(|one| one.loop_id == name).map(|one| &one.own)
            }
            _ => None,
        };
        inner.or_else(|| self.scope.values.get(root)?.get(name))
    }

    /// What stands at `root`.
    pub(super) fn whole(&self, root: &str) -> Option<Value> {
        match (root, self.iterations.first()) {
            ("item" | "index", Some(innermost)) => innermost.own.get(root).cloned(),
            ("loops", Some(_)) => {
                let around = self.iterations.iter();
                let own = around.map(|one| (one.loop_id.clone(), one.own.clone()));
                Some(Value::Object(own.collect()))
            }
            ("steps", Some(_)) => {
                let mut steps = self.scope.values.get(root)?.as_object()?.clone();
                for one in self.iterations.iter().rev() {
                    steps.extend(one.steps.clone());
                }
                Some(Value::Object(steps))
            }
            _ => self.scope.values.get(root).cloned(),
        }
    }

    /// What stands at `root`, without a copy where there is one to borrow.
    pub(super) fn plain(&self, root: &str) -> Option<&Value> {
        match (root, self.iterations.first()) {
            ("item" | "index", Some(innermost)) => innermost.own.get(root),
            _ => self.scope.values.get(root),
        }
    }

    /// Only what `references` name, so that evaluating one expression does not copy everything.
    pub(crate) fn narrow(&self, references: &[Reference]) -> Map<String, Value> {
        let mut narrowed = Map::new();
        for reference in references {
            let root = reference.root();
            let Some(name) = reference.name() else {
                if let Some(value) = self.whole(root) {
                    narrowed.insert(root.to_owned(), value);
                }
                continue;
            };
            if self.plain(root).is_none() && self.named(root, name).is_none() {
                continue;
            }
            let named = narrowed
                .entry(root)
                .or_insert_with(|| Value::Object(Map::new()));
            if let (Value::Object(named), Some(found)) = (named, self.named(root, name)) {
                named.insert(name.to_owned(), found.clone());
            }
        }
        narrowed
    }
}

pub(crate) fn time(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(chrono::SecondsFormat::Micros, true)
}
