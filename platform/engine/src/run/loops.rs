//! Loops: one step that repeats others, and joins, which bring branches together.

use super::Run;
use super::start::{MAX_OUTPUT, Resolved, size};
use crate::event::EventBody;
use crate::graph::{Instance, Place};
use crate::plan;
use crate::step::{LogLevel, StepError, StepOutput};
use crate::steps::for_each;
use serde_json::{Value, json};

impl Run {
    /// The list is known: its items are written down, so that every worker goes through the same.
    pub(super) fn begin_loop(&mut self, step: &Instance, attempt: u32, resolved: Resolved) {
        self.started(step, attempt, resolved.shown());
        let read = for_each::read(resolved.config).and_then(|(items, concurrency)| {
            let items = Value::Array(items);
            if size(&items) > MAX_OUTPUT {
                let message = format!("The list is larger than {MAX_OUTPUT} bytes.");
                return Err(StepError::fatal("items_too_large", message));
            }
            match items {
                Value::Array(items) => Ok((items, concurrency)),
                _ => Ok((Vec::new(), concurrency)),
            }
        });
        match read {
            Ok((items, concurrency)) => {
                let count = items.len();
                let started = EventBody::LoopStarted { items, concurrency };
                self.step_event(&step.id, Some(attempt), started);
                let message = format!("Going through {count} items.");
                self.log(Some(&step.id), LogLevel::Info, message);
                let repeats_nothing = self.graph.members(Some(step.node)).next().is_none();
                if repeats_nothing {
                    self.close_loop(step);
                }
            }
            Err(error) => self.fail_step(step, attempt, &error),
        }
    }

    /// Begins as many iterations as may be under way at once; answers whether any began.
    pub(super) fn widen(&mut self, step: &Instance) -> bool {
        let mut moved = false;
        while let Some(place) = self.frames.widen(&self.graph, step) {
            self.open_place(&place);
            moved = true;
        }
        moved
    }

    /// All iterations are over.
    pub(super) fn close_loop(&mut self, step: &Instance) {
        let repeats = self
            .state
            .step(&step.id)
            .and_then(|known| known.repeats.as_ref());
        let count = repeats.map_or(0, |repeats| repeats.items.len());
        let result = |index: usize| {
            let mut path = step.path.clone();
            path.push(u32::try_from(index).unwrap_or(u32::MAX));
            let place = Place {
                in_loop: Some(step.node),
                path,
            };
            plan::output(&self.graph, &self.state, &place)
        };
        let mut results = Value::Array((0..count).map(result).collect());
        if size(&results) > MAX_OUTPUT - 1_024 {
            results = Value::Null;
            let message = "The results are too large together; each is with its own step.";
            self.log(Some(&step.id), LogLevel::Warn, message);
        }
        let output = json!({"count": count, "results": results});
        self.succeed(step, StepOutput::new(output));
    }

    /// Enough branches have come in.
    pub(super) fn join(&mut self, step: &Instance, attempt: u32, resolved: &Resolved) {
        self.started(step, attempt, resolved.shown());
        let arrived = plan::arrived(&self.graph, &self.starts, &self.state, step);
        self.succeed(step, StepOutput::new(json!({"arrived": arrived})));
    }
}
