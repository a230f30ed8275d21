//! Leads as they change, for the browsers that look on. Only what is committed is told.

use crate::leads::{LeadStatus, queries};
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use platform_db::Database;
use platform_engine::live::{LiveBus, LiveMessage as Message};
use platform_http::Principal;
use platform_http::socket::{LiveMessage, TopicSource};
use platform_kernel::id::{LeadId, TenantId};
use platform_kernel::tenant::TenantContext;
use platform_kernel::{ErrorCode, Result, task};
use policies::{Permission, Policy};
use serde_json::json;
use std::time::Duration;

/// The topic of all leads.
pub const LEADS_TOPIC: &str = "leads";

/// Tells that a lead came in or changed. Call it after the commit.
pub fn lead_changed(bus: &LiveBus, tenant: TenantId, id: LeadId, status: LeadStatus) {
    bus.publish(
        tenant,
        Message {
            topic: LEADS_TOPIC.to_owned(),
            seq: 0,
            type_: "lead".to_owned(),
            data: json!({ "id": id, "status": status }),
        },
    );
}

/// How long to wait before looking again whether a step's transaction was committed.
const LOOKS: [u64; 6] = [30, 120, 500, 2_000, 5_000, 15_000];

/// Runs `look` until it finds what a transaction that is still open is about to commit. The
/// transaction belongs to the engine; when it is rolled back, nothing is ever found.
pub async fn once_committed<F>(look: impl Fn() -> F)
where
    F: Future<Output = Result<bool>>,
{
    for wait in LOOKS {
        tokio::time::sleep(Duration::from_millis(wait)).await;
        match look().await {
            Ok(true) => return,
            Ok(false) => {}
            Err(error) => tracing::debug!(%error, "nothing can be told live just now"),
        }
    }
}

/// Tells of changes made inside steps of workflows.
#[derive(Clone)]
pub struct LeadNews {
    pub db: Database,
    pub bus: LiveBus,
}

impl LeadNews {
    /// Tells that the lead changed, once the change that set `updated_at` is committed.
    pub fn when_committed(&self, tenant: &TenantContext, id: LeadId, updated_at: DateTime<Utc>) {
        let (news, tenant) = (self.clone(), tenant.clone());
        task::spawn(async move {
            once_committed(async || news.tell(&tenant, id, updated_at).await).await;
        });
    }

    async fn tell(&self, tenant: &TenantContext, id: LeadId, since: DateTime<Utc>) -> Result<bool> {
        let mut tx = self.db.tenant(tenant).await?;
        let found = queries::changed_since(&mut tx, id, since).await?;
        tx.commit().await?;
        let Some(lead) = found else {
            return Ok(false);
        };
        lead_changed(&self.bus, tenant.id, id, lead.status());
        Ok(true)
    }
}

/// Who may listen to `leads`.
pub struct LeadsTopic {
    pub policy: Policy,
}

#[async_trait]
impl TopicSource for LeadsTopic {
    fn matches(&self, topic: &str) -> bool {
        topic == LEADS_TOPIC
    }

    async fn open(&self, principal: &Principal, _: &TenantContext, _: &str) -> Result<()> {
        match self.policy.allows(principal.role, Permission::LeadsRead) {
            true => Ok(()),
            false => Err(ErrorCode::Forbidden.into()),
        }
    }

    /// The list of leads is read again after a gap; its topic has no past of its own.
    async fn replay(
        &self,
        _: &Principal,
        _: &TenantContext,
        _: &str,
        _: i64,
    ) -> Result<Vec<LiveMessage>> {
        Ok(Vec::new())
    }
}
