//! Notifications as they are made, for the browser of the one person they are for.

use crate::notifications::NotificationView;
use async_trait::async_trait;
use platform_engine::live::{LiveBus, LiveMessage as Message};
use platform_http::Principal;
use platform_http::socket::{LiveMessage, TopicSource};
use platform_kernel::id::{TenantId, UserId};
use platform_kernel::tenant::TenantContext;
use platform_kernel::{Error, ErrorCode, Result};
use policies::{Permission, Policy};

/// The topic that everyone listens to for notifications of their own.
pub const NOTIFICATIONS_TOPIC: &str = "notifications";

/// On the bus each person has a topic of their own: `notifications:<user id>`.
pub(crate) fn publish(
    bus: &LiveBus,
    tenant: TenantId,
    user: UserId,
    view: &NotificationView,
) -> Result<()> {
    bus.publish(
        tenant,
        Message {
            topic: format!("{NOTIFICATIONS_TOPIC}:{user}"),
            seq: 0,
            type_: "notification".to_owned(),
            data: serde_json::to_value(view).map_err(Error::internal)?,
        },
    );
    Ok(())
}

/// The topic under which sockets hear a message of the bus.
pub fn topic_for_sockets(message: &Message) -> &str {
    match message.topic.split_once(':') {
        Some((NOTIFICATIONS_TOPIC, _)) => NOTIFICATIONS_TOPIC,
        _ => &message.topic,
    }
}

/// A message of the bus as sockets get it: one of a person's own topic goes to that person alone.
pub fn for_sockets(message: &Message) -> LiveMessage {
    let own = message.topic.strip_prefix(NOTIFICATIONS_TOPIC);
    let user_id: Option<UserId> = own
        .and_then(|rest| rest.strip_prefix(':'))
        .and_then(|id| id.parse().ok());
    LiveMessage {
        topic: match user_id {
            Some(_) => NOTIFICATIONS_TOPIC.to_owned(),
            None => message.topic.clone(),
        },
        seq: message.seq,
        type_: message.type_.clone(),
        data: message.data.clone(),
        user_id,
    }
}

/// Who may listen to `notifications`.
pub struct NotificationsTopic {
    pub policy: Policy,
}

#[async_trait]
impl TopicSource for NotificationsTopic {
    fn matches(&self, topic: &str) -> bool {
        topic == NOTIFICATIONS_TOPIC
    }

    async fn open(&self, principal: &Principal, _: &TenantContext, _: &str) -> Result<()> {
        match self
            .policy
            .allows(principal.role, Permission::NotificationsRead)
        {
            true => Ok(()),
            false => Err(ErrorCode::Forbidden.into()),
        }
    }

    /// The list of notifications is read again after a gap; its topic has no past of its own.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_notification_goes_to_its_person_alone() {
        let user = UserId::new();
        let message = |topic: String| Message {
            topic,
            seq: 0,
            type_: "notification".to_owned(),
            data: serde_json::Value::Null,
        };
        let own = for_sockets(&message(format!("notifications:{user}")));
        assert_eq!(
            (own.topic.as_str(), own.user_id),
            ("notifications", Some(user))
        );
        let lead = for_sockets(&message("leads".to_owned()));
        assert_eq!((lead.topic.as_str(), lead.user_id), ("leads", None));
    }
}
