//! Who asks for little goes first. While something of theirs is being written, what there is much
//! of stands still for a moment, so that it takes neither the processor nor the database from under
//! them. See `docs/decisions/0024-quiet-goes-first.md`.

use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::Instant;

/// How long what there is much of stands still at most; then it goes on for as long at least.
const PATIENCE: Duration = Duration::from_millis(10);

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

/// Returns when nothing quiet is under way, or when patience has run out: then it is `false`.
pub(crate) async fn stand_still() -> bool {
    !is_quiet() || tokio::time::timeout(PATIENCE, over()).await.is_ok()
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
    still: Option<Pin<Box<dyn Future<Output = bool> + Send>>>,
    /// Until when it takes no notice, its patience having run out.
    going: Option<Instant>,
}

/// Lets what is quiet go first, whenever `inner` would go on.
pub(crate) fn yielding<F: Future>(inner: F) -> Yielding<F> {
    Yielding {
        inner: Box::pin(inner),
        still: None,
        going: None,
    }
}

impl<F: Future> Future for Yielding<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let going = |until: Instant| Instant::now() < until;
        if self.still.is_none() && is_quiet() && !self.going.is_some_and(going) {
            self.still = Some(Box::pin(stand_still()));
        }
        if let Some(still) = &mut self.still {
            let over = ready!(still.as_mut().poll(context));
            self.still = None;
            self.going = (!over).then(|| Instant::now() + PATIENCE);
        }
        self.inner.as_mut().poll(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use platform_kernel::task;
    use std::sync::{Arc, Mutex};

    /// Takes four steps, four milliseconds apart, and says when each was taken.
    async fn steps(taken: Arc<Mutex<Vec<Instant>>>) {
        for _ in 0..4 {
            taken.lock().unwrap().push(Instant::now());
            tokio::time::sleep(Duration::from_millis(4)).await;
        }
    }

    /// After how many milliseconds each step was taken.
    fn millis(taken: &Mutex<Vec<Instant>>, begin: Instant) -> Vec<u128> {
        let taken = taken.lock().unwrap();
        taken.iter().map(|at| (*at - begin).as_millis()).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_busy_goes_on_when_the_last_quiet_thing_is_over() {
        let (begin, taken) = (Instant::now(), Arc::default());
        let (one, two) = (quiet(), quiet());
        let busy = task::spawn(yielding(steps(Arc::clone(&taken))));
        tokio::time::sleep(Duration::from_millis(3)).await;
        drop(one);
        tokio::time::sleep(Duration::from_millis(3)).await;
        drop(two);
        busy.await.ok();
        assert_eq!(millis(&taken, begin), [6, 10, 14, 18]);
    }

    #[tokio::test(start_paused = true)]
    async fn each_step_stands_still() {
        let (begin, taken) = (Instant::now(), Arc::default());
        let busy = task::spawn(yielding(steps(Arc::clone(&taken))));
        for _ in 0..3 {
            tokio::time::sleep(Duration::from_millis(1)).await;
            let quiet = quiet();
            tokio::time::sleep(Duration::from_millis(7)).await;
            drop(quiet);
        }
        busy.await.ok();
        assert_eq!(millis(&taken, begin), [0, 8, 16, 24]);
    }

    #[tokio::test(start_paused = true)]
    async fn nothing_stands_still_for_more_than_half_of_the_time() {
        let (begin, taken) = (Instant::now(), Arc::default());
        let held = quiet();
        yielding(steps(Arc::clone(&taken))).await;
        drop(held);
        // Ten of patience, ten of going on, ten of patience from when it wants to go on again.
        assert_eq!(millis(&taken, begin), [10, 14, 18, 32]);
    }

    #[tokio::test(start_paused = true)]
    async fn alone_nothing_stands_still() {
        let (begin, taken) = (Instant::now(), Arc::default());
        yielding(steps(Arc::clone(&taken))).await;
        assert_eq!(millis(&taken, begin), [0, 4, 8, 12]);
    }
}
