use platform_kernel::id::UserId;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One thing that happened, as clients see it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LiveMessage {
    pub topic: String,
    /// Position within the topic, counted from 1. 0 where a topic has no order of its own: such
    /// messages are passed on as they come.
    pub seq: i64,
    /// `event`, `log`, `execution`, `lead` or `notification`.
    #[serde(rename = "type")]
    pub type_: String,
    pub data: Value,
    /// Only this user gets it; everyone who listens when it is none. Not shown to clients.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<UserId>,
}
