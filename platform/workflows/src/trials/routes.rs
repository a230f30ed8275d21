use super::dto::{
    EvaluateExpression, EvaluationView, StepTrialView, TrialView, TryStep, TryWorkflow,
};
use super::step::{self, Seen};
use super::{runnable, trigger_of};
use crate::service::Workflows;
use crate::workflows::queries;
use actix_web::{post, web};
use platform_engine::definition::Definition;
use platform_engine::evaluation::{self, Waits};
use platform_engine::expression::Scope;
use platform_engine::model;
use platform_engine::rehearsal::{Answers, Rehearsal, rehearse};
use platform_engine::view::{ExecutionEventView, step_runs};
use platform_http::{ApiResult, Authorized, Problem, ValidJson};
use platform_kernel::id::WorkflowId;
use platform_kernel::{Error, ErrorCode, clock};
use policies::markers::WorkflowsWrite;
use serde_json::{Value, json};
use std::sync::Arc;

/// Runs a draft from its trigger to its end without anything leaving the house: mails, texts and
/// calls are shown instead of made, records are put back, waits pass at once.
#[utoipa::path(
    tag = "workflows", operation_id = "try_workflow",
    params(("id" = WorkflowId, Path)),
    request_body = TryWorkflow,
    responses(
        (status = 200, description = "How it went", body = TrialView),
        (status = "4XX", description = "Refused", body = Problem, content_type = "application/problem+json"),
    ),
    security(("bearer" = []))
)]
#[post("/api/v1/workflows/{id}/try")]
pub async fn try_workflow(
    auth: Authorized<WorkflowsWrite>,
    id: web::Path<WorkflowId>,
    body: ValidJson<TryWorkflow>,
    service: web::Data<Workflows>,
) -> ApiResult<web::Json<TrialView>> {
    let body = body.into_inner();
    let mut tx = auth.tx().await?;
    let workflow = queries::find(&mut tx, *id).await?;
    let workflow = workflow.ok_or(ErrorCode::NotFound)?;
    let definition = body.definition.unwrap_or(workflow.draft);
    let definition = runnable(auth.tenant.id, service.registry(), &definition).await?;
    let trigger = trigger_of(&definition, body.trigger_id.as_deref())?.clone();
    let mut pinned = definition.pinned.clone();
    pinned.extend(body.pinned);
    let definition = Arc::new(definition);
    let rehearsal = Rehearsal {
        tenant: auth.tenant.clone(),
        workflow_id: *id,
        definition: Arc::clone(&definition),
        parameters: Arc::new(workflow.parameters.unwrap_or(Value::Null)),
        trigger_id: trigger.id,
        trigger_type: trigger.type_,
        input: body.input.unwrap_or_else(|| json!({})),
        lead_id: None,
        started_by: Some(auth.principal.user_id),
        at: clock::now(),
        before: Vec::new(),
        answers: Answers::new(pinned, None),
    };
    let rehearsed = rehearse(tx, service.registry(), rehearsal).await?;
    let events = rehearsed.events.iter().map(ExecutionEventView::try_from);
    Ok(web::Json(TrialView {
        status: rehearsed.status,
        steps: step_runs(&definition, &rehearsed.state),
        events: events.collect::<Result<_, Error>>()?,
        logs: rehearsed.logs,
        effects: rehearsed.effects.into_iter().map(Into::into).collect(),
        output: rehearsed.output,
        error: rehearsed.error,
    }))
}

/// Runs one step of a draft with data of a past run, or with any values, without anything leaving
/// the house.
#[utoipa::path(
    tag = "workflows", operation_id = "try_step",
    params(("id" = WorkflowId, Path)),
    request_body = TryStep,
    responses(
        (status = 200, description = "How it went", body = StepTrialView),
        (status = "4XX", description = "Refused", body = Problem, content_type = "application/problem+json"),
    ),
    security(("bearer" = []))
)]
#[post("/api/v1/workflows/{id}/try-step")]
pub async fn try_step(
    auth: Authorized<WorkflowsWrite>,
    id: web::Path<WorkflowId>,
    body: ValidJson<TryStep>,
    service: web::Data<Workflows>,
) -> ApiResult<web::Json<StepTrialView>> {
    let body = body.into_inner();
    let mut tx = auth.tx().await?;
    let workflow = queries::find(&mut tx, *id).await?;
    let workflow = workflow.ok_or(ErrorCode::NotFound)?;
    let definition = body.definition.clone().unwrap_or(workflow.draft);
    // The rest of the draft need not be finished yet.
    let definition = crate::workflows::draft::read(&definition)?;
    let definition: Definition = serde_json::from_value(definition).map_err(Error::internal)?;
    let wanted = definition.step(&body.step_id).cloned();
    let wanted = wanted.ok_or_else(|| {
        Error::invalid("/step_id", "unknown_step", "is no step of the definition")
    })?;
    let past = match body.execution_id {
        None => None,
        Some(run) => {
            let execution = model::find_execution(&mut tx, run).await?;
            let execution = execution.ok_or_else(|| {
                Error::invalid("/execution_id", "unknown_execution", "there is no such run")
            })?;
            Some((execution.input, model::events(&mut tx, run, 0, None).await?))
        }
    };
    let seen = Seen::of(&body, &definition, past);
    let rehearsal = Rehearsal {
        tenant: auth.tenant.clone(),
        workflow_id: *id,
        definition: Arc::new(seen.definition(&definition, &wanted)),
        parameters: Arc::new(workflow.parameters.unwrap_or(Value::Null)),
        trigger_id: step::START.to_owned(),
        trigger_type: "manual".to_owned(),
        before: seen.history(),
        input: seen.trigger,
        lead_id: None,
        started_by: Some(auth.principal.user_id),
        at: clock::now(),
        answers: Answers::default(),
    };
    let rehearsed = rehearse(tx, service.registry(), rehearsal).await?;
    Ok(web::Json(step::view(&wanted.id, rehearsed)))
}

/// Works an expression out over given values; an expression that gives no value says why.
#[utoipa::path(
    tag = "workflows", operation_id = "evaluate_expression",
    request_body = EvaluateExpression,
    responses(
        (status = 200, description = "What it gives", body = EvaluationView),
        (status = "4XX", description = "Refused", body = Problem, content_type = "application/problem+json"),
    ),
    security(("bearer" = []))
)]
#[post("/api/v1/expressions/evaluate")]
pub async fn evaluate_expression(
    auth: Authorized<WorkflowsWrite>,
    body: ValidJson<EvaluateExpression>,
) -> ApiResult<web::Json<EvaluationView>> {
    let body = body.into_inner();
    let values = match body.scope {
        Value::Object(values) => values,
        _ => serde_json::Map::new(),
    };
    let scope = Scope::from_values(values);
    let (tenant, waits) = (auth.tenant.id, Waits::Briefly);
    let given = evaluation::resolve(tenant, waits, &body.expression, (&scope).into(), &[]).await;
    Ok(web::Json(match given {
        Ok(value) => EvaluationView {
            value: Some(value),
            error: None,
        },
        Err(error) => EvaluationView {
            value: None,
            error: Some(error.to_string()),
        },
    }))
}
