//! Postgres and Redis. The pools are private here: control tables are reached through a
//! [`ControlTx`], a tenant's tables through a [`TenantTx`], and there is no other way in.
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        reason = "tests may fail loudly"
    )
)]

pub mod audit;
mod connect;
mod database;
pub mod jobs;
pub mod migrations;
mod owner;
pub mod partitions;
mod pool_metrics;
mod redis;
pub mod schema;
mod server;
mod statement;
mod transaction;
mod transport;

pub use database::{Database, DatabaseConfig};
pub use owner::Owner;
pub use pool_metrics::describe as describe_metrics;
pub use redis::{Redis, RedisConnection, Subscription};
pub use server::PostgresServer;
pub use statement::{Statement, plan_slot, statement};
pub use transaction::{BatchTx, ControlTx, PipelinedTx, QueueConnection, TenantTx};
pub use transport::Transport;

pub use diesel::result::{Error as DieselError, QueryResult};

use platform_kernel::Error;

/// Turns the violation of a named constraint into what the caller did wrong.
pub trait OnConstraint<T> {
    /// `error` replaces the violation of the unique, foreign-key or check constraint `name`.
    fn on_constraint(self, name: &str, error: impl FnOnce() -> Error) -> Result<T, Error>;
}

impl<T> OnConstraint<T> for QueryResult<T> {
    fn on_constraint(self, name: &str, error: impl FnOnce() -> Error) -> Result<T, Error> {
        self.map_err(|cause| match &cause {
            DieselError::DatabaseError(_, info) if info.constraint_name() == Some(name) => error(),
            _ => cause.into(),
        })
    }
}
