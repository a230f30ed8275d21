use super::TriggerView;
use super::queries;
use crate::service::Workflows;
use crate::triggers::addresses;
use crate::triggers::model::has_hook;
use crate::workflows::model::WorkflowStatus;
use crate::workflows::queries as workflows;
use actix_web::http::header::CACHE_CONTROL;
use actix_web::{HttpResponse, post, web};
use chrono::TimeDelta;
use platform_http::body::fault;
use platform_http::{ApiResult, Authorized, Problem, ValidJson, Validate};
use platform_kernel::ErrorCode;
use platform_kernel::error::FieldError;
use platform_kernel::id::WorkflowId;
use policies::markers::WorkflowsPublish;
use serde::Deserialize;
use serde_json::json;
use utoipa::ToSchema;

/// The longest that an address works on after it was rotated, in days.
const LONGEST_GRACE: u8 = 7;

/// How an address is replaced.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RotateAddress {
    /// How many days the address works on, so that senders can be changed over; 0 ends it, and all
    /// that were rotated before, at once.
    #[schema(minimum = 0, maximum = 7)]
    pub grace_days: u8,
}

impl Validate for RotateAddress {
    fn validate(&self) -> Vec<FieldError> {
        match self.grace_days {
            0..=LONGEST_GRACE => Vec::new(),
            _ => vec![fault("/grace_days", "out_of_range", "must be 0 to 7")],
        }
    }
}

/// Gives a trigger's hook a new address.
///
/// For an address that others have seen, and now and then. The audit log tells who did it.
#[utoipa::path(
    tag = "workflows", operation_id = "rotate_trigger_address",
    params(("id" = WorkflowId, Path), ("trigger_id" = String, Path)),
    request_body = RotateAddress,
    responses(
        (status = 200, description = "The trigger with its new address", body = TriggerView),
        (status = "4XX", description = "Refused", body = Problem, content_type = "application/problem+json"),
    ),
    security(("bearer" = []))
)]
#[post("/api/v1/workflows/{id}/triggers/{trigger_id}/rotate")]
pub async fn rotate_trigger_address(
    auth: Authorized<WorkflowsPublish>,
    path: web::Path<(WorkflowId, String)>,
    body: ValidJson<RotateAddress>,
    service: web::Data<Workflows>,
) -> ApiResult<HttpResponse> {
    let (workflow, trigger) = path.into_inner();
    let grace = TimeDelta::days(body.into_inner().grace_days.into());
    let mut tx = auth.tx().await?;
    let workflow = workflows::find(&mut tx, workflow).await?;
    let workflow = workflow.ok_or(ErrorCode::NotFound)?;
    let row = queries::lock(&mut tx, workflow.id, &trigger).await?;
    let row = row.filter(|row| has_hook(&row.type_));
    let row = row.ok_or_else(|| ErrorCode::NotFound.detail("no such trigger with an address"))?;
    let until = service.hooks().keys().rotate(&mut tx, &row, grace).await?;
    let data = json!({ "trigger_id": trigger, "old_address_until": until });
    let action = "trigger.address_rotated";
    let id = Some(workflow.id);
    tx.audit(&auth.actor(), action, "workflow", id, data)
        .await?;
    let known = addresses::list(&mut tx, workflow.id).await?;
    let listens = workflow.status == WorkflowStatus::Active;
    let shown = Some(service.hooks());
    let view = TriggerView::of(row, &known, shown, listens);
    tx.commit().await?;
    Ok(HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "no-store"))
        .json(view))
}
