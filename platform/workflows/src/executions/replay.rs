//! Pausing runs, and repeating them from their start, from one of their steps, or from what failed.

use super::dto::{
    ExecutionAccepted, ExecutionView, PauseExecution, ReplayExecution, ReplayVersion,
    RetryExecution,
};
use super::view;
use crate::json_schema;
use crate::service::Workflows;
use crate::stored::check_storable;
use crate::versions;
use crate::workflows::model::WorkflowStatus;
use crate::workflows::queries as workflows;
use actix_web::{HttpResponse, post, web};
use platform_db::TenantTx;
use platform_db::jobs::Lane;
use platform_engine::definition::Definition;
use platform_engine::model::{self, Execution};
use platform_engine::{Fork, ForkFrom, LiveBus, fork, pause, resume};
use platform_http::middleware::IdempotencyKey;
use platform_http::{ApiResult, Authorized, Problem, ValidJson};
use platform_kernel::id::{ExecutionId, TenantId, UserId, VersionId};
use platform_kernel::{Error, ErrorCode, Result};
use policies::markers::{ExecutionsPause, ExecutionsReplay};
use serde_json::{Value, json};

/// Keeps a run from going on. What is on its way outside ends, nothing new is begun.
#[utoipa::path(
    tag = "executions", operation_id = "pause_execution",
    params(("id" = ExecutionId, Path)),
    request_body = PauseExecution,
    responses(
        (status = 200, description = "It will pause", body = ExecutionView),
        (status = "4XX", description = "Refused", body = Problem, content_type = "application/problem+json"),
    ),
    security(("bearer" = []))
)]
#[post("/api/v1/executions/{id}/pause")]
pub async fn pause_execution(
    auth: Authorized<ExecutionsPause>,
    id: web::Path<ExecutionId>,
    body: ValidJson<PauseExecution>,
) -> ApiResult<web::Json<ExecutionView>> {
    let reason = body.into_inner().reason;
    let mut tx = auth.tx().await?;
    let before = pause(&mut tx, *id).await?;
    if before.pause_requested_at.is_none() {
        let (actor, data) = (auth.actor(), json!({ "reason": reason }));
        tx.audit(&actor, "execution.paused", "execution", Some(*id), data)
            .await?;
    }
    let shown = view::full(&mut tx, *id).await?;
    tx.commit().await?;
    Ok(web::Json(shown))
}

/// Lets a paused run go on.
#[utoipa::path(
    tag = "executions", operation_id = "resume_execution",
    params(("id" = ExecutionId, Path)),
    request_body = PauseExecution,
    responses(
        (status = 200, description = "It goes on", body = ExecutionView),
        (status = "4XX", description = "Refused", body = Problem, content_type = "application/problem+json"),
    ),
    security(("bearer" = []))
)]
#[post("/api/v1/executions/{id}/resume")]
pub async fn resume_execution(
    auth: Authorized<ExecutionsPause>,
    id: web::Path<ExecutionId>,
    body: ValidJson<PauseExecution>,
) -> ApiResult<web::Json<ExecutionView>> {
    let reason = body.into_inner().reason;
    let mut tx = auth.tx().await?;
    let before = resume(&mut tx, *id).await?;
    if before.pause_requested_at.is_some() {
        let (actor, data) = (auth.actor(), json!({ "reason": reason }));
        tx.audit(&actor, "execution.resumed", "execution", Some(*id), data)
            .await?;
    }
    let shown = view::full(&mut tx, *id).await?;
    tx.commit().await?;
    Ok(web::Json(shown))
}

/// Starts a run that repeats this one, whole or from a step on, with the same input or another.
/// Nothing before that step is done, sent or paid for again.
#[utoipa::path(
    tag = "executions", operation_id = "replay_execution",
    params(("id" = ExecutionId, Path), IdempotencyKey),
    request_body = ReplayExecution,
    responses(
        (status = 202, description = "Accepted; it will run", body = ExecutionAccepted),
        (status = "4XX", description = "Refused", body = Problem, content_type = "application/problem+json"),
    ),
    security(("bearer" = []))
)]
#[post("/api/v1/executions/{id}/replay")]
pub async fn replay_execution(
    auth: Authorized<ExecutionsReplay>,
    id: web::Path<ExecutionId>,
    body: ValidJson<ReplayExecution>,
    service: web::Data<Workflows>,
) -> ApiResult<HttpResponse> {
    let request = body.into_inner();
    service
        .require_room(auth.tenant.id, Lane::Interactive)
        .await?;
    let mut tx = auth.tx().await?;
    let data = json!({ "from": *id, "from_step": request.from_step, "version": version_word(&request),
        "input_edited": request.input.is_some(), "outputs_edited": request.outputs.keys().collect::<Vec<_>>() });
    let user = auth.principal.user_id;
    let execution_id = replay(&mut tx, service.live(), *id, request, user).await?;
    let actor = auth.actor();
    tx.audit(
        &actor,
        "execution.replayed",
        "execution",
        Some(execution_id),
        data,
    )
    .await?;
    tx.commit().await?;
    Ok(HttpResponse::Accepted().json(ExecutionAccepted { execution_id }))
}

/// Starts a run that goes on where this one failed or was cancelled. What ended well is taken
/// over, finished iterations of loops included.
#[utoipa::path(
    tag = "executions", operation_id = "retry_execution",
    params(("id" = ExecutionId, Path), IdempotencyKey),
    request_body = RetryExecution,
    responses(
        (status = 202, description = "Accepted; it will run", body = ExecutionAccepted),
        (status = "4XX", description = "Refused", body = Problem, content_type = "application/problem+json"),
    ),
    security(("bearer" = []))
)]
#[post("/api/v1/executions/{id}/retry")]
pub async fn retry_execution(
    auth: Authorized<ExecutionsReplay>,
    id: web::Path<ExecutionId>,
    _body: ValidJson<RetryExecution>,
    service: web::Data<Workflows>,
) -> ApiResult<HttpResponse> {
    service
        .require_room(auth.tenant.id, Lane::Interactive)
        .await?;
    let mut tx = auth.tx().await?;
    let (user, lane) = (Some(auth.principal.user_id), Lane::Interactive);
    let execution_id = retry(&mut tx, service.live(), *id, user, lane).await?;
    let (actor, data) = (auth.actor(), json!({ "from": *id }));
    tx.audit(
        &actor,
        "execution.retried",
        "execution",
        Some(execution_id),
        data,
    )
    .await?;
    tx.commit().await?;
    Ok(HttpResponse::Accepted().json(ExecutionAccepted { execution_id }))
}

fn version_word(request: &ReplayExecution) -> &'static str {
    match request.version {
        ReplayVersion::Same => "same",
        ReplayVersion::Published => "published",
    }
}

async fn replay(
    tx: &mut TenantTx,
    bus: &LiveBus,
    id: ExecutionId,
    request: ReplayExecution,
    started_by: UserId,
) -> Result<ExecutionId> {
    let (run, published) = repeatable(tx, id).await?;
    let version = match request.version {
        ReplayVersion::Same => run.version_id,
        ReplayVersion::Published => published.ok_or(ErrorCode::WorkflowNotPublished)?,
    };
    if let Some(input) = &request.input {
        let (definition, _) = model::find_definition(tx, version).await?;
        check_input(tx.tenant().id, &run, &definition, input).await?;
    }
    for (step, output) in &request.outputs {
        check_storable(output, &format!("/outputs/{}", crate::stored::escape(step)))?;
    }
    let from = request.from_step.map_or(ForkFrom::Start, ForkFrom::Step);
    let forked = Fork {
        input: request.input,
        outputs: request.outputs,
        version: Some(version),
        started_by: Some(started_by),
        ..Fork::new(from, Lane::Interactive)
    };
    fork(tx, bus, id, forked).await
}

/// Repeats a failed or cancelled run from what failed on.
pub(super) async fn retry(
    tx: &mut TenantTx,
    bus: &LiveBus,
    id: ExecutionId,
    started_by: Option<UserId>,
    lane: Lane,
) -> Result<ExecutionId> {
    let (run, _) = repeatable(tx, id).await?;
    platform_engine::fork::check_retry(&run)?;
    let forked = Fork {
        started_by,
        ..Fork::new(ForkFrom::Failure, lane)
    };
    fork(tx, bus, id, forked).await
}

/// Repeats a run from its start.
pub(super) async fn again(
    tx: &mut TenantTx,
    bus: &LiveBus,
    id: ExecutionId,
    started_by: Option<UserId>,
    lane: Lane,
) -> Result<ExecutionId> {
    repeatable(tx, id).await?;
    let forked = Fork {
        started_by,
        ..Fork::new(ForkFrom::Start, lane)
    };
    fork(tx, bus, id, forked).await
}

/// The run, and the version of its workflow that is published. Those of an archived workflow are
/// not repeated: nobody expects it to do anything any more.
async fn repeatable(tx: &mut TenantTx, id: ExecutionId) -> Result<(Execution, Option<VersionId>)> {
    let run = model::find_execution(tx, id).await?;
    let run = run.ok_or(ErrorCode::NotFound)?;
    let workflow = workflows::find(tx, run.workflow_id).await?;
    let Some(workflow) = workflow else {
        return Err(ErrorCode::Conflict.detail("the workflow of the run is gone"));
    };
    if workflow.status == WorkflowStatus::Archived {
        return Err(ErrorCode::WorkflowArchived.into());
    }
    let published = match workflow.published_version {
        Some(number) => versions::queries::find(tx, workflow.id, number).await?,
        None => None,
    };
    Ok((run, published.map(|version| version.id)))
}

async fn check_input(
    tenant: TenantId,
    run: &Execution,
    definition: &Definition,
    input: &Value,
) -> Result<()> {
    if !input.is_object() {
        return Err(Error::invalid("/input", "invalid", "must be an object"));
    }
    let trigger = definition.trigger(&run.trigger_id);
    if let Some(schema) = trigger.and_then(|trigger| trigger.config.get("input_schema")) {
        json_schema::check(tenant, schema, input, "/input").await?;
    }
    check_storable(input, "/input")
}
