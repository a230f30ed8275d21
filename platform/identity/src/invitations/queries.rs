use crate::transaction::Tx;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use platform_db::QueryResult;
use platform_db::schema::control::{invitations, users};
use platform_kernel::clock;
use platform_kernel::id::{InvitationId, TenantId, UserId};
use policies::Role;

#[derive(Insertable)]
#[diesel(table_name = invitations)]
pub(super) struct NewInvitation<'a> {
    pub(super) id: InvitationId,
    pub(super) tenant_id: TenantId,
    pub(super) email: &'a str,
    pub(super) name: Option<&'a str>,
    pub(super) role: &'a str,
    pub(super) invited_by: UserId,
    pub(super) expires_at: DateTime<Utc>,
}

#[derive(Clone, Debug, Queryable)]
pub(crate) struct Invitation {
    pub(super) id: InvitationId,
    pub(super) tenant_id: TenantId,
    pub(super) email: String,
    pub(super) name: Option<String>,
    role: String,
    pub(super) inviter: UserId,
    /// Name of who invited.
    pub(super) invited_by: String,
    pub(super) expires_at: DateTime<Utc>,
    pub(super) accepted_at: Option<DateTime<Utc>>,
    pub(super) revoked_at: Option<DateTime<Utc>>,
    pub(super) created_at: DateTime<Utc>,
}

impl Invitation {
    /// An unknown word counts as the least role.
    pub(super) fn role(&self) -> Role {
        Role::parse(&self.role).unwrap_or(Role::User)
    }

    pub(super) fn is_pending(&self) -> bool {
        self.accepted_at.is_none() && self.revoked_at.is_none() && self.expires_at > clock::now()
    }
}

macro_rules! invitations {
    () => {
        invitations::table
            .inner_join(users::table.on(users::id.eq(invitations::invited_by)))
            .select((
                invitations::id,
                invitations::tenant_id,
                invitations::email,
                invitations::name,
                invitations::role,
                users::id,
                users::name,
                invitations::expires_at,
                invitations::accepted_at,
                invitations::revoked_at,
                invitations::created_at,
            ))
    };
}

pub(super) async fn insert(tx: &mut impl Tx, new: &NewInvitation<'_>) -> QueryResult<()> {
    diesel::insert_into(invitations::table)
        .values(new)
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Newest first.
pub(super) async fn list(
    tx: &mut impl Tx,
    tenant: TenantId,
    after: Option<(DateTime<Utc>, InvitationId)>,
    limit: i64,
) -> QueryResult<Vec<Invitation>> {
    let mut query = invitations!()
        .filter(invitations::tenant_id.eq(tenant))
        .order((invitations::created_at.desc(), invitations::id.desc()))
        .limit(limit + 1)
        .into_boxed();
    if let Some((at, id)) = after {
        query = query.filter(
            invitations::created_at
                .lt(at)
                .or(invitations::created_at.eq(at).and(invitations::id.lt(id))),
        );
    }
    query.load(tx.conn()).await
}

pub(super) async fn find(tx: &mut impl Tx, id: InvitationId) -> QueryResult<Option<Invitation>> {
    invitations!()
        .filter(invitations::id.eq(id))
        .first(tx.conn())
        .await
        .optional()
}

pub(super) async fn find_by_token(
    tx: &mut impl Tx,
    hash: &[u8],
) -> QueryResult<Option<Invitation>> {
    invitations!()
        .filter(invitations::token_hash.eq(hash))
        .first(tx.conn())
        .await
        .optional()
}

pub(super) async fn count_pending(tx: &mut impl Tx, tenant: TenantId) -> QueryResult<i64> {
    invitations::table
        .filter(invitations::tenant_id.eq(tenant))
        .filter(invitations::accepted_at.is_null())
        .filter(invitations::revoked_at.is_null())
        .filter(invitations::expires_at.gt(clock::now()))
        .count()
        .get_result(tx.conn())
        .await
}

/// An expired invitation gives way to a new one for the same address.
pub(super) async fn revoke_expired(
    tx: &mut impl Tx,
    tenant: TenantId,
    email: &str,
) -> QueryResult<()> {
    let now = clock::now();
    diesel::update(invitations::table)
        .filter(invitations::tenant_id.eq(tenant))
        .filter(invitations::email.eq(email))
        .filter(invitations::accepted_at.is_null())
        .filter(invitations::revoked_at.is_null())
        .filter(invitations::expires_at.le(now))
        .set(invitations::revoked_at.eq(now))
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Takes an open invitation back; answers whether it was open.
pub(super) async fn revoke(tx: &mut impl Tx, id: InvitationId) -> QueryResult<bool> {
    let revoked = diesel::update(invitations::table.find(id))
        .filter(invitations::accepted_at.is_null())
        .filter(invitations::revoked_at.is_null())
        .set(invitations::revoked_at.eq(clock::now()))
        .execute(tx.conn())
        .await?;
    Ok(revoked > 0)
}

/// Takes back what `inviter` invited to `tenant` above the role that they have left; all of it
/// with `None`. Returns ids and addresses.
pub(crate) async fn revoke_above(
    tx: &mut impl Tx,
    tenant: TenantId,
    inviter: UserId,
    left: Option<Role>,
) -> QueryResult<Vec<(InvitationId, String)>> {
    let above = Role::ALL.iter().filter(|role| left < Some(**role));
    let above: Vec<&str> = above.map(|role| role.as_str()).collect();
    diesel::update(invitations::table)
        .filter(invitations::tenant_id.eq(tenant))
        .filter(invitations::invited_by.eq(inviter))
        .filter(invitations::role.eq_any(above))
        .filter(invitations::accepted_at.is_null())
        .filter(invitations::revoked_at.is_null())
        .set(invitations::revoked_at.eq(clock::now()))
        .returning((invitations::id, invitations::email))
        .get_results(tx.conn())
        .await
}

/// Accepts an open invitation, which works for one of all who try.
pub(super) async fn accept(tx: &mut impl Tx, id: InvitationId) -> QueryResult<bool> {
    let now = clock::now();
    let accepted = diesel::update(invitations::table.find(id))
        .filter(invitations::accepted_at.is_null())
        .filter(invitations::revoked_at.is_null())
        .filter(invitations::expires_at.gt(now))
        .set(invitations::accepted_at.eq(now))
        .execute(tx.conn())
        .await?;
    Ok(accepted > 0)
}

pub(super) async fn set_token(tx: &mut impl Tx, id: InvitationId, hash: &[u8]) -> QueryResult<()> {
    diesel::update(invitations::table.find(id))
        .set(invitations::token_hash.eq(hash))
        .execute(tx.conn())
        .await?;
    Ok(())
}
