//! The one queue's working side: claiming, leasing, finishing, and taking over from workers that
//! were lost.

pub(crate) mod claim;
mod finish;
mod heartbeat;
mod runner;
pub(crate) mod shares;

pub use platform_db::jobs::{JobHandler, Lane, Lease, LeasedJob, NewJob, Turn};
pub use runner::{Runner, RunnerConfig};

/// Deletes jobs that are still under the given leases: ids, owners, epochs. The owner is compared so
/// that no plan goes by it: the index on it is full of leases that are over.
pub(crate) const DELETE_LEASED: &str = "DELETE FROM control.jobs AS j \
    USING unnest($1::bigint[], $2::uuid[], $3::bigint[]) AS f(id, owner, epoch) \
    WHERE j.id = f.id AND j.lease_owner IS NOT DISTINCT FROM f.owner AND j.lease_epoch = f.epoch";
