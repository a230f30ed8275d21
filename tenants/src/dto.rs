use crate::model::Tenant;
use chrono::{DateTime, Utc};
use platform_http::Validate;
use platform_http::body::check_text;
use platform_kernel::error::FieldError;
use platform_kernel::id::TenantId;
use platform_kernel::tenant::{TenantContext, TenantStatus};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A dealership as its people see it.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct TenantView {
    pub id: TenantId,
    /// The label of its host: `<slug>.<base domain>`.
    pub slug: String,
    pub name: String,
    pub status: TenantStatus,
    /// IANA name.
    pub time_zone: String,
}

impl From<&TenantContext> for TenantView {
    fn from(tenant: &TenantContext) -> Self {
        Self {
            id: tenant.id,
            slug: tenant.slug.clone(),
            name: tenant.name.clone(),
            status: tenant.status,
            time_zone: tenant.time_zone.clone(),
        }
    }
}

/// A dealership as the platform's operators see it.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct AdminTenantView {
    pub id: TenantId,
    pub slug: String,
    pub name: String,
    pub group_name: String,
    pub status: TenantStatus,
    /// Why it is shut out, as it was given.
    pub suspended_reason: Option<String>,
    pub schema_version: i32,
    pub active_users: i64,
    pub created_at: DateTime<Utc>,
}

impl From<(Tenant, String, i64)> for AdminTenantView {
    fn from((tenant, group_name, active_users): (Tenant, String, i64)) -> Self {
        Self {
            id: tenant.id,
            slug: tenant.slug,
            name: tenant.name,
            group_name,
            status: TenantStatus::read(&tenant.status),
            suspended_reason: tenant.suspended_reason,
            schema_version: tenant.schema_version,
            active_users,
            created_at: tenant.created_at,
        }
    }
}

/// Why a dealership is shut out.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SuspendTenant {
    pub reason: String,
}

impl Validate for SuspendTenant {
    fn validate(&self) -> Vec<FieldError> {
        let mut faults = Vec::new();
        check_text(&mut faults, "/reason", &self.reason, 500);
        faults
    }
}
