//! How many connections the pools hold, and how long one is waited for.

use crate::connect::PgPool;
use std::time::Instant;

/// What a pool's connections are for; the label `pool`.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    Control,
    Queue,
    Pipelined,
    /// All shards together.
    Tenant,
}

impl Kind {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Control => "control",
            Self::Queue => "queue",
            Self::Pipelined => "pipelined",
            Self::Tenant => "tenant",
        }
    }
}

/// Awaits a checkout and records how long it took, also when none could be had.
pub(crate) async fn timed<T>(kind: Kind, checkout: impl Future<Output = T>) -> T {
    let asked = Instant::now();
    let outcome = checkout.await;
    metrics::histogram!("auterity_db_wait_seconds", "pool" => kind.as_str())
        .record(asked.elapsed().as_secs_f64());
    outcome
}

pub(crate) fn publish<'a>(kind: Kind, pools: impl IntoIterator<Item = &'a PgPool>) {
    let (mut open, mut idle, mut most) = (0, 0, 0);
    for status in pools.into_iter().map(PgPool::status) {
        open += status.size;
        idle += status.available.min(status.size);
        most += status.max_size;
    }
    let pool = kind.as_str();
    let connections = |state: &'static str, count: usize| {
        metrics::gauge!("auterity_db_connections", "pool" => pool, "state" => state)
            .set(count as f64);
    };
    connections("in_use", open - idle);
    connections("idle", idle);
    metrics::gauge!("auterity_db_connections_max", "pool" => pool).set(most as f64);
}

/// Tells the process's recorder what this crate's metrics say.
pub fn describe() {
    metrics::describe_gauge!(
        "auterity_db_connections",
        "Connections to Postgres, by pool and state"
    );
    metrics::describe_gauge!(
        "auterity_db_connections_max",
        "Connections that a pool may open; their sum is what this process may take of max_connections"
    );
    metrics::describe_histogram!(
        "auterity_db_wait_seconds",
        "Time until a connection was had from its pool, or was not"
    );
}
