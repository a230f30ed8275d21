//! The workflow engine: definitions and their validation, expressions, step types, the event log
//! and its fold, leased execution turns, effects, timers, and the job runner. It knows no HTTP.
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

pub mod accept;
mod admission;
mod backlog;
mod calm;
mod children;
mod db_store;
#[cfg(test)]
mod db_tests;
pub mod definition;
mod engine;
pub mod evaluation;
pub mod event;
pub mod expression;
pub mod failure;
pub mod fold;
pub mod fork;
mod frames;
mod gather;
mod graph;
pub mod instance;
mod intake;
pub mod jobs;
pub mod keys;
pub mod live;
mod log;
pub mod metrics;
pub mod model;
mod pause;
mod plan;
pub mod registry;
pub mod rehearsal;
mod replace;
mod run;
pub mod schema;
pub mod search;
pub mod step;
pub mod steps;
mod store;
mod text;
pub mod validate;
pub mod view;
mod waiting;
mod wake;

pub use accept::{Cause, NewExecution, Parent, accept, cancel, settle};
pub use backlog::Backlog;
pub use definition::Definition;
pub use engine::{Engine, FixedDirectory, TenantDirectory};
pub use event::Settlement;
pub use fork::{Fork, ForkFrom, fork};
pub use intake::{Arrival, Intake, Taken};
pub use keys::Keys;
pub use live::{Delivery, LiveBus, LiveMessage};
pub use pause::{pause, resume};
pub use registry::StepRegistry;
pub use replace::replace;
pub use waiting::{PublishedEvent, event_value, publish_event, resolve_wait};
pub use wake::{WAKE_CHANNEL, Wake};
