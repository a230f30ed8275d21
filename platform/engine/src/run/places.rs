//! What the steps in each place of a run can see.

use super::Run;
use crate::expression::{StepResult, View};
use crate::frames::{outer, scope_key};
use crate::graph::{Instance, Place};
use crate::instance;
use serde_json::Value;

impl Run {
    /// The values that a run has when a turn begins.
    pub(super) fn fill_scope(&mut self) {
        let places: Vec<Place> = self.frames.places().cloned().collect();
        for place in &places {
            self.open_place(place);
        }
        let steps = &self.state.steps;
        let ended = steps.iter().filter(|(_, step)| step.status.has_ended());
        let ended: Vec<String> = ended.map(|(id, _)| id.clone()).collect();
        for id in ended {
            self.add_to_scope(&id);
        }
    }

    /// Lets the steps of an iteration see its item.
    pub(super) fn open_place(&mut self, place: &Place) {
        let graph = &self.graph;
        let (Some(node), Some((index, path))) = (place.in_loop, place.path.split_last()) else {
            return;
        };
        let (Some(node), Some(key)) = (graph.node(node), scope_key(graph, place)) else {
            return;
        };
        let around = outer(graph, place).and_then(|around| scope_key(graph, &around));
        let loop_key = instance::key(&node.step.id, path);
        let repeats = self
            .state
            .step(&loop_key)
            .and_then(|step| step.repeats.as_ref());
        let item = usize::try_from(*index)
            .ok()
            .and_then(|index| repeats?.items.get(index).cloned());
        let item = item.unwrap_or(Value::Null);
        let loop_id = node.step.id.clone();
        self.scope
            .open_iteration(key, around, &loop_id, item, *index);
    }

    /// What the steps beside `step` see.
    pub(super) fn view(&self, step: &Instance) -> View<'_> {
        let place = self.place_of(step);
        let key = scope_key(&self.graph, &place);
        self.scope.within(key.as_deref())
    }

    fn place_of(&self, step: &Instance) -> Place {
        Place {
            in_loop: self.graph.node(step.node).and_then(|node| node.in_loop),
            path: step.path.clone(),
        }
    }

    /// Opens an iteration that is over once more, for what undoes one of its steps.
    pub(super) fn reopen(&mut self, step: &Instance) {
        let mut next = Some(self.place_of(step));
        while let Some(place) = next {
            let Some(key) = scope_key(&self.graph, &place) else {
                return;
            };
            if !self.scope.has_iteration(&key) {
                self.open_place(&place);
                let members: Vec<String> = self
                    .graph
                    .members(place.in_loop)
                    .map(|(_, node)| instance::key(&node.step.id, &place.path))
                    .filter(|key| self.state.step_status(key).has_ended())
                    .collect();
                for id in members {
                    self.add_to_scope(&id);
                }
            }
            next = outer(&self.graph, &place);
        }
    }

    /// A step has ended: others see it, and its iteration may be over with it.
    pub(super) fn step_ended(&mut self, id: &str) {
        self.add_to_scope(id);
        let over = self.frames.ended(&self.graph, id);
        if let Some(key) = over.and_then(|place| scope_key(&self.graph, &place)) {
            self.scope.close_iteration(&key);
        }
    }

    fn add_to_scope(&mut self, id: &str) {
        let (Some(step), Some((_, node, place))) = (self.state.step(id), self.graph.find(id))
        else {
            return;
        };
        let result = StepResult {
            status: step.status.as_str(),
            output: step.output.as_ref().unwrap_or(&Value::Null),
            error: step.error.as_ref(),
        };
        match scope_key(&self.graph, &place) {
            None => self.scope.add_step(id, result),
            Some(iteration) => self.scope.add_step_in(&iteration, &node.step.id, result),
        }
    }
}
