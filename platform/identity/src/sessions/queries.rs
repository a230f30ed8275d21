use crate::transaction::Tx;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use platform_db::QueryResult;
use platform_db::schema::control::{refresh_tokens, sessions};
use platform_kernel::clock;
use platform_kernel::id::{SessionId, TenantId, UserId};

#[derive(Insertable)]
#[diesel(table_name = sessions)]
pub(super) struct NewSession<'a> {
    pub(super) id: SessionId,
    pub(super) user_id: UserId,
    pub(super) tenant_id: Option<TenantId>,
    pub(super) user_agent: Option<&'a str>,
    pub(super) ip: Option<&'a str>,
    pub(super) expires_at: DateTime<Utc>,
}

#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = sessions)]
pub(super) struct SessionRow {
    pub(super) id: SessionId,
    pub(super) user_id: UserId,
    pub(super) tenant_id: Option<TenantId>,
    pub(super) expires_at: DateTime<Utc>,
    pub(super) revoked_at: Option<DateTime<Utc>>,
}

/// A refresh token that was spent.
#[derive(Clone, Debug, Queryable)]
pub(super) struct Spent {
    pub(super) session_id: SessionId,
    pub(super) used_at: Option<DateTime<Utc>>,
    pub(super) successor_sealed: Option<Vec<u8>>,
}

pub(super) async fn insert(tx: &mut impl Tx, session: &NewSession<'_>) -> QueryResult<()> {
    diesel::insert_into(sessions::table)
        .values(session)
        .execute(tx.conn())
        .await?;
    Ok(())
}

pub(super) async fn insert_token(
    tx: &mut impl Tx,
    hash: &[u8],
    session: SessionId,
    expires_at: DateTime<Utc>,
) -> QueryResult<()> {
    diesel::insert_into(refresh_tokens::table)
        .values((
            refresh_tokens::token_hash.eq(hash),
            refresh_tokens::session_id.eq(session),
            refresh_tokens::expires_at.eq(expires_at),
        ))
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Spends a token once: of all who try at the same time, one gets the session's id.
pub(super) async fn spend_token(
    tx: &mut impl Tx,
    hash: &[u8],
    successor_sealed: &[u8],
) -> QueryResult<Option<SessionId>> {
    let now = clock::now();
    diesel::update(refresh_tokens::table.find(hash))
        .filter(refresh_tokens::used_at.is_null())
        .filter(refresh_tokens::expires_at.gt(now))
        .set((
            refresh_tokens::used_at.eq(now),
            refresh_tokens::successor_sealed.eq(successor_sealed),
        ))
        .returning(refresh_tokens::session_id)
        .get_result(tx.conn())
        .await
        .optional()
}

pub(super) async fn find_token(tx: &mut impl Tx, hash: &[u8]) -> QueryResult<Option<Spent>> {
    refresh_tokens::table
        .find(hash)
        .select((
            refresh_tokens::session_id,
            refresh_tokens::used_at,
            refresh_tokens::successor_sealed,
        ))
        .first(tx.conn())
        .await
        .optional()
}

pub(super) async fn find(tx: &mut impl Tx, id: SessionId) -> QueryResult<Option<SessionRow>> {
    sessions::table
        .find(id)
        .select(SessionRow::as_select())
        .first(tx.conn())
        .await
        .optional()
}

pub(super) async fn touch(tx: &mut impl Tx, id: SessionId) -> QueryResult<()> {
    diesel::update(sessions::table.find(id))
        .set(sessions::last_used_at.eq(clock::now()))
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Ends a session; answers whether it was still open.
pub(super) async fn revoke_session(
    tx: &mut impl Tx,
    id: SessionId,
    reason: &str,
) -> QueryResult<bool> {
    let ended = diesel::update(sessions::table.find(id))
        .filter(sessions::revoked_at.is_null())
        .set((
            sessions::revoked_at.eq(clock::now()),
            sessions::revoked_reason.eq(reason),
        ))
        .execute(tx.conn())
        .await?;
    Ok(ended > 0)
}

/// Ends all sessions of a user, at one dealership or everywhere.
pub(crate) async fn revoke_all(
    tx: &mut impl Tx,
    user: UserId,
    tenant: Option<TenantId>,
    reason: &str,
) -> QueryResult<usize> {
    let mut open = sessions::table
        .filter(
            sessions::user_id
                .eq(user)
                .and(sessions::revoked_at.is_null()),
        )
        .select(sessions::id)
        .into_boxed();
    if let Some(tenant) = tenant {
        open = open.filter(sessions::tenant_id.eq(tenant));
    }
    let ids: Vec<SessionId> = open.load(tx.conn()).await?;
    diesel::update(sessions::table.filter(sessions::id.eq_any(ids)))
        .set((
            sessions::revoked_at.eq(clock::now()),
            sessions::revoked_reason.eq(reason),
        ))
        .execute(tx.conn())
        .await
}
