//! Drafts: anything that has the shape of a definition may be saved; what else is wrong with it
//! is told as findings.

use super::findings::findings;
use super::service;
use crate::service::Workflows;
use crate::stored::check_storable;
use actix_web::{post, put, web};
use platform_engine::definition::Definition;
use platform_engine::registry::StepRegistry;
use platform_engine::validate::{Finding, validate};
use platform_http::{ApiResult, Authorized, Problem, ValidJson, Validate};
use platform_kernel::error::FieldError;
use platform_kernel::id::WorkflowId;
use platform_kernel::{Error, ErrorCode, Result};
use policies::markers::{WorkflowsRead, WorkflowsWrite};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SaveDraft {
    #[schema(value_type = Definition)]
    pub definition: Value,
    /// The revision that was changed; saving is refused when there is a newer one.
    #[serde(default)]
    pub draft_revision: Option<i64>,
}

#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ValidateDraft {
    /// The saved draft unless given.
    #[serde(default)]
    #[schema(value_type = Option<Definition>)]
    pub definition: Option<Value>,
}

/// A saved draft.
#[derive(Debug, Serialize, ToSchema)]
pub struct DraftView {
    pub draft_revision: i64,
    pub findings: Vec<Finding>,
}

/// What is wrong with a definition.
#[derive(Debug, Serialize, ToSchema)]
pub struct Findings {
    pub findings: Vec<Finding>,
}

impl Validate for SaveDraft {
    fn validate(&self) -> Vec<FieldError> {
        Vec::new()
    }
}

impl Validate for ValidateDraft {
    fn validate(&self) -> Vec<FieldError> {
        Vec::new()
    }
}

/// A definition as it is stored: with its defaults written out. What has not even the shape of a
/// definition, and so could not be drawn, is refused.
pub fn read(definition: &Value) -> Result<Value> {
    // Without any step types only the shape is looked at.
    let shape = validate(definition, &StepRegistry::default());
    let faults = shape
        .into_iter()
        .filter(|finding| finding.code == "malformed")
        .map(|finding| FieldError {
            pointer: format!("/definition{}", finding.pointer),
            code: finding.code,
            detail: finding.message,
        });
    Error::check(faults.collect())?;
    let definition: Definition =
        serde_json::from_value(definition.clone()).map_err(Error::internal)?;
    let draft = serde_json::to_value(&definition).map_err(Error::internal)?;
    check_storable(&draft, "/definition")?;
    Ok(draft)
}

/// The draft of a workflow that nobody has drawn yet.
pub fn empty() -> Result<Value> {
    serde_json::to_value(Definition::default()).map_err(Error::internal)
}

/// Replaces the draft and tells what is wrong with it. Errors don't keep it from being saved.
#[utoipa::path(
    tag = "workflows", operation_id = "save_draft",
    params(("id" = WorkflowId, Path)),
    request_body = SaveDraft,
    responses(
        (status = 200, description = "Saved", body = DraftView),
        (status = "4XX", description = "Refused", body = Problem, content_type = "application/problem+json"),
    ),
    security(("bearer" = []))
)]
#[put("/api/v1/workflows/{id}/draft")]
pub async fn save_draft(
    auth: Authorized<WorkflowsWrite>,
    id: web::Path<WorkflowId>,
    body: ValidJson<SaveDraft>,
    service: web::Data<Workflows>,
) -> ApiResult<web::Json<DraftView>> {
    let (id, body) = (id.into_inner(), body.into_inner());
    let mut draft = read(&body.definition)?;
    let mut tx = auth.tx().await?;
    service
        .secrets()
        .take_away(&mut tx, Some(id), &mut draft)
        .await?;
    let saved = service::save_draft(&mut tx, id, &draft, body.draft_revision).await?;
    if saved.changed {
        let data = json!({ "draft_revision": saved.revision });
        tx.audit(
            &auth.actor(),
            "workflow.draft_saved",
            "workflow",
            Some(id),
            data,
        )
        .await?;
    }
    tx.commit().await?;
    Ok(web::Json(DraftView {
        draft_revision: saved.revision,
        findings: findings(auth.tenant.id, &draft, service.registry()).await?,
    }))
}

/// Tells what is wrong with a definition, or with the saved draft, and changes nothing.
#[utoipa::path(
    tag = "workflows", operation_id = "validate_workflow",
    params(("id" = WorkflowId, Path)),
    request_body = ValidateDraft,
    responses(
        (status = 200, description = "What is wrong with it", body = Findings),
        (status = "4XX", description = "Refused", body = Problem, content_type = "application/problem+json"),
    ),
    security(("bearer" = []))
)]
#[post("/api/v1/workflows/{id}/validate")]
pub async fn validate_workflow(
    auth: Authorized<WorkflowsRead>,
    id: web::Path<WorkflowId>,
    body: ValidJson<ValidateDraft>,
    service: web::Data<Workflows>,
) -> ApiResult<web::Json<Findings>> {
    let mut tx = auth.tx().await?;
    let workflow = super::queries::find(&mut tx, *id).await?;
    let workflow = workflow.ok_or(ErrorCode::NotFound)?;
    let definition = body.into_inner().definition.unwrap_or(workflow.draft);
    Ok(web::Json(Findings {
        findings: findings(auth.tenant.id, &definition, service.registry()).await?,
    }))
}
