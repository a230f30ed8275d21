use super::model::{NewNotification, Notification, NotificationView, Severity};
use super::queries;
use crate::live;
use crate::text::{line, paragraphs};
use platform_db::TenantTx;
use platform_engine::live::LiveBus;
use platform_kernel::Result;
use platform_kernel::id::{NotificationId, TenantId, UserId};
use platform_records::members;

/// Something that people must hear of although no workflow tells them.
pub struct Notice<'a> {
    pub title: &'a str,
    pub body: &'a str,
    /// A path inside the application.
    pub link: String,
    pub severity: Severity,
    /// The same key tells the same person once.
    pub dedup_key: String,
}

/// Tells everyone of a role, in the caller's transaction and live after its commit.
pub async fn tell_role(
    tx: &mut TenantTx,
    bus: &LiveBus,
    role: &str,
    notice: Notice<'_>,
) -> Result<()> {
    let users = members_of_role(tx, role).await?;
    tell_users(tx, bus, &users, &notice).await
}

/// Tells these people, in the caller's transaction and live after its commit.
pub async fn tell_users(
    tx: &mut TenantTx,
    bus: &LiveBus,
    users: &[UserId],
    notice: &Notice<'_>,
) -> Result<()> {
    let for_user = |user_id: &UserId| NewNotification {
        id: NotificationId::new(),
        user_id: *user_id,
        title: line(notice.title, 200),
        body: paragraphs(notice.body, 2_000),
        severity: notice.severity.as_str(),
        link: Some(notice.link.clone()),
        execution_id: None,
        dedup_key: Some(notice.dedup_key.clone()),
    };
    let new: Vec<_> = users.iter().map(for_user).collect();
    deliver(tx, bus, &new).await
}

/// The members of a role. A dealership without managers still wants somebody told: then it is
/// the admins.
pub async fn members_of_role(tx: &mut TenantTx, role: &str) -> Result<Vec<UserId>> {
    let mut members = members::list(tx, Some(role)).await?;
    if members.is_empty() {
        members = members::list(tx, Some("dealership_admin")).await?;
    }
    Ok(members.into_iter().map(|member| member.user_id).collect())
}

/// Stores notifications, and tells of them live once they are committed.
pub(super) async fn deliver(
    tx: &mut TenantTx,
    bus: &LiveBus,
    new: &[NewNotification],
) -> Result<()> {
    let ids = queries::insert(tx, new).await?;
    let rows = queries::find_all(tx, &ids).await?;
    let (bus, tenant) = (bus.clone(), tx.tenant().id);
    tx.after_commit(move || tell(&bus, tenant, rows));
    Ok(())
}

fn tell(bus: &LiveBus, tenant: TenantId, rows: Vec<Notification>) {
    for row in rows {
        let user = row.user_id;
        if let Err(error) = live::publish(bus, tenant, user, &NotificationView::from(row)) {
            tracing::warn!(%error, "a notification was not told live");
        }
    }
}
