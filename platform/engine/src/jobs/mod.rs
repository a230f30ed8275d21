//! The one queue's working side: claiming, leasing, finishing, and taking over from workers that
//! were lost.

mod claim;
mod finish;
mod heartbeat;
mod runner;

pub use platform_db::jobs::{JobHandler, Lane, Lease, LeasedJob, NewJob, Turn};
pub use runner::{Runner, RunnerConfig};

use diesel::sql_types::Uuid as SqlUuid;
use diesel_async::RunQueryDsl;
use platform_db::ControlTx;
use platform_kernel::Result;
use platform_kernel::id::TenantId;

/// Deletes jobs that are still under the given leases: ids, owners, epochs.
pub(crate) const DELETE_LEASED: &str = "DELETE FROM control.jobs AS j \
    USING unnest($1, $2, $3) AS f(id, owner, epoch) \
    WHERE j.id = f.id AND j.lease_owner = f.owner AND j.lease_epoch = f.epoch";

/// Wakes every job of a tenant, for example when it is reactivated. After the commit call
/// [`crate::Wake::wake`].
pub async fn wake_tenant(tx: &mut ControlTx, tenant: TenantId) -> Result<usize> {
    let sql = "UPDATE control.jobs SET run_at = least(run_at, now()), wake = wake + 1 \
        WHERE tenant_id = $1 AND dead_at IS NULL";
    Ok(diesel::sql_query(sql)
        .bind::<SqlUuid, _>(tenant.0)
        .execute(tx.conn())
        .await?)
}
