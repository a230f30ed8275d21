//! Runs that a person starts.

use super::dto::StartExecution;
use crate::admission;
use crate::json_schema;
use crate::stored::check_storable;
use crate::triggers::MANUAL;
use crate::versions;
use crate::workflows::model::{Workflow, WorkflowStatus};
use crate::workflows::queries as workflows;
use platform_db::TenantTx;
use platform_db::jobs::Lane;
use platform_engine::definition::{Definition, Trigger};
use platform_engine::{LiveBus, NewExecution, accept};
use platform_kernel::id::{ExecutionId, TenantId, UserId, WorkflowId};
use platform_kernel::{Error, ErrorCode, Result};
use serde_json::{Map, Value};

/// Accepts a run of the published version.
pub async fn start(
    tx: &mut TenantTx,
    bus: &LiveBus,
    id: WorkflowId,
    request: StartExecution,
    started_by: UserId,
) -> Result<ExecutionId> {
    let workflow = workflows::find(tx, id).await?.ok_or(ErrorCode::NotFound)?;
    let version = published_version(&workflow)?;
    let version = versions::queries::find(tx, id, version).await?;
    let version = version.ok_or(ErrorCode::WorkflowNotPublished)?;
    let settings = version.definition.get("settings").cloned();
    let definition: Definition =
        serde_json::from_value(version.definition).map_err(Error::internal)?;
    let trigger = manual_trigger(&definition, request.trigger_id.as_deref())?;
    let input = input_for(tx.tenant().id, trigger, request.input).await?;
    let execution = NewExecution {
        started_by: Some(started_by),
        ..NewExecution::new(
            id,
            version.id,
            &trigger.id,
            MANUAL,
            input,
            Lane::Interactive,
        )
    };
    let parameters = version.parameters.as_ref();
    let execution = admission::prepare(execution, settings.as_ref(), parameters, tx.tenant()).await;
    accept(tx, bus, execution).await
}

fn published_version(workflow: &Workflow) -> Result<i32> {
    if workflow.status == WorkflowStatus::Archived {
        return Err(ErrorCode::WorkflowArchived.into());
    }
    let version = workflow.published_version;
    version.ok_or_else(|| ErrorCode::WorkflowNotPublished.into())
}

/// The manual trigger asked for, or the first one.
fn manual_trigger<'a>(definition: &'a Definition, wanted: Option<&str>) -> Result<&'a Trigger> {
    let mut manual = definition
        .triggers
        .iter()
        .filter(|trigger| trigger.type_ == MANUAL);
    match wanted {
        Some(id) => manual.find(|trigger| trigger.id == id).ok_or_else(|| {
            let detail = "is no manual trigger of the published version";
            Error::invalid("/trigger_id", "unknown_trigger", detail)
        }),
        None => manual.next().ok_or_else(|| {
            ErrorCode::Conflict.detail("the published version has no trigger of type manual")
        }),
    }
}

async fn input_for(tenant: TenantId, trigger: &Trigger, given: Option<Value>) -> Result<Value> {
    let input = match given {
        None | Some(Value::Null) => Value::Object(Map::new()),
        Some(input @ Value::Object(_)) => input,
        Some(_) => return Err(Error::invalid("/input", "invalid", "must be an object")),
    };
    if let Some(schema) = trigger.config.get("input_schema") {
        json_schema::check(tenant, schema, &input, "/input").await?;
    }
    check_storable(&input, "/input")?;
    Ok(input)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn definition() -> Definition {
        serde_json::from_value(json!({"triggers": [
            {"id": "hook", "type": "webhook"},
            {"id": "desk", "type": "manual", "config": {"input_schema": {
                "type": "object", "required": ["phone"],
                "properties": {"phone": {"type": "string", "minLength": 1}}
            }}},
            {"id": "other", "type": "manual"}
        ]}))
        .unwrap()
    }

    #[test]
    fn the_first_manual_trigger_starts_unless_another_is_named() {
        let definition = definition();
        assert_eq!(manual_trigger(&definition, None).unwrap().id, "desk");
        let named = manual_trigger(&definition, Some("other")).unwrap();
        assert_eq!(named.id, "other");
        let error = manual_trigger(&definition, Some("hook")).unwrap_err();
        assert_eq!(error.errors()[0].pointer, "/trigger_id");
        let error = manual_trigger(&Definition::default(), None).unwrap_err();
        assert_eq!(error.code(), ErrorCode::Conflict);
    }

    #[tokio::test]
    async fn the_input_must_be_what_the_trigger_asks_for() {
        let definition = definition();
        let desk = manual_trigger(&definition, None).unwrap();
        let error = input_for(TenantId::new(), desk, None).await.unwrap_err();
        assert_eq!(error.errors()[0].pointer, "/input/phone");
        assert!(
            input_for(TenantId::new(), desk, Some(json!({"phone": "1"})))
                .await
                .is_ok()
        );
        assert!(
            input_for(TenantId::new(), desk, Some(json!([])))
                .await
                .is_err()
        );
        let other = manual_trigger(&definition, Some("other")).unwrap();
        assert_eq!(
            input_for(TenantId::new(), other, None).await.unwrap(),
            json!({})
        );
        assert!(
            input_for(TenantId::new(), other, Some(json!({"a": "\u{0}"})))
                .await
                .is_err()
        );
    }
}
