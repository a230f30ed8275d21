use super::addresses::works;
use super::model::{EVENT, NewTriggerRow, RECORD, TriggerRow};
use chrono::{DateTime, Utc};
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Jsonb, Nullable, Text};
use diesel::upsert::excluded;
use diesel_async::RunQueryDsl;
use platform_db::schema::tenant::{
    hook_addresses, workflow_triggers, workflow_versions, workflows,
};
use platform_db::{QueryResult, TenantTx};
use platform_kernel::id::{VersionId, WorkflowId};
use serde_json::Value;
use uuid::Uuid;

pub async fn list(tx: &mut TenantTx, workflow: WorkflowId) -> QueryResult<Vec<TriggerRow>> {
    workflow_triggers::table
        .filter(workflow_triggers::workflow_id.eq(workflow))
        .order((workflow_triggers::created_at, workflow_triggers::id))
        .select(TriggerRow::as_select())
        .load(tx.conn())
        .await
}

/// The trigger of a workflow, which nobody else changes until the transaction ends.
pub async fn lock(
    tx: &mut TenantTx,
    workflow: WorkflowId,
    trigger: &str,
) -> QueryResult<Option<TriggerRow>> {
    workflow_triggers::table
        .filter(workflow_triggers::workflow_id.eq(workflow))
        .filter(workflow_triggers::trigger_id.eq(trigger))
        .select(TriggerRow::as_select())
        .for_no_key_update()
        .first(tx.conn())
        .await
        .optional()
}

/// Writes a trigger of the version being published; answers its row's id.
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
        listening!(from workflow_triggers::table).select(listening!(columns))
    };
    (from $triggers:expr) => {
        $triggers
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
    };
    (columns $($more:expr)?) => {
        (
            TriggerRow::as_select(),
            workflow_versions::id,
            workflows::name,
            workflow_versions::parameters,
            sql::<Nullable<Jsonb>>("workflow_versions.definition -> 'settings'"),
            sql::<Text>("workflow_triggers.xmin::text || ':' || workflows.xmin::text"),
            $($more,)?
        )
    };
}

/// A trigger that listens at an address.
#[derive(Clone, Debug)]
pub struct AtAddress {
    pub listening: Listening,
    /// When the address ends, if it was rotated away.
    pub until: Option<DateTime<Utc>>,
}

/// The trigger behind a hook's address; `None` when nothing listens there.
pub async fn find_at_address(tx: &mut TenantTx, hash: &[u8]) -> QueryResult<Option<AtAddress>> {
    let address = hook_addresses::trigger_id.eq(workflow_triggers::id);
    let found =
        listening!(from workflow_triggers::table.inner_join(hook_addresses::table.on(address)))
            .filter(hook_addresses::key_hash.eq(hash))
            .filter(works())
            .select(listening!(columns hook_addresses::expires_at))
            .first(tx.conn())
            .await
            .optional()?;
    Ok(found.map(
        |(trigger, version, workflow_name, parameters, settings, stamp, until)| AtAddress {
            listening: Listening {
                trigger,
                version,
                workflow_name,
                parameters,
                settings,
                stamp,
            },
            until,
        },
    ))
}

/// The trigger whose key the version before `hook_addresses` wrote down.
pub async fn find_by_key(tx: &mut TenantTx, key: &str) -> QueryResult<Option<Uuid>> {
    workflow_triggers::table
        .filter(workflow_triggers::key.eq(key))
        .select(workflow_triggers::id)
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
