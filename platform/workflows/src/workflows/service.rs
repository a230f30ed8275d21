//! The rules of workflows and their drafts.

use super::draft;
use super::dto::{CreateWorkflow, WorkflowSummary, WorkflowView};
use super::model::{NewWorkflow, Workflow, WorkflowStatus};
use super::queries;
use crate::schedules;
use crate::service::Workflows;
use crate::stored::fingerprint;
use crate::triggers::addresses::Address;
use crate::triggers::{self, HookAddresses, TriggerRow, TriggerView};
use platform_db::TenantTx;
use platform_kernel::id::{UserId, WorkflowId};
use platform_kernel::{ErrorCode, Result};
use serde_json::Value;

/// Where a workflow comes from when it is not drawn from scratch.
pub struct Origin<'a> {
    pub template: &'a str,
    pub version: i32,
    pub parameters: &'a Value,
}

/// A new workflow with its first draft.
pub async fn create(
    tx: &mut TenantTx,
    request: &CreateWorkflow,
    origin: Option<Origin<'_>>,
    created_by: UserId,
) -> Result<WorkflowId> {
    let draft = match &request.definition {
        Some(definition) => draft::read(definition)?,
        None => draft::empty()?,
    };
    let parameters = origin.as_ref().map(|origin| origin.parameters);
    let workflow = NewWorkflow {
        id: WorkflowId::new(),
        name: request.name.trim(),
        description: request.description.as_deref().unwrap_or_default(),
        draft_sha256: fingerprint(&draft, parameters),
        draft: &draft,
        template_id: origin.as_ref().map(|origin| origin.template),
        template_version: origin.as_ref().map(|origin| origin.version),
        // The draft is the template's definition, as the shape of stored ones is.
        template_base: origin.as_ref().map(|_| &draft),
        parameters,
        created_by: Some(created_by),
    };
    queries::insert(tx, &workflow).await?;
    Ok(workflow.id)
}

/// A draft after it was saved.
pub struct SavedDraft {
    pub revision: i64,
    /// Whether it differs from the one before.
    pub changed: bool,
}

/// Replaces the draft; answers its revision. The same draft again changes nothing.
pub async fn save_draft(
    tx: &mut TenantTx,
    id: WorkflowId,
    draft: &Value,
    seen_revision: Option<i64>,
) -> Result<SavedDraft> {
    let workflow = lock_unarchived(tx, id).await?;
    if seen_revision.is_some_and(|seen| seen != workflow.draft_revision) {
        let detail = format!("the draft is at revision {}", workflow.draft_revision);
        return Err(ErrorCode::DraftConflict.detail(detail));
    }
    let sha256 = fingerprint(draft, workflow.parameters.as_ref());
    if sha256 == workflow.draft_sha256 {
        return Ok(SavedDraft {
            revision: workflow.draft_revision,
            changed: false,
        });
    }
    Ok(SavedDraft {
        revision: queries::save_draft(tx, id, draft, &sha256).await?,
        changed: true,
    })
}

/// Puts a workflow away: from now on nothing starts it. Runs that are under way end by themselves.
pub async fn archive(tx: &mut TenantTx, id: WorkflowId) -> Result<bool> {
    let workflow = queries::lock(tx, id).await?.ok_or(ErrorCode::NotFound)?;
    let changes = workflow.status != WorkflowStatus::Archived;
    if changes {
        queries::set_status(tx, id, WorkflowStatus::Archived).await?;
        schedules::stop(tx, id).await?;
    }
    Ok(changes)
}

/// Takes a workflow out again; the triggers of its published version listen as before.
pub async fn unarchive(tx: &mut TenantTx, id: WorkflowId) -> Result<bool> {
    let workflow = queries::lock(tx, id).await?.ok_or(ErrorCode::NotFound)?;
    let changes = workflow.status == WorkflowStatus::Archived;
    if changes {
        let status = match workflow.published_version {
            Some(_) => WorkflowStatus::Active,
            None => WorkflowStatus::Draft,
        };
        queries::set_status(tx, id, status).await?;
        schedules::restart(tx, id).await?;
    }
    Ok(changes)
}

/// The workflow, locked; refused while it is archived.
pub async fn lock_unarchived(tx: &mut TenantTx, id: WorkflowId) -> Result<Workflow> {
    let workflow = queries::lock(tx, id).await?.ok_or(ErrorCode::NotFound)?;
    match workflow.status {
        WorkflowStatus::Archived => Err(ErrorCode::WorkflowArchived.into()),
        _ => Ok(workflow),
    }
}

/// How a workflow is shown: the addresses of its hooks to those who `may_edit` it.
pub async fn view(
    tx: &mut TenantTx,
    service: &Workflows,
    id: WorkflowId,
    may_edit: bool,
) -> Result<WorkflowView> {
    let overview = queries::overview(tx, id).await?;
    let overview = overview.ok_or(ErrorCode::NotFound)?;
    let workflow = queries::find(tx, id).await?.ok_or(ErrorCode::NotFound)?;
    let rows = triggers::queries::list(tx, id).await?;
    let addresses = triggers::addresses::list(tx, id).await?;
    let shown = may_edit.then(|| service.hooks());
    Ok(WorkflowView {
        triggers: triggers_of(&workflow, rows, &addresses, shown),
        draft: workflow.draft,
        draft_revision: workflow.draft_revision,
        parameters: workflow.parameters,
        summary: WorkflowSummary::from(overview),
    })
}

/// The triggers that the workflow has now or will have once its draft is published. One that was
/// removed is shown no more, although its address is kept for its return.
fn triggers_of(
    workflow: &Workflow,
    rows: Vec<TriggerRow>,
    addresses: &[Address],
    shown: Option<&HookAddresses>,
) -> Vec<TriggerView> {
    let listens = workflow.status == WorkflowStatus::Active;
    let drafted = workflow.draft.get("triggers").and_then(Value::as_array);
    let drafted: Vec<(&str, &str)> = drafted
        .into_iter()
        .flatten()
        .filter_map(|t| Some((t.get("id")?.as_str()?, t.get("type")?.as_str()?)))
        .collect();
    let is_drafted = |id: &str| drafted.iter().any(|(known, _)| *known == id);
    let new: Vec<TriggerView> = drafted
        .iter()
        .filter(|(id, _)| !rows.iter().any(|row| row.trigger_id == *id))
        .map(|(id, type_)| TriggerView::unpublished(id, type_))
        .collect();
    rows.into_iter()
        .filter(|row| row.enabled || is_drafted(&row.trigger_id))
        .map(|row| TriggerView::of(row, addresses, shown, listens))
        .chain(new)
        .collect()
}
