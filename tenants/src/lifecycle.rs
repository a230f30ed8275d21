//! Suspending a dealership and letting it back in.

use crate::model;
use crate::registry::Registry;
use crate::rights::{APPLY_TENANT_RIGHTS, RightsChange};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use platform_db::audit::Actor;
use platform_db::jobs::{Lane, NewJob};
use platform_db::schema::control::tenants;
use platform_db::{ControlTx, Database};
use platform_kernel::id::TenantId;
use platform_kernel::tenant::TenantStatus;
use platform_kernel::{ErrorCode, Result};
use serde_json::json;

/// Changes of a tenant's life.
#[derive(Clone)]
pub struct Lifecycle {
    pub db: Database,
    pub registry: Registry,
}

impl Lifecycle {
    /// Shuts a dealership out: HTTP and sockets by status and epoch at once, executions at their
    /// next step, and the database rights by a job. Suspending twice changes nothing.
    pub async fn suspend(&self, id: TenantId, reason: &str, actor: &Actor) -> Result<()> {
        let change = Change {
            from: TenantStatus::Active,
            to: TenantStatus::Suspended,
            action: "tenant.suspended",
            reason: Some(reason),
        };
        self.change(id, change, actor).await
    }

    /// Lets a suspended dealership back in; what waited goes on.
    pub async fn reactivate(&self, id: TenantId, actor: &Actor) -> Result<()> {
        let change = Change {
            from: TenantStatus::Suspended,
            to: TenantStatus::Active,
            action: "tenant.reactivated",
            reason: None,
        };
        self.change(id, change, actor).await
    }

    async fn change(&self, id: TenantId, change: Change<'_>, actor: &Actor) -> Result<()> {
        let mut tx = self.db.control().await?;
        let tenant = model::lock(&mut tx, id).await?.ok_or(ErrorCode::NotFound)?;
        let status = TenantStatus::read(&tenant.status);
        if status == change.to {
            return Ok(());
        }
        if status != change.from {
            return Err(
                ErrorCode::Conflict.detail(format!("the dealership is {}", status.as_str()))
            );
        }
        write_status(&mut tx, id, change.to, change.reason).await?;
        let job = RightsChange {
            tenant_id: id,
            actor: actor.clone(),
            action: change.action.to_owned(),
            data: json!({ "reason": change.reason }),
        };
        let key = format!("{id}/{}", tenant.auth_epoch + 1);
        let job = NewJob::new(APPLY_TENANT_RIGHTS, key, Lane::Interactive, &job)?;
        tx.enqueue(Some(id), &job).await?;
        tx.commit().await?;
        self.registry.invalidate(id).await;
        Ok(())
    }
}

/// One change of status.
struct Change<'a> {
    from: TenantStatus,
    to: TenantStatus,
    action: &'static str,
    reason: Option<&'a str>,
}

async fn write_status(
    tx: &mut ControlTx,
    id: TenantId,
    to: TenantStatus,
    reason: Option<&str>,
) -> Result<()> {
    diesel::update(tenants::table.find(id))
        .set((
            tenants::status.eq(to.as_str()),
            tenants::suspended_reason.eq(reason),
            tenants::auth_epoch.eq(tenants::auth_epoch + 1),
            tenants::updated_at.eq(diesel::dsl::now),
        ))
        .execute(tx.conn())
        .await?;
    Ok(())
}
