//! The whole product under test: a server on a port of its own over a database of its own, and
//! people who use it through the public API.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "tests may fail loudly"
)]

mod answer;
mod app;
mod group;
mod mailbox;

pub use answer::Answer;
pub use app::TestApp;
pub use group::{Group, Person};
pub use mailbox::Mailbox;

/// Waits until `check` gives something, asking again every few milliseconds; panics after 20 s.
pub async fn eventually<T, F: Future<Output = Option<T>>>(
    what: &str,
    mut check: impl FnMut() -> F,
) -> T {
    let deadline = tokio::time::Instant::now() + std::time::Duration::from_secs(20);
    loop {
        if let Some(found) = check().await {
            return found;
        }
        assert!(
            tokio::time::Instant::now() < deadline,
            "{what} did not happen within 20 s"
        );
        tokio::time::sleep(std::time::Duration::from_millis(15)).await;
    }
}
