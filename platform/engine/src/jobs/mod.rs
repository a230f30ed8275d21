//! The one queue's working side: claiming, leasing, finishing, and taking over from workers that
//! were lost.

pub(crate) mod claim;
pub mod depth;
mod finish;
pub mod given_up;
mod heartbeat;
mod runner;
pub(crate) mod seats;
pub(crate) mod shares;

pub use platform_db::jobs::{JobHandler, Lane, Lease, LeasedJob, NewJob, Turn};
pub use runner::{Runner, RunnerConfig};
