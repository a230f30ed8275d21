use crate::accounts::UserStatus;
use crate::transaction::Tx;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use platform_db::QueryResult;
use platform_db::schema::control::{password_resets, users};
use platform_kernel::clock;
use platform_kernel::id::UserId;

/// How many links a user was sent since `since`.
pub(super) async fn count(
    tx: &mut impl Tx,
    user: UserId,
    since: DateTime<Utc>,
) -> QueryResult<i64> {
    password_resets::table
        .filter(
            password_resets::user_id
                .eq(user)
                .and(password_resets::created_at.gt(since)),
        )
        .count()
        .get_result(tx.conn())
        .await
}

/// How a token that is noted stands.
pub(super) enum Noted {
    New,
    /// An attempt before noted it.
    Again,
    Used,
}

/// Notes the token, once for however many attempts.
pub(super) async fn note(
    tx: &mut impl Tx,
    hash: &[u8],
    user: UserId,
    expires_at: DateTime<Utc>,
) -> QueryResult<Noted> {
    let made = diesel::insert_into(password_resets::table)
        .values((
            password_resets::token_hash.eq(hash),
            password_resets::user_id.eq(user),
            password_resets::expires_at.eq(expires_at),
        ))
        .on_conflict(password_resets::token_hash)
        .do_nothing()
        .execute(tx.conn())
        .await?;
    if made > 0 {
        return Ok(Noted::New);
    }
    let unused: bool = password_resets::table
        .find(hash)
        .select(password_resets::used_at.is_null())
        .first(tx.conn())
        .await?;
    Ok(if unused { Noted::Again } else { Noted::Used })
}

/// E-mail and name of the user whose token it is, while it works.
pub(super) async fn owner(tx: &mut impl Tx, hash: &[u8]) -> QueryResult<Option<(String, String)>> {
    password_resets::table
        .inner_join(users::table.on(users::id.eq(password_resets::user_id)))
        .filter(password_resets::token_hash.eq(hash))
        .filter(password_resets::used_at.is_null())
        .filter(password_resets::expires_at.gt(clock::now()))
        .filter(users::status.eq(UserStatus::Active))
        .select((users::email, users::name))
        .first(tx.conn())
        .await
        .optional()
}

/// Uses the token, which works for one of all who try; the user's other tokens go with it.
pub(super) async fn spend(tx: &mut impl Tx, hash: &[u8]) -> QueryResult<Option<UserId>> {
    let now = clock::now();
    let user: Option<UserId> = diesel::update(password_resets::table.find(hash))
        .filter(password_resets::used_at.is_null())
        .filter(password_resets::expires_at.gt(now))
        .set(password_resets::used_at.eq(now))
        .returning(password_resets::user_id)
        .get_result(tx.conn())
        .await
        .optional()?;
    if let Some(user) = user {
        diesel::update(password_resets::table.filter(password_resets::user_id.eq(user)))
            .filter(password_resets::used_at.is_null())
            .set(password_resets::used_at.eq(now))
            .execute(tx.conn())
            .await?;
    }
    Ok(user)
}
