use super::dto::{BacktestState, BacktestView, CreateBacktest};
use super::job::BACKTEST;
use super::queries::{self, NewBacktest};
use crate::service::Workflows;
use crate::trials::runnable;
use crate::workflows::dto::NoFields;
use crate::workflows::queries as workflows;
use actix_web::{HttpResponse, get, post, web};
use chrono::{DateTime, Utc};
use platform_db::jobs::{Lane, NewJob};
use platform_http::middleware::IdempotencyKey;
use platform_http::{ApiResult, Authorized, Problem, Query, ValidJson};
use platform_kernel::id::{BacktestId, WorkflowId};
use platform_kernel::page::{Page, PageQuery};
use platform_kernel::{Error, ErrorCode};
use policies::markers::{WorkflowsRead, WorkflowsWrite};
use serde_json::json;

/// Tries a draft on the last runs of its workflow, in the background. Nothing leaves the house:
/// effects are answered from the runs' history.
#[utoipa::path(
    tag = "workflows", operation_id = "create_backtest",
    params(("id" = WorkflowId, Path), IdempotencyKey),
    request_body = CreateBacktest,
    responses(
        (status = 202, description = "Begun", body = BacktestView),
        (status = "4XX", description = "Refused", body = Problem, content_type = "application/problem+json"),
    ),
    security(("bearer" = []))
)]
#[post("/api/v1/workflows/{id}/backtests")]
pub async fn create_backtest(
    auth: Authorized<WorkflowsWrite>,
    id: web::Path<WorkflowId>,
    body: ValidJson<CreateBacktest>,
    service: web::Data<Workflows>,
) -> ApiResult<HttpResponse> {
    let body = body.into_inner();
    let mut tx = auth.tx().await?;
    let workflow = workflows::find(&mut tx, *id).await?;
    let workflow = workflow.ok_or(ErrorCode::NotFound)?;
    let definition = body.definition.unwrap_or(workflow.draft);
    let definition = runnable(auth.tenant.id, service.registry(), &definition).await?;
    let mut definition = serde_json::to_value(&definition).map_err(Error::internal)?;
    let secrets = service.secrets();
    secrets
        .take_away(&mut tx, Some(*id), &mut definition)
        .await?;
    let new = NewBacktest {
        workflow_id: *id,
        draft_revision: workflow.draft_revision,
        definition: &definition,
        parameters: workflow.parameters.as_ref(),
        requested: body.count,
        created_by: auth.principal.user_id,
    };
    let backtest = queries::insert(&mut tx, &new).await?;
    tx.enqueue(&NewJob::new(
        BACKTEST,
        backtest.id,
        Lane::Backfill,
        &json!({}),
    )?)
    .await?;
    let data = json!({ "count": body.count, "draft_revision": workflow.draft_revision });
    tx.audit(
        &auth.actor(),
        "backtest.started",
        "workflow",
        Some(*id),
        data,
    )
    .await?;
    tx.commit().await?;
    Ok(HttpResponse::Accepted().json(BacktestView::from(backtest)))
}

/// A workflow's backtests, newest first, without their runs.
#[utoipa::path(
    tag = "workflows", operation_id = "list_backtests",
    params(("id" = WorkflowId, Path), PageQuery),
    responses(
        (status = 200, description = "A page of backtests", body = Page<BacktestView>),
        (status = "4XX", description = "Refused", body = Problem, content_type = "application/problem+json"),
    ),
    security(("bearer" = []))
)]
#[get("/api/v1/workflows/{id}/backtests")]
pub async fn list_backtests(
    auth: Authorized<WorkflowsRead>,
    id: web::Path<WorkflowId>,
    query: Query<PageQuery>,
) -> ApiResult<web::Json<Page<BacktestView>>> {
    let (limit, after) = (
        query.limit()?,
        query.after::<(DateTime<Utc>, BacktestId)>()?,
    );
    let mut tx = auth.tx().await?;
    let workflow = workflows::find(&mut tx, *id).await?;
    let id = workflow.ok_or(ErrorCode::NotFound)?.id;
    let rows = queries::list(&mut tx, id, after, limit + 1).await?;
    let page = Page::from_rows(rows, limit, |row| (row.created_at, row.id));
    Ok(web::Json(page.map(BacktestView::from)))
}

/// A backtest with its runs.
#[utoipa::path(
    tag = "workflows", operation_id = "get_backtest",
    params(("id" = BacktestId, Path)),
    responses(
        (status = 200, description = "The backtest", body = BacktestView),
        (status = "4XX", description = "Refused", body = Problem, content_type = "application/problem+json"),
    ),
    security(("bearer" = []))
)]
#[get("/api/v1/backtests/{id}")]
pub async fn get_backtest(
    auth: Authorized<WorkflowsRead>,
    id: web::Path<BacktestId>,
) -> ApiResult<web::Json<BacktestView>> {
    let mut tx = auth.tx().await?;
    let row = queries::find(&mut tx, *id)
        .await?
        .ok_or(ErrorCode::NotFound)?;
    Ok(web::Json(row.into()))
}

/// Ends a backtest; what it has found so far stays.
#[utoipa::path(
    tag = "workflows", operation_id = "cancel_backtest",
    params(("id" = BacktestId, Path)),
    request_body = NoFields,
    responses(
        (status = 200, description = "The backtest", body = BacktestView),
        (status = "4XX", description = "Refused", body = Problem, content_type = "application/problem+json"),
    ),
    security(("bearer" = []))
)]
#[post("/api/v1/backtests/{id}/cancel")]
pub async fn cancel_backtest(
    auth: Authorized<WorkflowsWrite>,
    id: web::Path<BacktestId>,
    _body: ValidJson<NoFields>,
) -> ApiResult<web::Json<BacktestView>> {
    let mut tx = auth.tx().await?;
    queries::find(&mut tx, *id)
        .await?
        .ok_or(ErrorCode::NotFound)?;
    if queries::end(&mut tx, *id, BacktestState::Cancelled, None).await? > 0 {
        let data = json!({});
        tx.audit(
            &auth.actor(),
            "backtest.cancelled",
            "backtest",
            Some(*id),
            data,
        )
        .await?;
    }
    let row = queries::find(&mut tx, *id)
        .await?
        .ok_or(ErrorCode::NotFound)?;
    tx.commit().await?;
    Ok(web::Json(row.into()))
}
