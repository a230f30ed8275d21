//! Threads for work that keeps a processor busy for milliseconds: evaluating what a dealership wrote,
//! parsing large bodies, hashing passwords. Their scheduling priority is low, so that the threads that
//! serve requests go first however much of this there is.

use crate::{Error, Result};
use std::sync::LazyLock;
use std::time::Duration;
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinHandle;

/// Added to the niceness (nice(2)) of these threads: under contention one gets about a tenth of what a
/// thread of ordinary priority gets.
const NICENESS: i32 = 10;
/// How long an idle thread is kept.
const KEPT: Duration = Duration::from_secs(60);

/// A runtime of its own, because tokio gives all threads of one the same start.
static THREADS: LazyLock<std::io::Result<Runtime>> = LazyLock::new(|| {
    Builder::new_multi_thread()
        .worker_threads(1)
        .thread_name("compute")
        .thread_keep_alive(KEPT)
        .on_thread_start(lower_priority)
        .build()
});

/// Runs `work` on one of these threads. It is not cut off when the handle is dropped, so it must be
/// bounded by itself; how much runs at a time is up to the callers.
///
/// # Errors
/// `internal` if the threads could not be started.
pub fn spawn<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<JoinHandle<T>> {
    let threads = THREADS.as_ref();
    let threads = threads.map_err(|error| Error::internal(error.to_string()))?;
    let span = tracing::Span::current();
    Ok(threads.spawn_blocking(move || span.in_scope(work)))
}

/// The same, until it has ended.
///
/// # Errors
/// `internal` if the work panicked.
pub async fn run<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    spawn(work)?.await.map_err(Error::internal)
}

/// On Linux the niceness belongs to the thread; elsewhere nothing is changed.
fn lower_priority() {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::nice(NICENESS) {
        tracing::warn!(%error, "the priority of a compute thread could not be lowered");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn work_runs_with_low_priority_and_its_result_comes_back() {
        let niceness = || rustix::process::nice(0).unwrap();
        let ordinary = niceness();
        assert_eq!(run(niceness).await.unwrap(), (ordinary + NICENESS).min(19));
        assert_eq!(niceness(), ordinary);
        let panicked = run(|| panic!("broken")).await;
        assert!(panicked.is_err());
        assert_eq!(run(|| 7).await.unwrap(), 7);
    }
}
