//! Leads as they change, for the browsers that look on. Only what is committed is told.

use crate::leads::LeadStatus;
use async_trait::async_trait;
use platform_engine::live::{LiveBus, LiveMessage as Message};
use platform_http::Principal;
use platform_http::socket::{LiveMessage, TopicSource};
use platform_kernel::id::{LeadId, TenantId};
use platform_kernel::tenant::TenantContext;
use platform_kernel::{ErrorCode, Result};
use policies::{Permission, Policy};
use serde_json::json;

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
