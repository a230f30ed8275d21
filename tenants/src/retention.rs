//! How long a dealership's plan keeps what its runs leave behind.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use platform_db::schema::control::tenants;
use platform_db::{ControlTx, QueryResult};
use platform_kernel::id::TenantId;
use platform_kernel::tenant::TenantStatus;

/// Days that things are kept; where there is `None`, as long as the platform says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Queryable, AsChangeset)]
#[diesel(table_name = tenants, treat_none_as_null = true)]
pub struct Plan {
    /// What happened in runs.
    #[diesel(column_name = retention_events_days)]
    pub events_days: Option<i32>,
    /// What their steps reported.
    #[diesel(column_name = retention_logs_days)]
    pub logs_days: Option<i32>,
    /// The runs themselves.
    #[diesel(column_name = retention_runs_days)]
    pub runs_days: Option<i32>,
}

/// A dealership's status and plan.
pub async fn plan(tx: &mut ControlTx, id: TenantId) -> QueryResult<Option<(TenantStatus, Plan)>> {
    let found: Option<(String, Plan)> = tenants::table
        .find(id)
        .select((
            tenants::status,
            (
                tenants::retention_events_days,
                tenants::retention_logs_days,
                tenants::retention_runs_days,
            ),
        ))
        .first(tx.conn())
        .await
        .optional()?;
    Ok(found.map(|(status, plan)| (TenantStatus::read(&status), plan)))
}

/// Gives a dealership another plan.
pub async fn set_plan(tx: &mut ControlTx, id: TenantId, plan: Plan) -> QueryResult<usize> {
    diesel::update(tenants::table.find(id))
        .set(plan)
        .execute(tx.conn())
        .await
}
