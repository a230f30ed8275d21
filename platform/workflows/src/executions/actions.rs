//! What people do to runs.

use super::dto::{
    CancelExecution, ExecutionAccepted, ExecutionSummary, SettleEffect, StartExecution,
};
use super::{start, view};
use crate::service::Workflows;
use actix_web::{HttpResponse, post, web};
use platform_db::jobs::Lane;
use platform_engine::{cancel, settle};
use platform_http::middleware::IdempotencyKey;
use platform_http::{ApiResult, Authorized, Problem, ValidJson};
use platform_kernel::id::{ExecutionId, WorkflowId};
use policies::markers::{ExecutionsCancel, ExecutionsSettle, WorkflowsRun};
use serde_json::json;

/// Starts a run of the published version by hand.
#[utoipa::path(
    tag = "executions", operation_id = "start_execution",
    params(("id" = WorkflowId, Path), IdempotencyKey),
    request_body = StartExecution,
    responses(
        (status = 202, description = "Accepted; it will run", body = ExecutionAccepted),
        (status = "4XX", description = "Refused", body = Problem, content_type = "application/problem+json"),
    ),
    security(("bearer" = []))
)]
#[post("/api/v1/workflows/{id}/executions")]
pub async fn start_execution(
    auth: Authorized<WorkflowsRun>,
    id: web::Path<WorkflowId>,
    body: ValidJson<StartExecution>,
    service: web::Data<Workflows>,
) -> ApiResult<HttpResponse> {
    let tenant = auth.tenant.id;
    service.require_room(tenant, Lane::Interactive).await?;
    let mut tx = auth.tx().await?;
    let user = auth.principal.user_id;
    let execution_id = start::start(&mut tx, service.live(), *id, body.into_inner(), user).await?;
    let data = json!({ "workflow_id": *id });
    tx.audit(
        &auth.actor(),
        "execution.started",
        "execution",
        Some(execution_id),
        data,
    )
    .await?;
    tx.commit().await?;
    Ok(HttpResponse::Accepted().json(ExecutionAccepted { execution_id }))
}

/// Asks a run to stop. What is on its way outside is awaited, nothing new is begun.
#[utoipa::path(
    tag = "executions", operation_id = "cancel_execution",
    params(("id" = ExecutionId, Path)),
    request_body = CancelExecution,
    responses(
        (status = 202, description = "It will stop", body = ExecutionSummary),
        (status = "4XX", description = "Refused", body = Problem, content_type = "application/problem+json"),
    ),
    security(("bearer" = []))
)]
#[post("/api/v1/executions/{id}/cancel")]
pub async fn cancel_execution(
    auth: Authorized<ExecutionsCancel>,
    id: web::Path<ExecutionId>,
    body: ValidJson<CancelExecution>,
) -> ApiResult<HttpResponse> {
    let reason = body.into_inner().reason;
    let mut tx = auth.tx().await?;
    cancel(&mut tx, *id, reason.as_deref()).await?;
    let data = json!({ "reason": reason });
    tx.audit(
        &auth.actor(),
        "execution.cancel_requested",
        "execution",
        Some(*id),
        data,
    )
    .await?;
    let summary = view::summary(&mut tx, *id).await?;
    tx.commit().await?;
    Ok(HttpResponse::Accepted().json(summary))
}

/// Says what became of an effect whose outcome is unknown; the run goes on from there.
#[utoipa::path(
    tag = "executions", operation_id = "settle_effect",
    params(("id" = ExecutionId, Path), ("key" = String, Path)),
    request_body = SettleEffect,
    responses(
        (status = 200, description = "Settled", body = ExecutionSummary),
        (status = "4XX", description = "Refused", body = Problem, content_type = "application/problem+json"),
    ),
    security(("bearer" = []))
)]
#[post("/api/v1/executions/{id}/effects/{key}/settle")]
pub async fn settle_effect(
    auth: Authorized<ExecutionsSettle>,
    path: web::Path<(ExecutionId, String)>,
    body: ValidJson<SettleEffect>,
    service: web::Data<Workflows>,
) -> ApiResult<web::Json<ExecutionSummary>> {
    let (id, key) = path.into_inner();
    let outcome = body.into_inner().outcome;
    let mut tx = auth.tx().await?;
    settle(&mut tx, service.live(), id, &key, outcome).await?;
    let data = json!({ "effect": key, "outcome": outcome });
    tx.audit(
        &auth.actor(),
        "execution.effect_settled",
        "execution",
        Some(id),
        data,
    )
    .await?;
    let summary = view::summary(&mut tx, id).await?;
    tx.commit().await?;
    Ok(web::Json(summary))
}
