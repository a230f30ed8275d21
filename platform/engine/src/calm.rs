//! Who asks for little goes first. While something of theirs is being written, what there is much
//! of stands still for a moment, so that it takes neither the processor nor the database from under
//! them. See `docs/decisions/0024-quiet-goes-first.md`.

use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::sync::Notify;

/// How long what there is much of stands still at most before it takes its next step.
pub(crate) const PATIENCE: Duration = Duration::from_millis(10);

/// One for the process, as its processors are.
static CALM: Calm = Calm {
    quiet: AtomicUsize::new(0),
    over: Notify::const_new(),
};

struct Calm {
    /// What is under way of those who ask for little.
    quiet: AtomicUsize,
    /// Nothing of it is any more.
    over: Notify,
}

/// Something is under way that others stand still for until this is dropped.
#[derive(Debug)]
pub(crate) struct Quiet(());

/// Begins something that others stand still for.
pub(crate) fn quiet() -> Quiet {
    CALM.quiet.fetch_add(1, Ordering::Relaxed);
    Quiet(())
}

impl Drop for Quiet {
    fn drop(&mut self) {
        if CALM.quiet.fetch_sub(1, Ordering::Relaxed) == 1 {
            CALM.over.notify_waiters();
        }
    }
}

fn is_quiet() -> bool {
    CALM.quiet.load(Ordering::Relaxed) > 0
}

/// Returns when nothing quiet is under way, or patience has run out.
pub(crate) async fn stand_still() {
    if is_quiet() {
        // Whoever is not told of the end has waited long enough soon.
        let _ = tokio::time::timeout(PATIENCE, over()).await;
    }
}

async fn over() {
    let told = CALM.over.notified();
    tokio::pin!(told);
    // From here on it hears of the end, which may have come before.
    told.as_mut().enable();
    if is_quiet() {
        told.await;
    }
}

/// A future that stands still before each of its steps while something quiet is under way.
pub(crate) struct Yielding<F> {
    inner: Pin<Box<F>>,
    still: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
}

/// Lets what is quiet go first, whenever `inner` would go on.
pub(crate) fn yielding<F: Future>(inner: F) -> Yielding<F> {
    Yielding {
        inner: Box::pin(inner),
        still: None,
    }
}

impl<F: Future> Future for Yielding<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        if self.still.is_none() && is_quiet() {
            self.still = Some(Box::pin(stand_still()));
        }
        if let Some(still) = &mut self.still {
            ready!(still.as_mut().poll(context));
            self.still = None;
        }
        self.inner.as_mut().poll(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use platform_kernel::task;
    use std::sync::Arc;
    use tokio::time::Instant;

    /// Takes `count` steps and says when each was taken.
    async fn steps(count: usize, taken: Arc<std::sync::Mutex<Vec<Instant>>>) {
        for _ in 0..count {
            taken.lock().unwrap().push(Instant::now());
            task::spawn(async {}).await.ok();
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_busy_goes_on_when_the_last_quiet_thing_is_over() {
        let taken = Arc::default();
        let (one, two) = (quiet(), quiet());
        let busy = task::spawn(yielding(steps(1, Arc::clone(&taken))));
        tokio::time::sleep(PATIENCE / 4).await;
        drop(one);
        tokio::time::sleep(PATIENCE / 4).await;
        assert!(taken.lock().unwrap().is_empty());
        let over = Instant::now();
        drop(two);
        busy.await.ok();
        assert_eq!(*taken.lock().unwrap(), [over]);
    }

    #[tokio::test(start_paused = true)]
    async fn each_step_stands_still_and_none_for_ever() {
        let taken = Arc::default();
        let begin = Instant::now();
        let held = quiet();
        yielding(steps(3, Arc::clone(&taken))).await;
        drop(held);
        let taken = taken.lock().unwrap().clone();
        let waits: Vec<Duration> = std::iter::once(&begin)
            .chain(&taken)
            .zip(&taken)
            .map(|(before, after)| *after - *before)
            .collect();
        assert_eq!(waits.len(), 3);
        let patience = PATIENCE..PATIENCE + Duration::from_millis(2);
        assert!(
            waits.iter().all(|wait| patience.contains(wait)),
            "{waits:?}"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn alone_nothing_stands_still() {
        let taken = Arc::default();
        let begin = Instant::now();
        yielding(steps(3, Arc::clone(&taken))).await;
        assert_eq!(*taken.lock().unwrap(), [begin; 3]);
    }
}
