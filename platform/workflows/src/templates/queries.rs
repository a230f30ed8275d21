use super::link::Link;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use platform_db::schema::tenant::workflows;
use platform_db::{QueryResult, TenantTx};
use platform_kernel::clock;
use platform_kernel::id::WorkflowId;
use serde_json::Value;

/// A workflow after an upgrade.
pub struct Relinked<'a> {
    pub template_version: i32,
    pub template_base: &'a Value,
    pub draft: &'a Value,
    pub draft_sha256: &'a [u8],
    pub parameters: &'a Value,
}

pub async fn link(tx: &mut TenantTx, id: WorkflowId) -> QueryResult<Option<Link>> {
    workflows::table
        .find(id)
        .select((
            workflows::template_id,
            workflows::template_version,
            workflows::template_base,
            workflows::draft,
            workflows::parameters,
        ))
        .first(tx.conn())
        .await
        .optional()
}

/// Answers the draft's new revision.
pub async fn relink(tx: &mut TenantTx, id: WorkflowId, change: &Relinked<'_>) -> QueryResult<i64> {
    diesel::update(workflows::table.find(id))
        .set((
            workflows::template_version.eq(change.template_version),
            workflows::template_base.eq(change.template_base),
            workflows::draft.eq(change.draft),
            workflows::draft_sha256.eq(change.draft_sha256),
            workflows::parameters.eq(change.parameters),
            workflows::draft_revision.eq(workflows::draft_revision + 1),
            workflows::updated_at.eq(clock::now()),
        ))
        .returning(workflows::draft_revision)
        .get_result(tx.conn())
        .await
}

/// The workflows in use that were made from a template and are older than `version`.
pub async fn outdated(
    tx: &mut TenantTx,
    template: &str,
    version: i32,
) -> QueryResult<Vec<(WorkflowId, String)>> {
    workflows::table
        .filter(workflows::template_id.eq(template))
        .filter(workflows::template_version.lt(version))
        .filter(workflows::status.eq("active"))
        .order(workflows::id)
        .select((workflows::id, workflows::name))
        .load(tx.conn())
        .await
}
