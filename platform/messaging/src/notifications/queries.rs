use super::model::{NewNotification, Notification};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use platform_db::schema::tenant::notifications;
use platform_db::{QueryResult, TenantTx};
use platform_kernel::clock;
use platform_kernel::id::{NotificationId, UserId};
use uuid::Uuid;

/// Newest first.
pub(super) async fn list(
    tx: &mut TenantTx,
    user: UserId,
    unread: Option<bool>,
    after: Option<(DateTime<Utc>, Uuid)>,
    limit: i64,
) -> QueryResult<Vec<Notification>> {
    let mut query = notifications::table
        .filter(notifications::user_id.eq(user))
        .select(Notification::as_select())
        .into_boxed();
    query = match unread {
        Some(true) => query.filter(notifications::read_at.is_null()),
        Some(false) => query.filter(notifications::read_at.is_not_null()),
        None => query,
    };
    if let Some((at, id)) = after {
        let earlier = notifications::created_at.lt(at);
        let same = notifications::created_at
            .eq(at)
            .and(notifications::id.lt(id));
        query = query.filter(earlier.or(same));
    }
    query
        .order((notifications::created_at.desc(), notifications::id.desc()))
        .limit(limit)
        .load(tx.conn())
        .await
}

/// Marks one as read; whether the person has such a notification.
pub(super) async fn mark_read(
    tx: &mut TenantTx,
    user: UserId,
    id: NotificationId,
) -> QueryResult<bool> {
    let now = clock::now();
    let own = notifications::table
        .find(id)
        .filter(notifications::user_id.eq(user));
    let unread = own.filter(notifications::read_at.is_null());
    let marked = diesel::update(unread)
        .set(notifications::read_at.eq(now))
        .execute(tx.conn())
        .await?;
    if marked == 1 {
        return Ok(true);
    }
    diesel::select(diesel::dsl::exists(own))
        .get_result(tx.conn())
        .await
}

pub(super) async fn mark_all_read(tx: &mut TenantTx, user: UserId) -> QueryResult<usize> {
    let unread = notifications::table
        .filter(notifications::user_id.eq(user))
        .filter(notifications::read_at.is_null());
    diesel::update(unread)
        .set(notifications::read_at.eq(clock::now()))
        .execute(tx.conn())
        .await
}

/// Stores those that their person has not been told yet, and gives these.
pub(super) async fn insert(
    tx: &mut TenantTx,
    new: &[NewNotification],
) -> QueryResult<Vec<NotificationId>> {
    diesel::insert_into(notifications::table)
        .values(new)
        .on_conflict((notifications::user_id, notifications::dedup_key))
        .do_nothing()
        .returning(notifications::id)
        .get_results(tx.conn())
        .await
}

pub(super) async fn find_all(
    tx: &mut TenantTx,
    ids: &[NotificationId],
) -> QueryResult<Vec<Notification>> {
    notifications::table
        .filter(notifications::id.eq_any(ids))
        .select(Notification::as_select())
        .load(tx.conn())
        .await
}
