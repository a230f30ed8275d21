use super::dto::{AfterQuery, ExecutionSummary, ExecutionView, ExecutionsQuery};
use super::{queries, search, view};
use actix_web::{get, web};
use platform_db::TenantTx;
use platform_engine::model;
use platform_engine::view::{ExecutionEventView, ExecutionLogView};
use platform_http::{ApiResult, Authorized, Problem, Query};
use platform_kernel::id::ExecutionId;
use platform_kernel::page::{Page, PageQuery};
use platform_kernel::{ErrorCode, Result};
use policies::markers::ExecutionsRead;

/// Runs, newest first, by state, workflow, trigger, time, business key and words of their inputs.
#[utoipa::path(
    tag = "executions", operation_id = "list_executions",
    params(ExecutionsQuery),
    responses(
        (status = 200, description = "A page of runs", body = Page<ExecutionSummary>),
        (status = "4XX", description = "Refused", body = Problem, content_type = "application/problem+json"),
    ),
    security(("bearer" = []))
)]
#[get("/api/v1/executions")]
pub async fn list_executions(
    auth: Authorized<ExecutionsRead>,
    query: Query<ExecutionsQuery>,
) -> ApiResult<web::Json<Page<ExecutionSummary>>> {
    let query = query.into_inner();
    let filter = query.filter()?;
    let page = PageQuery {
        cursor: query.cursor,
        limit: query.limit,
    };
    let (limit, after) = (page.limit()?, page.after()?);
    let mut tx = auth.tx().await?;
    let found = search::find(&mut tx, &filter, after, limit + 1).await?;
    let page = Page::from_rows(found, limit, |position| *position);
    let ids: Vec<ExecutionId> = page.items.iter().map(|(_, id)| *id).collect();
    let rows = queries::list(&mut tx, &ids).await?;
    Ok(web::Json(Page {
        items: rows.into_iter().map(ExecutionSummary::from).collect(),
        next_cursor: page.next_cursor,
    }))
}

/// A run with its steps and what it did outside.
#[utoipa::path(
    tag = "executions", operation_id = "get_execution",
    params(("id" = ExecutionId, Path)),
    responses(
        (status = 200, description = "The run", body = ExecutionView),
        (status = "4XX", description = "Refused", body = Problem, content_type = "application/problem+json"),
    ),
    security(("bearer" = []))
)]
#[get("/api/v1/executions/{id}")]
pub async fn get_execution(
    auth: Authorized<ExecutionsRead>,
    id: web::Path<ExecutionId>,
) -> ApiResult<web::Json<ExecutionView>> {
    let mut tx = auth.tx().await?;
    Ok(web::Json(view::full(&mut tx, *id).await?))
}

/// What happened to a run, in order. Events and log lines share one sequence.
#[utoipa::path(
    tag = "executions", operation_id = "list_execution_events",
    params(("id" = ExecutionId, Path), AfterQuery),
    responses(
        (status = 200, description = "A page of events", body = Page<ExecutionEventView>),
        (status = "4XX", description = "Refused", body = Problem, content_type = "application/problem+json"),
    ),
    security(("bearer" = []))
)]
#[get("/api/v1/executions/{id}/events")]
pub async fn list_execution_events(
    auth: Authorized<ExecutionsRead>,
    id: web::Path<ExecutionId>,
    query: Query<AfterQuery>,
) -> ApiResult<web::Json<Page<ExecutionEventView>>> {
    let (after, limit) = position(query.into_inner())?;
    let mut tx = auth.tx().await?;
    require(&mut tx, *id).await?;
    let events = model::events(&mut tx, *id, after, Some(limit + 1)).await?;
    let views = events
        .iter()
        .map(ExecutionEventView::try_from)
        .collect::<Result<Vec<_>>>()?;
    Ok(web::Json(Page::from_rows(views, limit, |event| event.seq)))
}

/// What the steps of a run reported, in order.
#[utoipa::path(
    tag = "executions", operation_id = "list_execution_logs",
    params(("id" = ExecutionId, Path), AfterQuery),
    responses(
        (status = 200, description = "A page of log lines", body = Page<ExecutionLogView>),
        (status = "4XX", description = "Refused", body = Problem, content_type = "application/problem+json"),
    ),
    security(("bearer" = []))
)]
#[get("/api/v1/executions/{id}/logs")]
pub async fn list_execution_logs(
    auth: Authorized<ExecutionsRead>,
    id: web::Path<ExecutionId>,
    query: Query<AfterQuery>,
) -> ApiResult<web::Json<Page<ExecutionLogView>>> {
    let (after, limit) = position(query.into_inner())?;
    let mut tx = auth.tx().await?;
    require(&mut tx, *id).await?;
    let logs = model::logs(&mut tx, *id, after, limit + 1).await?;
    let page = Page::from_rows(logs, limit, |line| line.seq);
    Ok(web::Json(page.map(ExecutionLogView::from)))
}

/// The sequence number to read on after, and how many rows. The cursor goes before `after`.
fn position(query: AfterQuery) -> Result<(i64, i64)> {
    let page = PageQuery {
        cursor: query.cursor,
        limit: query.limit,
    };
    let after = page.after::<i64>()?.or(query.after).unwrap_or(0);
    Ok((after, page.limit()?))
}

async fn require(tx: &mut TenantTx, id: ExecutionId) -> Result<()> {
    match queries::exists(tx, id).await? {
        true => Ok(()),
        false => Err(ErrorCode::NotFound.into()),
    }
}
