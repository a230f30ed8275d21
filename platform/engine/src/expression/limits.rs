//! What one evaluation may take.

use super::node::Node;
use std::time::Duration;

/// Bounds of an evaluation. They count work, so that the same expression over the same values always
/// ends the same way; only `time` reads a clock.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Longest source that may be compiled, in bytes.
    source: usize,
    /// Bytes of text and parts that one expression may see.
    values: usize,
    /// Steps of CEL, by the estimate made before it runs.
    pub(super) cel_steps: u64,
    /// Instructions of a template.
    pub(super) fuel: u64,
    /// Bytes and parts that the filters of a template may look at.
    pub(super) filter_bytes: u64,
    /// Bytes that the operators of a template may copy or compare.
    pub(super) copied_bytes: u64,
    /// Parts of values that the operators of a template may compare.
    pub(super) compared_parts: u64,
    /// How long all expressions of a configuration may take together.
    pub(super) time: Duration,
}

impl Limits {
    /// What is done at once, on the thread that asks: at most about a millisecond.
    pub(crate) const LIGHT: Self = Self {
        source: 2 * 1024,
        values: 8 * 1024,
        cel_steps: 20_000,
        fuel: 2_000,
        filter_bytes: 32 * 1024,
        copied_bytes: 1 << 20,
        compared_parts: 100_000,
        time: Duration::from_millis(20),
    };
    /// The most that an expression may take, on a thread of its own.
    pub(crate) const FULL: Self = Self {
        source: super::MAX_SOURCE,
        values: 4 << 20,
        cel_steps: 10_000_000,
        fuel: 50_000,
        filter_bytes: 4 << 20,
        copied_bytes: 256 << 20,
        compared_parts: 50_000_000,
        time: Duration::from_secs(2),
    };

    pub(super) fn admit(&self, values: &Node<'_>) -> Result<(), String> {
        if values.size(self.values + 1) > self.values {
            return Err("the values are too large for an expression".to_owned());
        }
        Ok(())
    }

    pub(super) fn admit_source(
        &self,
        source: &str,
        is_compiled: impl Fn(&str) -> bool,
    ) -> Result<(), String> {
        if source.len() > self.source && !is_compiled(source) {
            return Err("the expression is too long".to_owned());
        }
        Ok(())
    }
}
