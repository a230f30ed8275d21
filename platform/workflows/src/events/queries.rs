use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use platform_db::schema::tenant::workflow_events;
use platform_db::{QueryResult, TenantTx};
use platform_kernel::id::{ExecutionId, WorkflowEventId};
use serde_json::Value;

/// An event that was told.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = workflow_events, check_for_backend(diesel::pg::Pg))]
pub(super) struct EventRow {
    pub(super) id: WorkflowEventId,
    pub(super) name: String,
    pub(super) key: String,
    pub(super) data: Value,
    pub(super) execution_id: Option<ExecutionId>,
    pub(super) created_at: DateTime<Utc>,
}

/// Events before `after`, the latest first.
pub(super) async fn list(
    tx: &mut TenantTx,
    name: Option<&str>,
    after: Option<(DateTime<Utc>, WorkflowEventId)>,
    limit: i64,
) -> QueryResult<Vec<EventRow>> {
    let mut query = workflow_events::table
        .select(EventRow::as_select())
        .into_boxed();
    if let Some(name) = name {
        query = query.filter(workflow_events::name.eq(name));
    }
    if let Some((at, id)) = after {
        query = query.filter(
            workflow_events::created_at
                .lt(at)
                .or(workflow_events::created_at
                    .eq(at)
                    .and(workflow_events::id.lt(id))),
        );
    }
    query
        .order((
            workflow_events::created_at.desc(),
            workflow_events::id.desc(),
        ))
        .limit(limit)
        .load(tx.conn())
        .await
}
