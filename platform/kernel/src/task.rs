//! Background tasks that keep the span and the trace they were started in.

use crate::trace;
use std::future::Future;
use tokio::task::JoinHandle;
use tracing::Instrument;

/// Spawns `future` inside the current span and trace, so that its log lines and its calls carry
/// the trace id.
#[expect(
    clippy::disallowed_methods,
    reason = "this is the one place that spawns bare"
)]
pub fn spawn<F>(future: F) -> JoinHandle<F::Output>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    tokio::spawn(trace::within(trace::current(), future).in_current_span())
}
