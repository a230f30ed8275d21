//! A definition made ready to be run: which edges lead where, which steps a loop repeats, and
//! which step undoes which. Made once for each version.

use crate::definition::{COMPENSATE, Definition, ERROR, Step};
use crate::instance;
use crate::steps::{for_each, join};
use std::collections::HashMap;
use std::ops::Deref;
use std::sync::Arc;

/// The port of a step that leaves through all its ports at once.
pub(crate) const ALL: &str = "*";

/// Where a step runs: the run itself, or an iteration of a loop.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Place {
    /// The innermost loop, by its place in the definition.
    pub(crate) in_loop: Option<usize>,
    /// The iterations, the outermost loop's first.
    pub(crate) path: Vec<u32>,
}

/// One run of a step: the step with its key instead of its id.
#[derive(Clone, Debug)]
pub(crate) struct Instance {
    /// What events name it by.
    pub(crate) id: String,
    pub(crate) node: usize,
    pub(crate) path: Vec<u32>,
    step: Arc<Step>,
}

impl Deref for Instance {
    type Target = Step;

    fn deref(&self) -> &Step {
        &self.step
    }
}

/// How a step takes part in the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Plain,
    Loop,
    Join,
}

#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) step: Arc<Step>,
    pub(crate) role: Role,
    /// The edges into it, other than those that it undoes something by.
    pub(crate) into: Vec<Inbound>,
    /// The innermost loop that it is repeated by.
    pub(crate) in_loop: Option<usize>,
    /// What undoes it.
    pub(crate) undone_by: Option<usize>,
    /// Whether it only runs to undo another step.
    pub(crate) undoes: bool,
    /// Whether nothing follows it.
    pub(crate) leaf: bool,
    /// Of a loop: the steps that it repeats, without those that an inner loop does.
    pub(crate) members: Vec<usize>,
}

#[derive(Debug)]
pub(crate) struct Inbound {
    pub(crate) from: From,
    pub(crate) port: String,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum From {
    Trigger(String),
    Step(usize),
    /// The loop that repeats the step.
    OwnLoop,
    Nowhere,
}

/// A definition made ready to be run.
#[derive(Debug, Default)]
pub(crate) struct Graph {
    pub(crate) definition: Arc<Definition>,
    nodes: Vec<Node>,
    by_id: HashMap<String, usize>,
    /// The steps that no loop repeats.
    top: Vec<usize>,
}

impl Graph {
    pub(crate) fn new(definition: Arc<Definition>) -> Self {
        let steps = definition.steps.iter().enumerate();
        let by_id: HashMap<String, usize> = steps
            .map(|(place, step)| (step.id.clone(), place))
            .collect();
        let successors = successors(&definition, &by_id);
        let loops = innermost_loops(&definition, &by_id, &successors);
        let mut nodes: Vec<Node> = definition.steps.iter().map(Node::new).collect();
        for (node, in_loop) in nodes.iter_mut().zip(&loops) {
            node.in_loop = *in_loop;
        }
        for edge in &definition.edges {
            let from = by_id.get(&edge.from).copied();
            let Some(to) = by_id.get(&edge.to).copied() else {
                continue;
            };
            if let Some(node) = from.and_then(|from| nodes.get_mut(from)) {
                let repeats = node.role == Role::Loop && edge.port == for_each::ITEM;
                node.leaf &= edge.port == COMPENSATE || repeats;
                if edge.port == COMPENSATE {
                    node.undone_by = Some(to);
                }
            }
            let in_loop = loops.get(to).copied().flatten();
            let Some(node) = nodes.get_mut(to) else {
                continue;
            };
            if from.is_some() && edge.port == COMPENSATE {
                node.undoes = true;
                continue;
            }
            let from = match from {
                Some(from) if Some(from) == in_loop => From::OwnLoop,
                Some(from) if loops.get(from).copied().flatten() == in_loop => From::Step(from),
                None if definition.trigger(&edge.from).is_some() => {
                    From::Trigger(edge.from.clone())
                }
                _ => From::Nowhere,
            };
            let port = edge.port.clone();
            node.into.push(Inbound { from, port });
        }
        let mut top = Vec::new();
        for (place, in_loop) in loops.iter().enumerate() {
            match in_loop.and_then(|outer| nodes.get_mut(outer)) {
                Some(outer) => outer.members.push(place),
                None => top.push(place),
            }
        }
        Self {
            definition,
            nodes,
            by_id,
            top,
        }
    }

    pub(crate) fn node(&self, place: usize) -> Option<&Node> {
        self.nodes.get(place)
    }

    pub(crate) fn nodes(&self) -> impl Iterator<Item = (usize, &Node)> {
        self.nodes.iter().enumerate()
    }

    /// The steps that run in a place, those that only undo something left out.
    pub(crate) fn members(&self, in_loop: Option<usize>) -> impl Iterator<Item = (usize, &Node)> {
        let members = match in_loop {
            None => &self.top,
            Some(outer) => self.node(outer).map_or(&self.top, |outer| &outer.members),
        };
        let nodes = members
            .iter()
            .filter_map(|place| Some((*place, self.nodes.get(*place)?)));
        nodes.filter(|(_, node)| !node.undoes)
    }

    /// The step of a key, and the place that it runs in.
    pub(crate) fn find(&self, key: &str) -> Option<(usize, &Node, Place)> {
        let place = *self.by_id.get(instance::definition_id(key))?;
        let node = self.nodes.get(place)?;
        let path = if key.len() == node.step.id.len() {
            Vec::new()
        } else {
            instance::iterations(key)
        };
        let at = Place {
            in_loop: node.in_loop,
            path,
        };
        Some((place, node, at))
    }

    pub(crate) fn instance(&self, node: usize, path: &[u32]) -> Option<Instance> {
        let step = Arc::clone(&self.nodes.get(node)?.step);
        Some(Instance {
            id: instance::key(&step.id, path),
            node,
            path: path.to_vec(),
            step,
        })
    }

    /// The same from its key.
    pub(crate) fn instance_of(&self, key: &str) -> Option<Instance> {
        let (node, known, at) = self.find(key)?;
        Some(Instance {
            id: key.to_owned(),
            node,
            path: at.path,
            step: Arc::clone(&known.step),
        })
    }

    /// The triggers that a run begins at. One that another run started names none of them: it
    /// begins where a person would begin it, or else at the first.
    pub(crate) fn starts(&self, trigger_id: &str) -> Vec<String> {
        let triggers = &self.definition.triggers;
        if self.definition.trigger(trigger_id).is_some() {
            return vec![trigger_id.to_owned()];
        }
        let manual = triggers.iter().filter(|trigger| trigger.type_ == "manual");
        let mut starts: Vec<String> = manual.map(|trigger| trigger.id.clone()).collect();
        if starts.is_empty() {
            starts.extend(triggers.first().map(|trigger| trigger.id.clone()));
        }
        starts
    }
}

impl Node {
    fn new(step: &Step) -> Self {
        Self {
            step: Arc::new(step.clone()),
            role: match step.type_.as_str() {
                for_each::TYPE => Role::Loop,
                join::TYPE => Role::Join,
                _ => Role::Plain,
            },
            into: Vec::new(),
            in_loop: None,
            undone_by: None,
            undoes: false,
            leaf: true,
            members: Vec::new(),
        }
    }

    /// Whether a run that left the step through `taken` goes along an edge from `port`.
    pub(crate) fn is_taken(taken: Option<&str>, port: &str) -> bool {
        match taken {
            Some(ALL) => port != ERROR && port != COMPENSATE,
            taken => taken == Some(port),
        }
    }
}

/// Where the edges of each step lead, with their ports.
fn successors<'a>(
    definition: &'a Definition,
    by_id: &HashMap<String, usize>,
) -> Vec<Vec<(&'a str, usize)>> {
    let mut successors = vec![Vec::new(); definition.steps.len()];
    for edge in &definition.edges {
        let from = by_id
            .get(&edge.from)
            .and_then(|from| successors.get_mut(*from));
        if let (Some(from), Some(to)) = (from, by_id.get(&edge.to)) {
            from.push((edge.port.as_str(), *to));
        }
    }
    successors
}

/// All that can be reached from the port `item` of the step at `start`.
fn body(start: usize, successors: &[Vec<(&str, usize)>]) -> Vec<bool> {
    let mut reached = vec![false; successors.len()];
    let first = successors.get(start).into_iter().flatten();
    let mut open: Vec<usize> = first
        .filter(|(port, _)| *port == for_each::ITEM)
        .map(|(_, to)| *to)
        .collect();
    while let Some(node) = open.pop() {
        if let Some(seen) = reached.get_mut(node)
            && !std::mem::replace(seen, true)
        {
            let next = successors.get(node).into_iter().flatten();
            open.extend(next.map(|(_, to)| *to));
        }
    }
    reached
}

/// For each step the innermost loop around it: of those that repeat it the one that repeats
/// the fewest steps.
fn innermost_loops(
    definition: &Definition,
    by_id: &HashMap<String, usize>,
    successors: &[Vec<(&str, usize)>],
) -> Vec<Option<usize>> {
    let mut innermost: Vec<Option<(usize, usize)>> = vec![None; definition.steps.len()];
    for step in definition
        .steps
        .iter()
        .filter(|step| step.type_ == for_each::TYPE)
    {
        let Some(place) = by_id.get(&step.id).copied() else {
            continue;
        };
        let body = body(place, successors);
        if body.get(place) == Some(&true) {
            // A circle, which no published version has.
            continue;
        }
        let size = body.iter().filter(|inside| **inside).count();
        for (known, inside) in innermost.iter_mut().zip(&body) {
            if *inside && known.is_none_or(|(_, smallest)| size < smallest) {
                *known = Some((place, size));
            }
        }
    }
    innermost
        .into_iter()
        .map(|known| known.map(|(place, _)| place))
        .collect()
}

/// What stands in the body of a loop although it can also be reached from outside it, as
/// (loop, edge) by their places.
pub(crate) fn leaks(definition: &Definition) -> Vec<(usize, usize)> {
    let steps = definition.steps.iter().enumerate();
    let by_id: HashMap<String, usize> = steps
        .map(|(place, step)| (step.id.clone(), place))
        .collect();
    let successors = successors(definition, &by_id);
    let mut leaks = Vec::new();
    for (place, step) in definition.steps.iter().enumerate() {
        if step.type_ != for_each::TYPE {
            continue;
        }
        let body = body(place, &successors);
        let inside = |id: &str| by_id.get(id).and_then(|at| body.get(*at)) == Some(&true);
        for (at, edge) in definition.edges.iter().enumerate() {
            let own = edge.from == step.id && edge.port == for_each::ITEM;
            if inside(&edge.to) && !inside(&edge.from) && !own {
                leaks.push((place, at));
            }
        }
    }
    leaks
}
