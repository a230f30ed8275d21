use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use platform_db::schema::control::{groups, memberships, tenants};
use platform_db::{ControlTx, QueryResult};
use platform_kernel::id::{GroupId, TenantId};
use platform_kernel::tenant::{TenantContext, TenantStatus};

/// A row of `control.tenants`.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = tenants)]
pub(crate) struct Tenant {
    pub(crate) id: TenantId,
    pub(crate) group_id: GroupId,
    pub(crate) slug: String,
    pub(crate) name: String,
    pub(crate) time_zone: String,
    pub(crate) status: String,
    pub(crate) schema_version: i32,
    pub(crate) auth_epoch: i64,
    pub(crate) suspended_reason: Option<String>,
    pub(crate) created_at: DateTime<Utc>,
}

impl From<Tenant> for TenantContext {
    fn from(tenant: Tenant) -> Self {
        Self {
            id: tenant.id,
            group_id: tenant.group_id,
            slug: tenant.slug,
            name: tenant.name,
            time_zone: tenant.time_zone,
            status: TenantStatus::read(&tenant.status),
            auth_epoch: tenant.auth_epoch,
        }
    }
}

pub(crate) async fn find(tx: &mut ControlTx, id: TenantId) -> QueryResult<Option<Tenant>> {
    tenants::table
        .find(id)
        .select(Tenant::as_select())
        .first(tx.conn())
        .await
        .optional()
}

pub(crate) async fn find_by_slug(tx: &mut ControlTx, slug: &str) -> QueryResult<Option<Tenant>> {
    tenants::table
        .filter(tenants::slug.eq(slug))
        .select(Tenant::as_select())
        .first(tx.conn())
        .await
        .optional()
}

pub(crate) async fn find_by_domain(tx: &mut ControlTx, host: &str) -> QueryResult<Option<Tenant>> {
    use platform_db::schema::control::domains;
    tenants::table
        .inner_join(domains::table.on(domains::tenant_id.eq(tenants::id)))
        .filter(
            domains::host
                .eq(host)
                .and(domains::verified_at.is_not_null()),
        )
        .select(Tenant::as_select())
        .first(tx.conn())
        .await
        .optional()
}

/// Locks the row until the transaction ends.
pub(crate) async fn lock(tx: &mut ControlTx, id: TenantId) -> QueryResult<Option<Tenant>> {
    tenants::table
        .find(id)
        .select(Tenant::as_select())
        .for_update()
        .first(tx.conn())
        .await
        .optional()
}

/// Tenants as operators see them: with their group's name and how many people may sign in.
macro_rules! for_admin {
    () => {
        tenants::table
            .inner_join(groups::table.on(groups::id.eq(tenants::group_id)))
            .select((
                Tenant::as_select(),
                groups::name,
                memberships::table
                    .filter(
                        memberships::tenant_id
                            .eq(tenants::id)
                            .and(memberships::status.eq("active")),
                    )
                    .count()
                    .single_value()
                    .assume_not_null(),
            ))
    };
}

/// Newest first.
pub(crate) async fn list(
    tx: &mut ControlTx,
    after: Option<(DateTime<Utc>, TenantId)>,
    limit: i64,
) -> QueryResult<Vec<(Tenant, String, i64)>> {
    let mut query = for_admin!()
        .order((tenants::created_at.desc(), tenants::id.desc()))
        .limit(limit + 1)
        .into_boxed();
    if let Some((at, id)) = after {
        query = query.filter(
            tenants::created_at
                .lt(at)
                .or(tenants::created_at.eq(at).and(tenants::id.lt(id))),
        );
    }
    query.load(tx.conn()).await
}

/// One tenant as the admin list shows it.
pub(crate) async fn find_for_admin(
    tx: &mut ControlTx,
    id: TenantId,
) -> QueryResult<Option<(Tenant, String, i64)>> {
    for_admin!()
        .filter(tenants::id.eq(id))
        .first(tx.conn())
        .await
        .optional()
}
