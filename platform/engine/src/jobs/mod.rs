//! The one queue's working side: claiming, leasing, finishing, and taking over from workers that
//! were lost.

pub(crate) mod claim;
mod finish;
mod heartbeat;
mod runner;
pub(crate) mod seats;
pub(crate) mod shares;

use crate::log::JobRef;
pub use platform_db::jobs::{JobHandler, Lane, Lease, LeasedJob, NewJob, Turn};
pub use runner::{Runner, RunnerConfig};

/// Deletes jobs that are still under the given leases. The owner is compared so that no plan goes
/// by it: the index on it is full of leases that are over. What it is made of are numbers and UUIDs.
pub(crate) fn delete_leased<'a>(leases: impl Iterator<Item = &'a JobRef>) -> String {
    let values: Vec<String> = leases
        .map(|job| {
            let (id, owner, epoch) = (job.id, job.owner.0, job.lease_epoch);
            format!("({id}::bigint, '{owner}'::uuid, {epoch}::bigint)")
        })
        .collect();
    format!(
        "DELETE FROM control.jobs AS j USING (VALUES {}) AS f(id, owner, epoch) WHERE j.id = f.id \
         AND j.lease_owner IS NOT DISTINCT FROM f.owner AND j.lease_epoch = f.epoch",
        values.join(", ")
    )
}
