use crate::transaction::Tx;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use platform_db::QueryResult;
use platform_db::schema::control::signups;
use platform_kernel::clock;
use platform_kernel::id::{SignupId, TenantId, UserId};

#[derive(Insertable)]
#[diesel(table_name = signups)]
pub(super) struct NewSignup<'a> {
    pub(super) id: SignupId,
    pub(super) group_name: &'a str,
    pub(super) dealership_name: &'a str,
    pub(super) name: &'a str,
    pub(super) email: &'a str,
    pub(super) mails_sent: i32,
    pub(super) expires_at: DateTime<Utc>,
}

#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = signups)]
pub(super) struct Signup {
    pub(super) id: SignupId,
    pub(super) group_name: String,
    pub(super) dealership_name: String,
    pub(super) name: String,
    pub(super) email: String,
    /// Mails asked for so far, the first one included.
    pub(super) mails_sent: i32,
    pub(super) expires_at: DateTime<Utc>,
    pub(super) verified_at: Option<DateTime<Utc>>,
    pub(super) tenant_id: Option<TenantId>,
}

pub(super) async fn insert(tx: &mut impl Tx, signup: &NewSignup<'_>) -> QueryResult<()> {
    diesel::insert_into(signups::table)
        .values(signup)
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Locks the row until the transaction ends.
pub(super) async fn lock(tx: &mut impl Tx, id: SignupId) -> QueryResult<Option<Signup>> {
    signups::table
        .find(id)
        .select(Signup::as_select())
        .for_update()
        .first(tx.conn())
        .await
        .optional()
}

pub(super) async fn find_by_token(tx: &mut impl Tx, hash: &[u8]) -> QueryResult<Option<Signup>> {
    signups::table
        .filter(signups::token_hash.eq(hash))
        .select(Signup::as_select())
        .first(tx.conn())
        .await
        .optional()
}

pub(super) async fn lock_by_token(tx: &mut impl Tx, hash: &[u8]) -> QueryResult<Option<Signup>> {
    signups::table
        .filter(signups::token_hash.eq(hash))
        .select(Signup::as_select())
        .for_update()
        .first(tx.conn())
        .await
        .optional()
}

/// Asks for one mail more: the token of the one before is worth nothing from here on.
pub(super) async fn ask_again(tx: &mut impl Tx, id: SignupId) -> QueryResult<()> {
    diesel::update(signups::table.find(id))
        .set((
            signups::mails_sent.eq(signups::mails_sent + 1),
            signups::token_hash.eq(None::<Vec<u8>>),
        ))
        .execute(tx.conn())
        .await?;
    Ok(())
}

pub(super) async fn set_token(
    tx: &mut impl Tx,
    id: SignupId,
    hash: &[u8],
    expires_at: DateTime<Utc>,
) -> QueryResult<()> {
    diesel::update(signups::table.find(id))
        .set((
            signups::token_hash.eq(hash),
            signups::expires_at.eq(expires_at),
        ))
        .execute(tx.conn())
        .await?;
    Ok(())
}

pub(super) async fn set_verified(
    tx: &mut impl Tx,
    id: SignupId,
    user: UserId,
    tenant: TenantId,
) -> QueryResult<()> {
    diesel::update(signups::table.find(id))
        .set((
            signups::verified_at.eq(clock::now()),
            signups::user_id.eq(Some(user.0)),
            signups::tenant_id.eq(Some(tenant.0)),
        ))
        .execute(tx.conn())
        .await?;
    Ok(())
}
