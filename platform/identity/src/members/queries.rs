use super::dto::MemberStatus;
use crate::accounts::UserStatus;
use crate::transaction::Tx;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use platform_db::QueryResult;
use platform_db::schema::control::{memberships, tenants, users};
use platform_kernel::clock;
use platform_kernel::id::{TenantId, UserId};
use policies::Role;

#[derive(Clone, Debug, Queryable)]
pub(super) struct Member {
    pub(super) user_id: UserId,
    pub(super) name: String,
    pub(super) email: String,
    role: String,
    status: MemberStatus,
    user_status: UserStatus,
    pub(super) last_seen_at: Option<DateTime<Utc>>,
    pub(super) created_at: DateTime<Utc>,
}

impl Member {
    /// An unknown word counts as the least role.
    pub(super) fn role(&self) -> Role {
        Role::parse(&self.role).unwrap_or(Role::User)
    }

    pub(super) fn status(&self) -> MemberStatus {
        match self.user_status {
            UserStatus::Active => self.status,
            UserStatus::Disabled => MemberStatus::Disabled,
        }
    }
}

macro_rules! members {
    ($tenant:expr) => {
        memberships::table
            .inner_join(users::table.on(users::id.eq(memberships::user_id)))
            .filter(memberships::tenant_id.eq($tenant))
            .select((
                users::id,
                users::name,
                users::email,
                memberships::role,
                memberships::status,
                users::status,
                users::last_seen_at,
                memberships::created_at,
            ))
    };
}

/// Members in the order in which they joined.
pub(super) async fn list(
    tx: &mut impl Tx,
    tenant: TenantId,
    after: Option<(DateTime<Utc>, UserId)>,
    limit: i64,
) -> QueryResult<Vec<Member>> {
    let mut query = members!(tenant)
        .order((memberships::created_at, memberships::user_id))
        .limit(limit + 1)
        .into_boxed();
    if let Some((at, id)) = after {
        query = query.filter(
            memberships::created_at.gt(at).or(memberships::created_at
                .eq(at)
                .and(memberships::user_id.gt(id))),
        );
    }
    query.load(tx.conn()).await
}

pub(super) async fn find(
    tx: &mut impl Tx,
    tenant: TenantId,
    user: UserId,
) -> QueryResult<Option<Member>> {
    members!(tenant)
        .filter(memberships::user_id.eq(user))
        .first(tx.conn())
        .await
        .optional()
}

/// Changes to who works at one dealership wait here for each other.
pub(crate) async fn lock_tenant(tx: &mut impl Tx, tenant: TenantId) -> QueryResult<()> {
    tenants::table
        .find(tenant)
        .select(tenants::id)
        .for_no_key_update()
        .first::<TenantId>(tx.conn())
        .await?;
    Ok(())
}

/// Active dealership admins other than `user`.
pub(super) async fn count_other_admins(
    tx: &mut impl Tx,
    tenant: TenantId,
    user: UserId,
) -> QueryResult<i64> {
    memberships::table
        .inner_join(users::table.on(users::id.eq(memberships::user_id)))
        .filter(memberships::tenant_id.eq(tenant))
        .filter(memberships::user_id.ne(user))
        .filter(memberships::role.eq(Role::DealershipAdmin.as_str()))
        .filter(memberships::status.eq(MemberStatus::Active))
        .filter(users::status.eq(UserStatus::Active))
        .count()
        .get_result(tx.conn())
        .await
}

pub(super) async fn update(
    tx: &mut impl Tx,
    tenant: TenantId,
    user: UserId,
    role: Role,
    status: MemberStatus,
) -> QueryResult<()> {
    diesel::update(memberships::table.find((user, tenant)))
        .set((
            memberships::role.eq(role.as_str()),
            memberships::status.eq(status.as_str()),
            memberships::updated_at.eq(clock::now()),
        ))
        .execute(tx.conn())
        .await?;
    Ok(())
}
