//! Background tasks that keep the span they were started in.

use std::future::Future;
use tokio::task::JoinHandle;
use tracing::Instrument;

/// Spawns `future` inside the current span, so that its log lines carry the trace id.
#[expect(
    clippy::disallowed_methods,
    reason = "this is the one place that spawns bare"
)]
pub fn spawn<F>(future: F) -> JoinHandle<F::Output>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    tokio::spawn(future.in_current_span())
}
