use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::Instant;

/// When each socket of a stopping process is closed: evenly over a time, the first one at once.
pub(super) struct Closing {
    begun: Instant,
    /// From one socket to the next.
    apart: Duration,
    within: Duration,
    given: AtomicU32,
}

impl Closing {
    /// `open` sockets are closed over `within`.
    pub(super) fn new(open: usize, within: Duration) -> Self {
        let open = u32::try_from(open).unwrap_or(u32::MAX).max(1);
        Self {
            begun: Instant::now(),
            apart: within / open,
            within,
            given: AtomicU32::new(0),
        }
    }

    /// The next socket's moment; one that nobody counted goes with the last.
    pub(super) fn next(&self) -> Instant {
        let turn = self.given.fetch_add(1, Ordering::Relaxed);
        self.begun + self.apart.saturating_mul(turn).min(self.within)
    }
}

/// One client's turn.
pub(super) struct TurnToClose {
    closing: watch::Receiver<Option<Arc<Closing>>>,
    at: Option<Instant>,
}

impl TurnToClose {
    pub(super) const fn new(closing: watch::Receiver<Option<Arc<Closing>>>) -> Self {
        Self { closing, at: None }
    }

    /// Returns when it has come. May be dropped and asked again.
    pub(super) async fn come(&mut self) {
        let at = match self.at {
            Some(at) => at,
            None => {
                let at = match self.closing.wait_for(Option::is_some).await {
                    Ok(closing) => closing.as_ref().map(|closing| closing.next()),
                    // The hub is gone, which is the same.
                    Err(_) => None,
                };
                *self.at.insert(at.unwrap_or_else(Instant::now))
            }
        };
        tokio::time::sleep_until(at).await;
    }
}
