//! Approvals as they change, for open inboxes. Only what is committed is told, and no more than
//! which one it is: who looks reads it with the rights they have.

use super::model::ApprovalState;
use async_trait::async_trait;
use platform_db::TenantTx;
use platform_engine::LiveBus;
use platform_engine::live::LiveMessage as Message;
use platform_http::{LiveMessage, Principal, TopicSource};
use platform_kernel::id::ApprovalId;
use platform_kernel::tenant::TenantContext;
use platform_kernel::{ErrorCode, Result};
use policies::{Permission, Policy};
use serde_json::json;

/// The topic of all approvals.
pub const APPROVALS_TOPIC: &str = "approvals";

/// Tells, once the transaction is committed, that an approval came or changed.
pub(super) fn changed(tx: &mut TenantTx, bus: &LiveBus, id: ApprovalId, state: ApprovalState) {
    let (bus, tenant) = (bus.clone(), tx.tenant().id);
    tx.after_commit(move || {
        let message = Message {
            topic: APPROVALS_TOPIC.to_owned(),
            seq: 0,
            type_: "approval".to_owned(),
            data: json!({ "id": id, "state": state }),
        };
        bus.publish(tenant, message);
    });
}

/// Who may listen to `approvals`.
pub struct ApprovalsTopic {
    pub policy: Policy,
}

#[async_trait]
impl TopicSource for ApprovalsTopic {
    fn matches(&self, topic: &str) -> bool {
        topic == APPROVALS_TOPIC
    }

    async fn open(&self, principal: &Principal, _: &TenantContext, _: &str) -> Result<()> {
        match self
            .policy
            .allows(principal.role, Permission::ApprovalsRead)
        {
            true => Ok(()),
            false => Err(ErrorCode::Forbidden.into()),
        }
    }

    /// The inbox is read again after a gap; its topic has no past of its own.
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
