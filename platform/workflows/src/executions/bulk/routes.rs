use super::job::BULK_REPLAY;
use super::{BulkReplayView, CancelBulkReplay, CreateBulkReplay, MOST, ReplayFrom, queries};
use crate::executions::search;
use actix_web::{HttpResponse, get, post, web};
use platform_db::OnConstraint;
use platform_db::jobs::{Lane, NewJob};
use platform_engine::fold::ExecutionStatus;
use platform_http::middleware::IdempotencyKey;
use platform_http::{ApiResult, Authorized, Problem, Query, ValidJson};
use platform_kernel::id::BulkReplayId;
use platform_kernel::page::{Page, PageQuery};
use platform_kernel::{Error, ErrorCode, Result};
use policies::markers::{ExecutionsRead, ExecutionsReplay};
use serde_json::json;

/// Repeats all runs that a filter means, in the background; one replay of many at a time.
#[utoipa::path(
    tag = "executions", operation_id = "create_bulk_replay", params(IdempotencyKey),
    request_body = CreateBulkReplay,
    responses(
        (status = 202, description = "Accepted; it will begin", body = BulkReplayView),
        (status = "4XX", description = "Refused", body = Problem, content_type = "application/problem+json"),
    ),
    security(("bearer" = []))
)]
#[post("/api/v1/bulk-replays")]
pub async fn create_bulk_replay(
    auth: Authorized<ExecutionsReplay>,
    body: ValidJson<CreateBulkReplay>,
) -> ApiResult<HttpResponse> {
    let request = with_statuses(body.into_inner())?;
    let mut tx = auth.tx().await?;
    let found = search::find(&mut tx, &request.filter, None, MOST + 1).await?;
    let total = count(found.len())?;
    let filter = serde_json::to_value(&request.filter).map_err(Error::internal)?;
    let (id, user) = (BulkReplayId::new(), auth.principal.user_id);
    let row = queries::insert(&mut tx, id, &filter, request.from, total, user)
        .await
        .on_constraint("uq_bulk_replays__open", || {
            ErrorCode::Conflict
                .detail("another replay of many is under way; wait for it or cancel it")
        })?;
    let job = NewJob::new(BULK_REPLAY, id, Lane::Backfill, &json!({}))?;
    tx.enqueue(&job).await?;
    let data = json!({ "filter": filter, "from": request.from, "total": total });
    tx.audit(
        &auth.actor(),
        "bulk_replay.created",
        "bulk_replay",
        Some(id),
        data,
    )
    .await?;
    tx.commit().await?;
    Ok(HttpResponse::Accepted().json(BulkReplayView::from(row)))
}

/// Replays of many runs, newest first.
#[utoipa::path(
    tag = "executions", operation_id = "list_bulk_replays",
    params(PageQuery),
    responses(
        (status = 200, description = "A page of replays", body = Page<BulkReplayView>),
        (status = "4XX", description = "Refused", body = Problem, content_type = "application/problem+json"),
    ),
    security(("bearer" = []))
)]
#[get("/api/v1/bulk-replays")]
pub async fn list_bulk_replays(
    auth: Authorized<ExecutionsRead>,
    query: Query<PageQuery>,
) -> ApiResult<web::Json<Page<BulkReplayView>>> {
    let (limit, after) = (query.limit()?, query.after()?);
    let mut tx = auth.tx().await?;
    let rows = queries::list(&mut tx, after, limit + 1).await?;
    let page = Page::from_rows(rows, limit, |row| (row.created_at, row.id));
    Ok(web::Json(page.map(BulkReplayView::from)))
}

/// How far a replay of many runs is.
#[utoipa::path(
    tag = "executions", operation_id = "get_bulk_replay",
    params(("id" = BulkReplayId, Path)),
    responses(
        (status = 200, description = "The replay", body = BulkReplayView),
        (status = "4XX", description = "Refused", body = Problem, content_type = "application/problem+json"),
    ),
    security(("bearer" = []))
)]
#[get("/api/v1/bulk-replays/{id}")]
pub async fn get_bulk_replay(
    auth: Authorized<ExecutionsRead>,
    id: web::Path<BulkReplayId>,
) -> ApiResult<web::Json<BulkReplayView>> {
    let mut tx = auth.tx().await?;
    let row = queries::find(&mut tx, *id).await?;
    Ok(web::Json(
        row.ok_or(Error::from(ErrorCode::NotFound))?.into(),
    ))
}

/// Stops a replay of many runs. Runs that it started already go on.
#[utoipa::path(
    tag = "executions", operation_id = "cancel_bulk_replay",
    params(("id" = BulkReplayId, Path)),
    request_body = CancelBulkReplay,
    responses(
        (status = 200, description = "It has stopped", body = BulkReplayView),
        (status = "4XX", description = "Refused", body = Problem, content_type = "application/problem+json"),
    ),
    security(("bearer" = []))
)]
#[post("/api/v1/bulk-replays/{id}/cancel")]
pub async fn cancel_bulk_replay(
    auth: Authorized<ExecutionsReplay>,
    id: web::Path<BulkReplayId>,
    _body: ValidJson<CancelBulkReplay>,
) -> ApiResult<web::Json<BulkReplayView>> {
    let mut tx = auth.tx().await?;
    let ended = queries::end(&mut tx, *id, "cancelled", None).await?;
    let row = queries::find(&mut tx, *id).await?;
    let row = row.ok_or(Error::from(ErrorCode::NotFound))?;
    if ended > 0 {
        let data = json!({ "started": row.started });
        tx.audit(
            &auth.actor(),
            "bulk_replay.cancelled",
            "bulk_replay",
            Some(*id),
            data,
        )
        .await?;
        tx.commit().await?;
    } else if row.state != "cancelled" {
        return Err(ErrorCode::Conflict.detail("it has ended already").into());
    }
    Ok(web::Json(row.into()))
}

/// Only what ended badly can go on from where it failed.
fn with_statuses(mut request: CreateBulkReplay) -> Result<CreateBulkReplay> {
    const BAD: [ExecutionStatus; 2] = [ExecutionStatus::Failed, ExecutionStatus::Cancelled];
    if request.from == ReplayFrom::Start {
        return Ok(request);
    }
    let statuses = &mut request.filter.status;
    if statuses.is_empty() {
        statuses.extend(BAD);
    } else if !statuses.iter().all(|status| BAD.contains(status)) {
        let detail = "only failed and cancelled runs can go on from where they failed";
        return Err(Error::invalid("/filter/status", "invalid", detail));
    }
    Ok(request)
}

fn count(found: usize) -> Result<i32> {
    if i64::try_from(found).unwrap_or(i64::MAX) > MOST {
        let detail = format!("means more than {MOST} runs; narrow it");
        return Err(Error::invalid("/filter", "too_many", detail));
    }
    i32::try_from(found).map_err(Error::internal)
}
