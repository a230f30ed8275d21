use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Mutex;

/// What happened outside, whatever became of the worker that did it.
#[derive(Default)]
pub(crate) struct World(pub(super) Mutex<Done>);

#[derive(Default)]
pub(super) struct Done {
    pub(super) commits: usize,
    pub(super) calls: usize,
    /// Letters posted, by idempotency key.
    pub(super) letters: BTreeMap<String, usize>,
    /// Rows that transactional steps wrote, by step.
    pub(super) rows: BTreeMap<String, usize>,
    pub(super) settled: usize,
    /// Waits that were closed, and what the run that started this one was told.
    pub(super) closed: Vec<String>,
    pub(super) told: Vec<Value>,
    pub(super) reports: usize,
}

impl World {
    pub(crate) fn commits(&self) -> usize {
        self.0.lock().unwrap().commits
    }

    pub(crate) fn calls(&self) -> usize {
        self.0.lock().unwrap().calls
    }

    pub(crate) fn settled(&self) -> usize {
        self.0.lock().unwrap().settled
    }

    pub(crate) fn most_letters(&self) -> usize {
        self.0
            .lock()
            .unwrap()
            .letters
            .values()
            .copied()
            .max()
            .unwrap_or(0)
    }

    pub(crate) fn closed(&self) -> Vec<String> {
        self.0.lock().unwrap().closed.clone()
    }

    pub(crate) fn told(&self) -> Vec<Value> {
        self.0.lock().unwrap().told.clone()
    }

    pub(crate) fn reports(&self) -> usize {
        self.0.lock().unwrap().reports
    }

    pub(crate) fn rows(&self) -> BTreeMap<String, usize> {
        self.0.lock().unwrap().rows.clone()
    }
}
