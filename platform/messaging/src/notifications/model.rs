use chrono::{DateTime, Utc};
use diesel::prelude::*;
use platform_db::schema::tenant::notifications;
use platform_kernel::id::{ExecutionId, NotificationId, UserId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How much a notification matters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    #[default]
    Info,
    Warning,
    Critical,
}

impl Severity {
    /// The stored word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Critical => "critical",
        }
    }

    /// Reads the stored word; an unknown one is mere information.
    pub fn parse(word: &str) -> Self {
        match word {
            "warning" => Self::Warning,
            "critical" => Self::Critical,
            _ => Self::Info,
        }
    }
}

/// A row of `notifications`.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = notifications, check_for_backend(diesel::pg::Pg))]
pub(crate) struct Notification {
    pub(crate) id: NotificationId,
    pub(crate) user_id: UserId,
    title: String,
    body: String,
    severity: String,
    link: Option<String>,
    read_at: Option<DateTime<Utc>>,
    pub(crate) created_at: DateTime<Utc>,
}

/// A notification to store.
#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = notifications)]
pub(super) struct NewNotification {
    pub(super) id: NotificationId,
    pub(super) user_id: UserId,
    pub(super) title: String,
    pub(super) body: String,
    pub(super) severity: &'static str,
    pub(super) link: Option<String>,
    pub(super) execution_id: Option<ExecutionId>,
    pub(super) dedup_key: Option<String>,
}

/// Something that a person is told.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct NotificationView {
    pub id: NotificationId,
    pub title: String,
    pub body: String,
    /// Where in the application to look.
    pub link: Option<String>,
    pub severity: Severity,
    pub read_at: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
}

impl From<Notification> for NotificationView {
    fn from(row: Notification) -> Self {
        Self {
            id: row.id,
            title: row.title,
            body: row.body,
            link: row.link,
            severity: Severity::parse(&row.severity),
            read_at: row.read_at,
            created_at: row.created_at,
        }
    }
}
