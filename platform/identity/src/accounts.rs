//! Users with their membership of one dealership, and the dealerships that they sign in to.

use crate::members::MemberStatus;
use crate::transaction::Tx;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use platform_db::QueryResult;
use platform_db::schema::control::{groups, memberships, tenants, users};
use platform_kernel::clock;
use platform_kernel::id::{GroupId, TenantId, UserId};
use platform_kernel::tenant::{TenantContext, TenantStatus};
use policies::Role;
use uuid::Uuid;

platform_kernel::words! {
    /// Whether a person may sign in anywhere.
    pub(crate) enum UserStatus {
        Active = "active",
        Disabled = "disabled",
    }
}

/// A user, and the membership of the dealership that was asked about.
#[derive(Clone, Debug, Queryable)]
pub(crate) struct Account {
    pub(crate) id: UserId,
    pub(crate) group_id: GroupId,
    pub(crate) name: String,
    pub(crate) email: String,
    pub(crate) password_hash: Option<String>,
    pub(crate) status: UserStatus,
    pub(crate) auth_epoch: i64,
    pub(crate) is_platform: bool,
    /// Role and status.
    pub(crate) membership: Option<(String, MemberStatus)>,
}

impl Account {
    /// What the user may be at `tenant` (or on the platform); `None` when shut out.
    pub(crate) fn role(&self, tenant: Option<TenantId>) -> Option<Role> {
        if self.status != UserStatus::Active {
            return None;
        }
        match (&self.membership, tenant) {
            (Some((role, MemberStatus::Active)), Some(_)) => Role::parse(role),
            (_, None) if self.is_platform => Some(Role::SuperAdmin),
            _ => None,
        }
    }
}

macro_rules! accounts {
    ($tenant:expr) => {
        users::table
            .inner_join(groups::table.on(groups::id.eq(users::group_id)))
            .left_join(
                memberships::table.on(memberships::user_id
                    .eq(users::id)
                    .and(memberships::tenant_id.eq($tenant.map_or(Uuid::nil(), |t| t.0)))),
            )
            .select((
                users::id,
                users::group_id,
                users::name,
                users::email,
                users::password_hash,
                users::status,
                users::auth_epoch,
                groups::is_platform,
                (memberships::role, memberships::status).nullable(),
            ))
    };
}

pub(crate) async fn find_by_email(
    tx: &mut impl Tx,
    group: GroupId,
    email: &str,
    tenant: Option<TenantId>,
) -> QueryResult<Option<Account>> {
    accounts!(tenant)
        .filter(users::group_id.eq(group).and(users::email.eq(email)))
        .first(tx.conn())
        .await
        .optional()
}

pub(crate) async fn find(
    tx: &mut impl Tx,
    user: UserId,
    tenant: Option<TenantId>,
) -> QueryResult<Option<Account>> {
    accounts!(tenant)
        .filter(users::id.eq(user))
        .first(tx.conn())
        .await
        .optional()
}

/// A user to be.
#[derive(Insertable)]
#[diesel(table_name = users)]
pub(crate) struct NewUser<'a> {
    pub(crate) id: UserId,
    pub(crate) group_id: GroupId,
    pub(crate) email: &'a str,
    pub(crate) name: &'a str,
    pub(crate) password_hash: &'a str,
}

pub(crate) async fn insert(tx: &mut impl Tx, user: &NewUser<'_>) -> QueryResult<()> {
    diesel::insert_into(users::table)
        .values(user)
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Makes the membership, or gives one that was disabled its new role and turns it on.
pub(crate) async fn join(
    tx: &mut impl Tx,
    user: UserId,
    tenant: TenantId,
    role: Role,
) -> QueryResult<()> {
    diesel::insert_into(memberships::table)
        .values((
            memberships::user_id.eq(user),
            memberships::tenant_id.eq(tenant),
            memberships::role.eq(role.as_str()),
        ))
        .on_conflict((memberships::user_id, memberships::tenant_id))
        .do_update()
        .set((
            memberships::role.eq(role.as_str()),
            memberships::status.eq(MemberStatus::Active),
            memberships::updated_at.eq(clock::now()),
        ))
        .execute(tx.conn())
        .await?;
    Ok(())
}

pub(crate) async fn set_password_hash(
    tx: &mut impl Tx,
    user: UserId,
    hash: &str,
) -> QueryResult<()> {
    diesel::update(users::table.find(user))
        .set((
            users::password_hash.eq(hash),
            users::updated_at.eq(clock::now()),
        ))
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Replaces a hash by one of the same password, unless the password was changed meanwhile.
pub(crate) async fn strengthen_hash(
    tx: &mut impl Tx,
    user: UserId,
    old: &str,
    new: &str,
) -> QueryResult<()> {
    diesel::update(users::table.find(user))
        .filter(users::password_hash.eq(old))
        .set(users::password_hash.eq(new))
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Every access token of the user is dead from here on.
pub(crate) async fn raise_epoch(tx: &mut impl Tx, user: UserId) -> QueryResult<()> {
    diesel::update(users::table.find(user))
        .set((
            users::auth_epoch.eq(users::auth_epoch + 1),
            users::updated_at.eq(clock::now()),
        ))
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Notes that the user was here. Answers false when the account was changed since it was read:
/// its password was reset or its access taken away while the password was being verified.
pub(crate) async fn saw(tx: &mut impl Tx, user: UserId, epoch: i64) -> QueryResult<bool> {
    let seen = diesel::update(users::table.find(user))
        .filter(users::auth_epoch.eq(epoch))
        .filter(users::status.eq(UserStatus::Active))
        .set(users::last_seen_at.eq(clock::now()))
        .execute(tx.conn())
        .await?;
    Ok(seen > 0)
}

macro_rules! tenant_columns {
    () => {
        (
            tenants::id,
            tenants::group_id,
            tenants::slug,
            tenants::name,
            tenants::time_zone,
            tenants::status,
            tenants::auth_epoch,
        )
    };
}

type TenantRow = (TenantId, GroupId, String, String, String, String, i64);

fn context((id, group_id, slug, name, time_zone, status, auth_epoch): TenantRow) -> TenantContext {
    TenantContext {
        id,
        group_id,
        slug,
        name,
        time_zone,
        status: TenantStatus::read(&status),
        auth_epoch,
    }
}

/// The tenant as it is now: the registry's copy may be seconds old, and a token that was issued
/// for an old epoch would be dead on arrival.
pub(crate) async fn tenant(tx: &mut impl Tx, id: TenantId) -> QueryResult<Option<TenantContext>> {
    let row = tenants::table
        .find(id)
        .select(tenant_columns!())
        .first::<TenantRow>(tx.conn())
        .await
        .optional()?;
    Ok(row.map(context))
}

pub(crate) async fn tenant_by_slug(
    tx: &mut impl Tx,
    slug: &str,
) -> QueryResult<Option<TenantContext>> {
    let row = tenants::table
        .filter(tenants::slug.eq(slug))
        .select(tenant_columns!())
        .first::<TenantRow>(tx.conn())
        .await
        .optional()?;
    Ok(row.map(context))
}

/// Dealerships where the user is an active member.
pub(crate) async fn tenants_of(tx: &mut impl Tx, user: UserId) -> QueryResult<Vec<TenantContext>> {
    let rows = tenants::table
        .inner_join(memberships::table.on(memberships::tenant_id.eq(tenants::id)))
        .filter(
            memberships::user_id
                .eq(user)
                .and(memberships::status.eq(MemberStatus::Active)),
        )
        .select(tenant_columns!())
        .load::<TenantRow>(tx.conn())
        .await?;
    Ok(rows.into_iter().map(context).collect())
}

/// The group of those who run the platform.
pub(crate) async fn platform_group(tx: &mut impl Tx) -> QueryResult<Option<GroupId>> {
    groups::table
        .filter(groups::is_platform)
        .select(groups::id)
        .first(tx.conn())
        .await
        .optional()
}
