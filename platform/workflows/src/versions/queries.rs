use super::model::{NewVersion, Version};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use platform_db::schema::tenant::workflow_versions;
use platform_db::{QueryResult, TenantTx};
use platform_kernel::id::WorkflowId;

pub async fn insert(tx: &mut TenantTx, version: &NewVersion<'_>) -> QueryResult<Version> {
    diesel::insert_into(workflow_versions::table)
        .values(version)
        .returning(Version::as_returning())
        .get_result(tx.conn())
        .await
}

pub async fn find(
    tx: &mut TenantTx,
    workflow: WorkflowId,
    version: i32,
) -> QueryResult<Option<Version>> {
    workflow_versions::table
        .filter(workflow_versions::workflow_id.eq(workflow))
        .filter(workflow_versions::version.eq(version))
        .select(Version::as_select())
        .first(tx.conn())
        .await
        .optional()
}

/// The number of the newest version; 0 when there is none.
pub async fn newest(tx: &mut TenantTx, workflow: WorkflowId) -> QueryResult<i32> {
    let newest: Option<i32> = workflow_versions::table
        .filter(workflow_versions::workflow_id.eq(workflow))
        .select(diesel::dsl::max(workflow_versions::version))
        .get_result(tx.conn())
        .await?;
    Ok(newest.unwrap_or(0))
}

/// Versions older than `before`, newest first.
pub async fn list(
    tx: &mut TenantTx,
    workflow: WorkflowId,
    before: Option<i32>,
    limit: i64,
) -> QueryResult<Vec<Version>> {
    workflow_versions::table
        .filter(workflow_versions::workflow_id.eq(workflow))
        .filter(workflow_versions::version.lt(before.unwrap_or(i32::MAX)))
        .order(workflow_versions::version.desc())
        .limit(limit)
        .select(Version::as_select())
        .load(tx.conn())
        .await
}
