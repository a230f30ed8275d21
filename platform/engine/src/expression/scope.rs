//! The values that expressions of a run can see. They are shared by reference: a scope is cheap to
//! clone, and an evaluation looks at no more than its references name.

use super::node::{Node, Wanted};
use super::reference::Reference;
use crate::failure::Failure;
use chrono::{DateTime, Utc};
use platform_kernel::id::ExecutionId;
use platform_kernel::tenant::TenantContext;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

type Named = BTreeMap<String, Arc<Value>>;

/// The values that expressions of a run can see.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    values: Values,
    /// What only the steps of one iteration see, by the iteration's key.
    iterations: HashMap<String, Iteration>,
}

#[derive(Clone, Debug, Default)]
struct Values {
    /// All roots but the two below.
    roots: Named,
    steps: Named,
    variables: Named,
}

/// One iteration of a loop.
#[derive(Clone, Debug)]
struct Iteration {
    /// The iteration around it.
    outer: Option<String>,
    loop_id: String,
    /// `item` and `index`.
    own: Named,
    steps: Named,
}

/// What the steps in one place of a run see: the run's values, and those of the iterations
/// around them.
#[derive(Clone, Debug)]
pub struct View<'a> {
    values: &'a Values,
    /// The innermost first.
    iterations: Vec<&'a Iteration>,
}

/// A view that owns its share of the values, for another thread.
#[derive(Debug)]
pub(crate) struct Snapshot {
    values: Values,
    iterations: Vec<Iteration>,
}

impl Snapshot {
    pub(crate) fn view(&self) -> View<'_> {
        View {
            values: &self.values,
            iterations: self.iterations.iter().collect(),
        }
    }
}

impl<'a> From<&'a Scope> for View<'a> {
    fn from(scope: &'a Scope) -> Self {
        Self {
            values: &scope.values,
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
        values.insert(
            "execution".into(),
            json!({"id": execution_id, "started_at": time(started_at)}),
        );
        values.insert("tenant".into(), tenant_value(tenant));
        Self::from_values(values)
    }

    /// What the formulas of a trigger see, before there is a run.
    pub fn of_trigger(tenant: &TenantContext, trigger: Value, parameters: Option<&Value>) -> Self {
        let mut scope = Self::default();
        let roots = &mut scope.values.roots;
        roots.insert("trigger".to_owned(), Arc::new(trigger));
        let parameters = parameters.cloned().unwrap_or(Value::Null);
        roots.insert("parameters".to_owned(), Arc::new(parameters));
        roots.insert("tenant".to_owned(), Arc::new(tenant_value(tenant)));
        scope
    }

    /// Any values, for trying expressions out.
    pub fn from_values(values: Map<String, Value>) -> Self {
        let mut scope = Self::default();
        for (root, value) in values {
            let named = match root.as_str() {
                "steps" => &mut scope.values.steps,
                "variables" => &mut scope.values.variables,
                _ => {
                    scope.values.roots.insert(root, Arc::new(value));
                    continue;
                }
            };
            if let Value::Object(fields) = value {
                named.extend(
                    fields
                        .into_iter()
                        .map(|(name, value)| (name, Arc::new(value))),
                );
            }
        }
        scope
    }

    /// Adds a step that has ended.
    pub fn add_step(&mut self, id: &str, result: StepResult<'_>) {
        let value = Arc::new(result.to_value());
        self.values.steps.insert(id.to_owned(), value);
    }

    /// Adds a step that has ended within an iteration; nothing when that is over.
    pub(crate) fn add_step_in(&mut self, iteration: &str, id: &str, result: StepResult<'_>) {
        if let Some(known) = self.iterations.get_mut(iteration) {
            let value = Arc::new(result.to_value());
            known.steps.insert(id.to_owned(), value);
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
        let own = [("item", item), ("index", json!(index))];
        let own = own.map(|(name, value)| (name.to_owned(), Arc::new(value)));
        let iteration = Iteration {
            outer,
            loop_id: loop_id.to_owned(),
            own: own.into(),
            steps: Named::new(),
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
        for name in names {
            let variables = &mut self.values.variables;
            variables.entry(name.to_owned()).or_default();
        }
    }

    /// Sets variables; those of other names stay.
    pub fn set_variables(&mut self, values: &Map<String, Value>) {
        let values = values.iter();
        let values = values.map(|(name, value)| (name.clone(), Arc::new(value.clone())));
        self.values.variables.extend(values);
    }
}

impl StepResult<'_> {
    fn to_value(self) -> Value {
        json!({"status": self.status, "output": self.output, "error": self.error})
    }
}

impl<'a> View<'a> {
    pub(crate) fn snapshot(&self) -> Snapshot {
        Snapshot {
            values: self.values.clone(),
            iterations: self.iterations.iter().copied().cloned().collect(),
        }
    }

    /// What stands under `name` in a root that holds things by name.
    fn named(&self, root: &str, name: &str) -> Option<Node<'a>> {
        let inner = match root {
            "steps" => self.iterations.iter().find_map(|one| one.steps.get(name)),
            "loops" => {
                let mut around = self.iterations.iter();
                let own = around.find(|one| one.loop_id == name);
                return own.map(|one| part(&one.own)).or_else(|| {
                    let loops = self.values.roots.get(root)?;
                    loops.get(name).map(Node::Value)
                });
            }
            _ => None,
        };
        let outer = || match root {
            "steps" => self.values.steps.get(name),
            _ => self.values.variables.get(name),
        };
        inner.or_else(outer).map(|value| Node::Value(value))
    }

    /// What stands at `root`.
    fn whole(&self, root: &str) -> Option<Node<'a>> {
        match (root, self.iterations.first()) {
            ("item" | "index", Some(innermost)) => {
                innermost.own.get(root).map(|value| Node::Value(value))
            }
            ("loops", Some(_)) => {
                let around = self.iterations.iter().rev();
                let own = around.map(|one| (one.loop_id.clone(), part(&one.own)));
                Some(Node::Part(own.collect()))
            }
            ("steps", _) => {
                let mut steps: BTreeMap<_, _> = by_name(&self.values.steps).collect();
                for one in self.iterations.iter().rev() {
                    steps.extend(by_name(&one.steps));
                }
                Some(Node::Part(steps))
            }
            ("variables", _) => Some(part(&self.values.variables)),
            _ => self.values.roots.get(root).map(|value| Node::Value(value)),
        }
    }

    /// The value at a path; `null` where there is nothing.
    pub(super) fn read(&self, path: &[String]) -> Value {
        let Some((root, rest)) = path.split_first() else {
            return Value::Null;
        };
        let (node, rest) = match (root.as_str(), rest.split_first()) {
            ("steps" | "variables" | "loops", Some((name, rest))) => (self.named(root, name), rest),
            _ => (self.whole(root), rest),
        };
        node.and_then(|node| node.at(rest)).unwrap_or(Value::Null)
    }

    /// Only what `references` name, each value once, without copying any.
    pub(super) fn narrow(&self, references: &[Reference]) -> Node<'a> {
        let mut wanted = Wanted::default();
        for reference in references {
            wanted.add(reference.segments());
        }
        let mut narrowed = BTreeMap::new();
        for (root, parts) in wanted.parts() {
            let node = match root {
                "steps" | "variables" | "loops" if !parts.is_whole() => {
                    let named = parts.parts();
                    let named = named.filter_map(|(name, inner)| {
                        Some((name.to_owned(), self.named(root, name)?.pick(inner)))
                    });
                    Some(Node::Part(named.collect()))
                }
                _ => self.whole(root).map(|node| node.pick(parts)),
            };
            if let Some(node) = node {
                narrowed.insert(root.to_owned(), node);
            }
        }
        Node::Part(narrowed)
    }
}

fn part(named: &Named) -> Node<'_> {
    Node::Part(by_name(named).collect())
}

fn by_name(named: &Named) -> impl Iterator<Item = (String, Node<'_>)> {
    let named = named.iter();
    named.map(|(name, value)| (name.clone(), Node::Value(value)))
}

/// What expressions see as `tenant`.
fn tenant_value(tenant: &TenantContext) -> Value {
    json!({"id": tenant.id, "name": tenant.name, "slug": tenant.slug, "time_zone": tenant.time_zone})
}

pub(crate) fn time(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(chrono::SecondsFormat::Micros, true)
}
