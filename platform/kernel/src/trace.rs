//! The distributed trace that the work at hand belongs to (W3C Trace Context, version 00):
//! a task-local value, so that adapters can send it on without every port carrying it.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::future::Future;
use std::str::FromStr;

tokio::task_local! {
    static CURRENT: Option<Trace>;
}

/// A trace and the span in it that whatever comes next is a child of; written `traceparent`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Trace {
    trace_id: String,
    span_id: String,
    sampled: bool,
}

impl Trace {
    /// A trace of its own.
    pub fn start() -> Self {
        Self {
            trace_id: format!("{:032x}", rand::random::<u128>().max(1)),
            span_id: new_span_id(),
            sampled: true,
        }
    }

    /// The same trace with a new span.
    #[must_use]
    pub fn child(&self) -> Self {
        Self {
            span_id: new_span_id(),
            ..self.clone()
        }
    }

    pub fn trace_id(&self) -> &str {
        &self.trace_id
    }

    pub fn span_id(&self) -> &str {
        &self.span_id
    }

    pub fn is_sampled(&self) -> bool {
        self.sampled
    }
}

/// Writes the value of the header `traceparent`.
impl fmt::Display for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let flags = u8::from(self.sampled);
        write!(f, "00-{}-{}-{flags:02x}", self.trace_id, self.span_id)
    }
}

/// The text is no `traceparent`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is no traceparent")]
pub struct NoTrace;

impl FromStr for Trace {
    type Err = NoTrace;

    fn from_str(text: &str) -> Result<Self, NoTrace> {
        parse(text).ok_or(NoTrace)
    }
}

impl TryFrom<String> for Trace {
    type Error = NoTrace;

    fn try_from(text: String) -> Result<Self, NoTrace> {
        text.parse()
    }
}

impl From<Trace> for String {
    fn from(trace: Trace) -> Self {
        trace.to_string()
    }
}

/// Runs `future` as part of `trace`.
pub async fn within<F: Future>(trace: Option<Trace>, future: F) -> F::Output {
    CURRENT.scope(trace, future).await
}

/// The trace of the running task, if it belongs to one.
pub fn current() -> Option<Trace> {
    CURRENT.try_with(Clone::clone).ok().flatten()
}

fn parse(text: &str) -> Option<Trace> {
    let mut parts = text.split('-');
    let version = hex(parts.next()?, 2)?;
    let trace_id = hex(parts.next()?, 32)?;
    let span_id = hex(parts.next()?, 16)?;
    let flags = u8::from_str_radix(hex(parts.next()?, 2)?, 16).ok()?;
    // Later versions may append parts; version 00 has exactly four.
    let known = version != "ff" && (version != "00" || parts.next().is_none());
    let nonzero = |id: &str| id.bytes().any(|byte| byte != b'0');
    (known && nonzero(trace_id) && nonzero(span_id)).then(|| Trace {
        trace_id: trace_id.to_owned(),
        span_id: span_id.to_owned(),
        sampled: flags & 1 == 1,
    })
}

fn new_span_id() -> String {
    format!("{:016x}", rand::random::<u64>().max(1))
}

fn hex(part: &str, length: usize) -> Option<&str> {
    let lower_hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    (part.len() == length && part.bytes().all(lower_hex)).then_some(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    #[test]
    fn a_well_formed_header_is_read_and_written() {
        let trace: Trace = HEADER.parse().unwrap();
        assert_eq!(trace.to_string(), HEADER);
        let child = trace.child();
        assert_eq!(child.trace_id(), trace.trace_id());
        assert_ne!(child.span_id(), trace.span_id());
        let later = HEADER.replacen("00", "01", 1) + "-more";
        assert!(later.parse::<Trace>().is_ok());
        assert!(Trace::start().to_string().parse::<Trace>().is_ok());
    }

    #[test]
    fn a_malformed_header_is_not() {
        let zero = "00000000000000000000000000000000";
        for header in [
            "",
            "00-abc-b7ad6b7169203331-01",
            "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
            "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-extra",
            &format!("00-{zero}-b7ad6b7169203331-01"),
        ] {
            assert_eq!(header.parse::<Trace>(), Err(NoTrace), "{header}");
        }
    }

    #[tokio::test]
    async fn a_task_knows_the_trace_it_belongs_to() {
        assert_eq!(current(), None);
        let trace: Trace = HEADER.parse().unwrap();
        let seen = within(Some(trace.clone()), async { current() }).await;
        assert_eq!(seen, Some(trace));
        assert_eq!(within(None, async { current() }).await, None);
    }
}
