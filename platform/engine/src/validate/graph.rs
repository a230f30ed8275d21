use super::{Findings, loops};
use crate::definition::{COMPENSATE, Definition, ERROR, OUT, OnError};
use crate::registry::StepRegistry;
use std::collections::{HashMap, HashSet, VecDeque};

/// Which steps run before a step, whatever way the run takes to it.
pub(super) struct Order<'a>(HashMap<&'a str, HashSet<&'a str>>);

impl Order<'_> {
    pub(super) fn is_upstream(&self, earlier: &str, later: &str) -> bool {
        self.0
            .get(later)
            .is_some_and(|ancestors| ancestors.contains(earlier))
    }
}

/// Checks the edges, and that every step can be reached and none leads back to itself.
pub(super) fn check<'a>(
    definition: &'a Definition,
    registry: &StepRegistry,
    findings: &mut Findings,
) -> Order<'a> {
    check_edges(definition, registry, findings);
    check_reach(definition, findings);
    let order = ancestors(definition);
    check_circles(definition, &order, findings);
    loops::check(definition, findings);
    order
}

fn check_edges(definition: &Definition, registry: &StepRegistry, findings: &mut Findings) {
    let mut seen = HashSet::new();
    for (index, edge) in definition.edges.iter().enumerate() {
        let place = |field: &str| format!("/edges/{index}/{field}");
        if definition.step(&edge.to).is_none() {
            let what = if definition.trigger(&edge.to).is_some() {
                "is a trigger, which nothing leads to"
            } else {
                "does not exist"
            };
            let message = format!("The edge leads to `{}`, which {what}.", edge.to);
            findings.error(place("to"), "edge_to_nowhere", message);
        }
        let ports = match (definition.trigger(&edge.from), definition.step(&edge.from)) {
            (Some(_), _) => Some(vec![OUT.to_owned()]),
            (None, Some(step)) => registry.step(&step.type_).map(|known| {
                let mut ports = known.info.ports.of(&step.config);
                if step.on_error == OnError::Branch {
                    ports.push(ERROR.to_owned());
                }
                ports.push(COMPENSATE.to_owned());
                ports
            }),
            (None, None) => {
                let message = format!("The edge comes from `{}`, which does not exist.", edge.from);
                findings.error(place("from"), "edge_from_nowhere", message);
                None
            }
        };
        if let Some(ports) = ports
            && !ports.contains(&edge.port)
        {
            let known = match ports.as_slice() {
                [] => "nothing follows it".to_owned(),
                ports => format!("it has {}", ports.join(", ")),
            };
            let message = format!("`{}` has no port `{}`; {known}.", edge.from, edge.port);
            findings.error(place("port"), "unknown_port", message);
        }
        if !seen.insert(edge) {
            let message = "The same edge is there already.".to_owned();
            findings.error(format!("/edges/{index}"), "duplicate_edge", message);
        }
    }
}

fn check_reach(definition: &Definition, findings: &mut Findings) {
    let mut reached: HashSet<&str> = HashSet::new();
    let mut queue: VecDeque<&str> = definition.triggers.iter().map(|t| t.id.as_str()).collect();
    while let Some(node) = queue.pop_front() {
        for edge in definition.edges.iter().filter(|edge| edge.from == node) {
            if reached.insert(&edge.to) {
                queue.push_back(&edge.to);
            }
        }
    }
    for (index, step) in definition.steps.iter().enumerate() {
        if !reached.contains(step.id.as_str()) {
            findings.step_error(
                &step.id,
                format!("/steps/{index}"),
                "unreachable_step",
                "Nothing leads to this step.",
            );
        }
    }
}

/// For each step, all steps from which edges lead to it. In a circle a step is its own ancestor.
fn ancestors(definition: &Definition) -> Order<'_> {
    let mut order = HashMap::new();
    for step in &definition.steps {
        let mut found: HashSet<&str> = HashSet::new();
        let mut queue = VecDeque::from([step.id.as_str()]);
        while let Some(node) = queue.pop_front() {
            for edge in definition.edges_into(node) {
                if definition.step(&edge.from).is_some() && found.insert(&edge.from) {
                    queue.push_back(&edge.from);
                }
            }
        }
        order.insert(step.id.as_str(), found);
    }
    Order(order)
}

fn check_circles(definition: &Definition, order: &Order<'_>, findings: &mut Findings) {
    for (index, step) in definition.steps.iter().enumerate() {
        if order.is_upstream(&step.id, &step.id) {
            findings.step_error(
                &step.id,
                format!("/steps/{index}"),
                "circle",
                "This step leads back to itself; a run would never end.",
            );
        }
    }
}
