//! The dealership's audit log: rows for what happens in the control schema, and reading it.

use actix_web::{HttpResponse, get};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use platform_db::audit::Actor;
use platform_db::schema::tenant::audit_events;
use platform_db::{BatchTx, QueryResult, TenantTx};
use platform_http::{ApiResult, Authorized, Problem, Query};
use platform_kernel::Result;
use platform_kernel::page::{Page, PageQuery};
use platform_kernel::tenant::{TenantContext, TenantStatus};
use policies::markers::AuditRead;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::time::Duration;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

/// What was done to what.
pub(crate) struct Deed {
    action: &'static str,
    resource_type: &'static str,
    resource_id: String,
    data: Value,
}

pub(crate) fn deed(
    action: &'static str,
    resource_type: &'static str,
    resource_id: impl ToString,
    data: Value,
) -> Deed {
    Deed {
        action,
        resource_type,
        resource_id: resource_id.to_string(),
        data,
    }
}

/// Writes the audit row of what `tx` did in the control schema before, so that both are
/// committed together. From here on `tx` acts as the tenant. A dealership without a usable
/// schema (being set up, or suspended) has nowhere to write to: then the log has it.
pub(crate) async fn record(
    tx: &mut BatchTx,
    tenant: &TenantContext,
    actor: &Actor,
    deed: Deed,
) -> Result<()> {
    if tenant.status != TenantStatus::Active {
        tracing::info!(tenant.id = %tenant.id, action = deed.action, resource = deed.resource_id, "done outside the audit log");
        return Ok(());
    }
    tx.enter(tenant, Duration::from_secs(5)).await?;
    let id = Some(deed.resource_id);
    tx.audit(actor, deed.action, deed.resource_type, id, deed.data)
        .await
}

/// One entry of the audit log.
#[derive(Debug, Queryable, Serialize, Deserialize, ToSchema)]
pub struct AuditEventView {
    pub id: Uuid,
    pub at: DateTime<Utc>,
    pub actor_id: Option<Uuid>,
    pub actor_name: Option<String>,
    /// For example `member.changed`.
    pub action: String,
    pub resource_type: String,
    pub resource_id: Option<String>,
    #[schema(value_type = Object)]
    pub data: Value,
}

async fn list(
    tx: &mut TenantTx,
    after: Option<(DateTime<Utc>, Uuid)>,
    limit: i64,
) -> QueryResult<Vec<AuditEventView>> {
    let mut query = audit_events::table
        .select((
            audit_events::id,
            audit_events::created_at,
            audit_events::actor_id,
            audit_events::actor_name,
            audit_events::action,
            audit_events::resource_type,
            audit_events::resource_id,
            audit_events::data,
        ))
        .order((audit_events::created_at.desc(), audit_events::id.desc()))
        .limit(limit + 1)
        .into_boxed();
    if let Some((at, id)) = after {
        query = query.filter(
            audit_events::created_at
                .lt(at)
                .or(audit_events::created_at.eq(at).and(audit_events::id.lt(id))),
        );
    }
    query.load(tx.conn()).await
}

/// Who did what at the dealership, newest first.
#[utoipa::path(tag = "identity", operation_id = "list_audit_events", params(PageQuery),
    responses((status = 200, body = Page<AuditEventView>), (status = "4XX", body = Problem, content_type = "application/problem+json")),
    security(("bearer" = [])))]
#[get("/api/v1/audit-events")]
pub async fn list_audit_events(
    auth: Authorized<AuditRead>,
    query: Query<PageQuery>,
) -> ApiResult<HttpResponse> {
    let limit = query.limit()?;
    let after = query.after()?;
    let mut tx = auth.tx().await?;
    let rows = list(&mut tx, after, limit).await?;
    tx.commit().await?;
    let page = Page::from_rows(rows, limit, |event| (event.at, event.id));
    Ok(HttpResponse::Ok().json(page))
}

pub(crate) fn configure(config: &mut ServiceConfig<'_>) {
    config.service(list_audit_events);
}
