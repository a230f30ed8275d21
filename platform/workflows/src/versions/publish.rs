use super::model::{NewVersion, Version};
use super::queries;
use crate::service::Workflows;
use crate::triggers;
use crate::workflows::findings;
use crate::workflows::model::{Workflow, WorkflowStatus};
use crate::workflows::queries as workflows;
use platform_db::TenantTx;
use platform_db::audit::Actor;
use platform_engine::definition::Definition;
use platform_engine::registry::StepRegistry;
use platform_engine::validate::{Finding, Severity, has_errors};
use platform_kernel::error::FieldError;
use platform_kernel::id::{TenantId, UserId, VersionId, WorkflowId};
use platform_kernel::{Error, ErrorCode, Result, clock};
use std::sync::Arc;

/// What publishing gave.
pub struct Published {
    pub version: Version,
    /// Whether the draft was the published version already, so that there is no new one.
    pub unchanged: bool,
}

/// Makes the draft the next version and its triggers those that listen. The workflow's row stays
/// locked until the transaction ends, so that two people who publish at once get one version.
pub async fn publish(
    tx: &mut TenantTx,
    service: &Workflows,
    id: WorkflowId,
    actor: &Actor,
) -> Result<Published> {
    let workflow = workflows::lock(tx, id).await?.ok_or(ErrorCode::NotFound)?;
    if workflow.status == WorkflowStatus::Archived {
        return Err(ErrorCode::WorkflowArchived.into());
    }
    if let Some(version) = published_already(tx, &workflow).await? {
        return Ok(Published {
            version,
            unchanged: true,
        });
    }
    let definition = valid_definition(tx.tenant().id, service.registry(), &workflow).await?;
    let version = insert_version(tx, &workflow, actor).await?;
    triggers::sync(tx, service.hooks().keys(), id, &definition).await?;
    workflows::set_published(tx, id, version.version).await?;
    Ok(Published {
        version,
        unchanged: false,
    })
}

async fn published_already(tx: &mut TenantTx, workflow: &Workflow) -> Result<Option<Version>> {
    let Some(number) = workflow.published_version else {
        return Ok(None);
    };
    let version = queries::find(tx, workflow.id, number).await?;
    Ok(version.filter(|version| version.sha256 == workflow.draft_sha256))
}

/// The draft, or every error in it with its place in the draft.
async fn valid_definition(
    tenant: TenantId,
    registry: &Arc<StepRegistry>,
    workflow: &Workflow,
) -> Result<Definition> {
    let findings = findings(tenant, &workflow.draft, registry).await?;
    if has_errors(&findings) {
        let errors = findings
            .into_iter()
            .filter(|finding| finding.severity == Severity::Error)
            .map(field_error);
        return Err(Error::from(ErrorCode::DefinitionInvalid).fields(errors));
    }
    serde_json::from_value(workflow.draft.clone()).map_err(Error::internal)
}

fn field_error(finding: Finding) -> FieldError {
    FieldError {
        pointer: finding.pointer,
        code: finding.code,
        detail: finding.message,
    }
}

async fn insert_version(tx: &mut TenantTx, workflow: &Workflow, actor: &Actor) -> Result<Version> {
    let number = queries::newest(tx, workflow.id).await? + 1;
    let version = NewVersion {
        id: VersionId::new(),
        workflow_id: workflow.id,
        version: number,
        definition: &workflow.draft,
        parameters: workflow.parameters.as_ref(),
        sha256: &workflow.draft_sha256,
        published_by: actor.id.map(UserId),
        published_by_name: actor.name.as_deref(),
        published_at: clock::now(),
    };
    Ok(queries::insert(tx, &version).await?)
}
