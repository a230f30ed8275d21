use super::model::{EVENT, NewTriggerRow, RECORD, TriggerRow};
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Jsonb, Nullable, Text};
use diesel::upsert::excluded;
use diesel_async::RunQueryDsl;
use platform_db::schema::tenant::{workflow_triggers, workflow_versions, workflows};
use platform_db::{QueryResult, TenantTx};
use platform_kernel::id::{VersionId, WorkflowId};
use serde_json::Value;
use uuid::Uuid;

diesel::define_sql_function! {
    #[sql_name = "coalesce"]
    fn coalesce_text(a: diesel::sql_types::Nullable<diesel::sql_types::Text>, b: diesel::sql_types::Nullable<diesel::sql_types::Text>) -> diesel::sql_types::Nullable<diesel::sql_types::Text>;
}

pub async fn list(tx: &mut TenantTx, workflow: WorkflowId) -> QueryResult<Vec<TriggerRow>> {
    workflow_triggers::table
        .filter(workflow_triggers::workflow_id.eq(workflow))
        .order((workflow_triggers::created_at, workflow_triggers::id))
        .select(TriggerRow::as_select())
        .load(tx.conn())
        .await
}

/// Writes a trigger of the version being published; answers its row's id. One that is there
/// already keeps its key.
pub async fn upsert(tx: &mut TenantTx, trigger: &NewTriggerRow<'_>) -> QueryResult<Uuid> {
    diesel::insert_into(workflow_triggers::table)
        .values(trigger)
        .on_conflict((
            workflow_triggers::workflow_id,
            workflow_triggers::trigger_id,
        ))
        .do_update()
        .set((
            workflow_triggers::type_.eq(excluded(workflow_triggers::type_)),
            workflow_triggers::config.eq(excluded(workflow_triggers::config)),
            workflow_triggers::key.eq(coalesce_text(
                workflow_triggers::key,
                excluded(workflow_triggers::key),
            )),
            workflow_triggers::limits.eq(excluded(workflow_triggers::limits)),
            workflow_triggers::next_run_at.eq(excluded(workflow_triggers::next_run_at)),
            workflow_triggers::enabled.eq(true),
        ))
        .returning(workflow_triggers::id)
        .get_result(tx.conn())
        .await
}

/// Disables the triggers that the published version no longer has.
pub async fn disable_others(
    tx: &mut TenantTx,
    workflow: WorkflowId,
    keep: &[&str],
) -> QueryResult<usize> {
    diesel::update(workflow_triggers::table)
        .filter(workflow_triggers::workflow_id.eq(workflow))
        .filter(workflow_triggers::trigger_id.ne_all(keep))
        .set((
            workflow_triggers::enabled.eq(false),
            workflow_triggers::next_run_at.eq(None::<chrono::DateTime<chrono::Utc>>),
        ))
        .execute(tx.conn())
        .await
}

/// A trigger that listens, and what it starts.
#[derive(Clone, Debug, Queryable)]
pub struct Listening {
    pub trigger: TriggerRow,
    pub version: VersionId,
    pub workflow_name: String,
    /// What the template's parameters were set to.
    pub parameters: Option<Value>,
    /// The version's settings.
    pub settings: Option<Value>,
    /// Changes with the trigger and with the workflow.
    pub stamp: String,
}

/// Triggers of published versions of active workflows.
macro_rules! listening {
    () => {
        workflow_triggers::table
            .inner_join(workflows::table.on(workflows::id.eq(workflow_triggers::workflow_id)))
            .inner_join(
                workflow_versions::table.on(workflow_versions::workflow_id.eq(workflows::id).and(
                    workflow_versions::version
                        .nullable()
                        .eq(workflows::published_version),
                )),
            )
            .filter(workflow_triggers::enabled)
            .filter(workflows::status.eq("active"))
            .select((
                TriggerRow::as_select(),
                workflow_versions::id,
                workflows::name,
                workflow_versions::parameters,
                sql::<Nullable<Jsonb>>("workflow_versions.definition -> 'settings'"),
                sql::<Text>("workflow_triggers.xmin::text || ':' || workflows.xmin::text"),
            ))
    };
}

/// The trigger behind a hook's key; `None` when nothing listens there.
pub async fn find_listening(tx: &mut TenantTx, key: &str) -> QueryResult<Option<Listening>> {
    listening!()
        .filter(workflow_triggers::key.eq(key))
        .first(tx.conn())
        .await
        .optional()
}

/// The trigger with this row's id, if it listens.
pub async fn find_listening_row(tx: &mut TenantTx, id: Uuid) -> QueryResult<Option<Listening>> {
    listening!()
        .filter(workflow_triggers::id.eq(id))
        .first(tx.conn())
        .await
        .optional()
}

/// The triggers that events of a name start, always in the same order.
pub async fn listening_to_event(tx: &mut TenantTx, name: &str) -> QueryResult<Vec<Listening>> {
    listening!()
        .filter(workflow_triggers::type_.eq(EVENT))
        .filter(sql::<Bool>("workflow_triggers.config ->> 'name' = ").bind::<Text, _>(name))
        .order(workflow_triggers::id)
        .load(tx.conn())
        .await
}

/// The triggers that changes of a kind of record start, always in the same order.
pub async fn listening_to_record(tx: &mut TenantTx, record: &str) -> QueryResult<Vec<Listening>> {
    listening!()
        .filter(workflow_triggers::type_.eq(RECORD))
        .filter(sql::<Bool>("workflow_triggers.config ->> 'record' = ").bind::<Text, _>(record))
        .order(workflow_triggers::id)
        .load(tx.conn())
        .await
}
