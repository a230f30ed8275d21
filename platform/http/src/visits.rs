//! A super admin who looks into a dealership is named in that dealership's own audit log.

use crate::state::Principal;
use moka::future::Cache;
use platform_db::Database;
use platform_kernel::id::{SessionId, TenantId};
use platform_kernel::tenant::{TenantContext, TenantStatus};
use platform_kernel::{Error, ErrorCode, Result};
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;

/// How long further requests of one session belong to the same visit.
const ONE_VISIT: Duration = Duration::from_secs(3_600);

/// The visits that are under way, as this process knows them.
#[derive(Clone)]
pub struct Visits(Cache<(SessionId, TenantId), ()>);

impl Default for Visits {
    fn default() -> Self {
        let cache = Cache::builder()
            .max_capacity(10_000)
            .time_to_live(ONE_VISIT)
            .build();
        Self(cache)
    }
}

impl Visits {
    /// Writes the row of a visit that begins. Without it nothing is shown, so a failure is the
    /// request's. A dealership that is not active shows nothing anyway.
    pub(crate) async fn note(
        &self,
        db: &Database,
        principal: &Principal,
        tenant: &TenantContext,
        request_id: &str,
    ) -> Result<()> {
        if principal.tenant_id.is_some() || tenant.status != TenantStatus::Active {
            return Ok(());
        }
        let write = async {
            let mut tx = db.tenant(tenant).await?;
            let actor = principal.actor(request_id);
            tx.audit(
                &actor,
                "tenant.visited",
                "tenant",
                Some(tenant.id),
                json!({}),
            )
            .await?;
            tx.commit().await
        };
        self.0
            .try_get_with((principal.session_id, tenant.id), write)
            .await
            .map_err(|shared: Arc<Error>| ErrorCode::Unavailable.because(shared.to_string()))
    }
}
