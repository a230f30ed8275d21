use super::message::LiveMessage;
use crate::state::Principal;
use async_trait::async_trait;
use platform_kernel::Result;
use platform_kernel::tenant::TenantContext;

/// What a slice contributes to the socket: it decides who may listen, and knows the past.
#[async_trait]
pub trait TopicSource: Send + Sync {
    /// Whether `topic` is one of this source's, for example `execution:<id>`.
    fn matches(&self, topic: &str) -> bool;

    /// Whether `seq` numbers all messages of the topic, so that doubles can be told by it. By
    /// default that is so for the topic of one thing (`execution:<id>`), and not for a collection
    /// (`leads`), whose messages are all passed on.
    fn ordered(&self, topic: &str) -> bool {
        topic.contains(':')
    }

    /// Refuses a caller without the permission, or a topic that does not exist for this tenant.
    async fn open(&self, principal: &Principal, tenant: &TenantContext, topic: &str) -> Result<()>;

    /// Messages stored after `after`, in order. May give a page of them: it is asked again with
    /// the last one's `seq` until it gives none. A topic without a past gives none.
    async fn replay(
        &self,
        principal: &Principal,
        tenant: &TenantContext,
        topic: &str,
        after: i64,
    ) -> Result<Vec<LiveMessage>>;
}
