//! Where a run is at work: the run itself and the iterations under way of its loops. It follows
//! from the state, and is kept beside it so that a run through 10,000 items does not look at all
//! of them for each.

use crate::fold::{State, StepStatus};
use crate::graph::{Graph, Instance, Place};
use crate::instance;
use std::collections::{BTreeMap, HashMap};

#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Frames {
    /// How many steps of each place have not ended.
    open: BTreeMap<Place, usize>,
    /// How far each loop is that repeats something now.
    loops: HashMap<String, Progress>,
}

#[derive(Clone, Debug, Default, PartialEq)]
struct Progress {
    /// The first iteration that has not begun.
    next: u32,
    /// Iterations under way.
    open: u32,
    items: u32,
    concurrency: u32,
}

impl Frames {
    /// The places of a run in this state.
    pub(crate) fn of(graph: &Graph, state: &State) -> Self {
        let mut frames = Self::default();
        let top = Place::default();
        frames.open.insert(top, graph.members(None).count());
        for (key, known) in &state.steps {
            if known.status == StepStatus::Running && known.repeats.is_some() {
                frames.begin(key, state);
            }
        }
        // Iterations begin in their order, so that the last one with anything in it tells.
        for key in state.steps.keys().filter(|key| key.contains('[')) {
            let Some((_, _, place)) = graph.find(key) else {
                continue;
            };
            let (Some(outer), Some(last)) = (around(graph, &place), place.path.last()) else {
                continue;
            };
            if let Some(progress) = frames.loops.get_mut(&outer) {
                progress.next = progress.next.max(last + 1);
            }
        }
        let begun: Vec<(String, u32)> = frames
            .loops
            .iter_mut()
            .map(|(key, progress)| {
                progress.open = progress.next;
                (key.clone(), progress.next)
            })
            .collect();
        for (key, next) in begun {
            let Some((node, _, at)) = graph.find(&key) else {
                continue;
            };
            let steps = graph.members(Some(node)).count();
            for iteration in 0..next {
                frames.open.insert(inside(node, &at.path, iteration), steps);
            }
        }
        for (key, known) in &state.steps {
            if known.status.has_ended() {
                frames.ended(graph, key);
            }
        }
        frames
    }

    /// The places under way in which something has ended, as the events tell them too.
    #[cfg(test)]
    pub(crate) fn under_way(&self, graph: &Graph) -> Vec<(Place, usize)> {
        let all = |place: &Place| graph.members(place.in_loop).count();
        let open = self.open.iter().filter(|(place, left)| **left < all(place));
        open.map(|(place, left)| (place.clone(), *left)).collect()
    }

    /// Whether every step of the run has ended.
    pub(crate) fn finished(&self) -> bool {
        self.open.get(&Place::default()) == Some(&0)
    }

    /// The run first, then the iterations under way.
    pub(crate) fn places(&self) -> impl Iterator<Item = &Place> {
        self.open.keys()
    }

    /// The loop `key` begins.
    pub(crate) fn begin(&mut self, key: &str, state: &State) {
        let Some(repeats) = state.step(key).and_then(|step| step.repeats.as_ref()) else {
            return;
        };
        let progress = Progress {
            next: 0,
            open: 0,
            items: u32::try_from(repeats.items.len()).unwrap_or(u32::MAX),
            concurrency: repeats.concurrency,
        };
        self.loops.insert(key.to_owned(), progress);
    }

    /// Whether the loop `key` has been through all its items.
    pub(crate) fn is_done(&self, key: &str) -> bool {
        let progress = self.loops.get(key);
        progress.is_none_or(|progress| progress.open == 0 && progress.next >= progress.items)
    }

    /// Whether the loop `key` may begin an iteration.
    pub(crate) fn has_room(&self, key: &str) -> bool {
        let progress = self.loops.get(key);
        progress.is_some_and(|progress| {
            progress.open < progress.concurrency && progress.next < progress.items
        })
    }

    /// Begins the loop's next iteration.
    pub(crate) fn widen(&mut self, graph: &Graph, step: &Instance) -> Option<Place> {
        let progress = self.loops.get_mut(&step.id)?;
        if progress.open >= progress.concurrency || progress.next >= progress.items {
            return None;
        }
        let place = inside(step.node, &step.path, progress.next);
        progress.next += 1;
        progress.open += 1;
        let steps = graph.members(Some(step.node)).count();
        self.open.insert(place.clone(), steps);
        Some(place)
    }

    /// A step has ended; answers the iteration that is over with it.
    pub(crate) fn ended(&mut self, graph: &Graph, key: &str) -> Option<Place> {
        let (_, node, place) = graph.find(key)?;
        self.loops.remove(key);
        if node.undoes {
            return None;
        }
        let left = self.open.get_mut(&place)?;
        *left = left.saturating_sub(1);
        if *left > 0 || place.in_loop.is_none() {
            return None;
        }
        self.open.remove(&place);
        if let Some(progress) = around(graph, &place).and_then(|outer| self.loops.get_mut(&outer)) {
            progress.open = progress.open.saturating_sub(1);
        }
        Some(place)
    }
}

/// The iteration of the loop `node` that stands in `path`.
fn inside(node: usize, path: &[u32], iteration: u32) -> Place {
    let mut path = path.to_vec();
    path.push(iteration);
    Place {
        in_loop: Some(node),
        path,
    }
}

/// The key of the loop whose iteration a place is.
fn around(graph: &Graph, place: &Place) -> Option<String> {
    let outer = graph.node(place.in_loop?)?;
    let (_, path) = place.path.split_last()?;
    Some(instance::key(&outer.step.id, path))
}

/// What the values of an iteration are kept under.
pub(crate) fn scope_key(graph: &Graph, place: &Place) -> Option<String> {
    let outer = graph.node(place.in_loop?)?;
    Some(instance::key(&outer.step.id, &place.path))
}

/// The iteration around an iteration.
pub(crate) fn outer(graph: &Graph, place: &Place) -> Option<Place> {
    let outer = graph.node(place.in_loop?)?;
    let (_, path) = place.path.split_last()?;
    Some(Place {
        in_loop: outer.in_loop,
        path: path.to_vec(),
    })
}
