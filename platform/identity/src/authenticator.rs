//! Who a bearer token stands for, as of at most a second ago.

use crate::Identity;
use crate::accounts::UserStatus;
use crate::members::MemberStatus;
use async_trait::async_trait;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use moka::future::Cache;
use platform_db::schema::control::{groups, memberships, sessions, tenants, users};
use platform_db::{ControlTx, Database, QueryResult};
use platform_http::{Authenticator, Principal};
use platform_kernel::id::{SessionId, TenantId, UserId};
use platform_kernel::tenant::TenantStatus;
use platform_kernel::{Error, ErrorCode, Result, clock};
use policies::Role;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How old what is known of a session may be: disabling works within this.
const MAX_AGE: Duration = Duration::from_secs(1);

/// How a session, its user, membership and tenant stand.
#[derive(Clone, Debug)]
pub(crate) struct Standing {
    /// Before the question was put, so that the age counts from there.
    asked_at: Instant,
    row: Option<Row>,
}

#[derive(Clone, Debug, Queryable)]
struct Row {
    user_id: UserId,
    tenant_id: Option<TenantId>,
    expires_at: chrono::DateTime<chrono::Utc>,
    revoked_at: Option<chrono::DateTime<chrono::Utc>>,
    user_status: UserStatus,
    user_epoch: i64,
    is_platform: bool,
    /// Role and status.
    membership: Option<(String, MemberStatus)>,
    /// Status and epoch.
    tenant: Option<(String, i64)>,
}

/// What is known of sessions, remembered for a second.
pub(crate) struct Standings {
    db: Database,
    cache: Cache<SessionId, Standing>,
}

impl Standings {
    pub(crate) fn new(db: Database) -> Self {
        let cache = Cache::builder()
            .max_capacity(50_000)
            .time_to_live(MAX_AGE)
            .support_invalidation_closures()
            .build();
        Self { db, cache }
    }

    /// Forgets what this process knows of a user's sessions; others forget within [`MAX_AGE`].
    pub(crate) fn forget_user(&self, user: UserId) {
        let of_user = move |_: &SessionId, standing: &Standing| {
            standing.row.as_ref().is_some_and(|row| row.user_id == user)
        };
        if let Err(error) = self.cache.invalidate_entries_if(of_user) {
            tracing::warn!(%error, "standings could not be forgotten");
        }
    }

    pub(crate) async fn forget_session(&self, session: SessionId) {
        self.cache.invalidate(&session).await;
    }

    async fn of(&self, session: SessionId) -> Result<Standing> {
        let load = || async {
            let asked_at = Instant::now();
            let mut tx = self.db.control().await?;
            let row = find(&mut tx, session).await?;
            tx.commit().await?;
            Ok::<_, Error>(Standing { asked_at, row })
        };
        let shared = |error: Arc<Error>| ErrorCode::Unavailable.because(error.to_string());
        let standing = self
            .cache
            .try_get_with(session, load())
            .await
            .map_err(shared)?;
        if standing.asked_at.elapsed() < MAX_AGE {
            return Ok(standing);
        }
        // The database was slow to answer whoever asked first.
        let standing = load().await?;
        self.cache.insert(session, standing.clone()).await;
        Ok(standing)
    }
}

async fn find(tx: &mut ControlTx, session: SessionId) -> QueryResult<Option<Row>> {
    sessions::table
        .inner_join(users::table.on(users::id.eq(sessions::user_id)))
        .inner_join(groups::table.on(groups::id.eq(users::group_id)))
        .left_join(
            memberships::table.on(memberships::user_id
                .eq(users::id)
                .and(memberships::tenant_id.nullable().eq(sessions::tenant_id))),
        )
        .left_join(tenants::table.on(tenants::id.nullable().eq(sessions::tenant_id)))
        .filter(sessions::id.eq(session))
        .select((
            sessions::user_id,
            sessions::tenant_id,
            sessions::expires_at,
            sessions::revoked_at,
            users::status,
            users::auth_epoch,
            groups::is_platform,
            (memberships::role, memberships::status).nullable(),
            (tenants::status, tenants::auth_epoch).nullable(),
        ))
        .first(tx.conn())
        .await
        .optional()
}

impl Row {
    /// Whether the claims still hold. A dealership that is shut out is named as the reason; all
    /// else is just not signed in.
    ///
    /// Answers the sum of both epochs, as tokens carry it.
    fn confirm(&self, principal: &Principal) -> Result<i64> {
        let fits = self.user_id == principal.user_id
            && self.tenant_id == principal.tenant_id
            && self.revoked_at.is_none()
            && self.expires_at > clock::now()
            && self.user_status == UserStatus::Active;
        if !fits {
            return Err(ErrorCode::Unauthenticated.into());
        }
        let tenant_epoch = match &self.tenant {
            None => 0,
            Some((status, epoch)) => {
                require_open(TenantStatus::read(status))?;
                *epoch
            }
        };
        let role = match (&self.membership, principal.tenant_id) {
            (Some((role, MemberStatus::Active)), Some(_)) => Role::parse(role),
            (_, None) if self.is_platform => Some(Role::SuperAdmin),
            _ => None,
        };
        if role != Some(principal.role) {
            return Err(ErrorCode::Unauthenticated.into());
        }
        Ok(self.user_epoch + tenant_epoch)
    }
}

/// Refuses tenants whose people may not come in now. One that is still being provisioned may.
pub(crate) fn require_open(status: TenantStatus) -> Result<()> {
    match status {
        TenantStatus::Provisioning | TenantStatus::Active => Ok(()),
        TenantStatus::Suspended | TenantStatus::Deleting | TenantStatus::Unknown => {
            Err(ErrorCode::TenantSuspended.into())
        }
        TenantStatus::Deleted => Err(ErrorCode::TenantNotFound.into()),
    }
}

impl Identity {
    /// The standing of the principal's session, if it still holds.
    async fn epoch_of(&self, principal: &Principal) -> Result<i64> {
        let standing = self.standings.of(principal.session_id).await?;
        let row = standing.row.ok_or(ErrorCode::Unauthenticated)?;
        row.confirm(principal)
    }
}

#[async_trait]
impl Authenticator for Identity {
    async fn authenticate(&self, bearer: &str) -> Result<Principal> {
        let claims = self.tokens.verify(&self.keys, bearer).await?;
        let principal = Principal {
            user_id: claims.sub,
            group_id: claims.gid,
            name: claims.name,
            role: claims.role,
            session_id: claims.sid,
            tenant_id: claims.tid,
        };
        if self.epoch_of(&principal).await? == claims.epoch {
            return Ok(principal);
        }
        Err(ErrorCode::Unauthenticated.into())
    }

    /// A socket outlives its token, so what counts is not the token's epoch but what the epoch
    /// stands for: session, account, membership with the same role, and dealership.
    async fn still_valid(&self, principal: &Principal) -> Result<()> {
        self.epoch_of(principal).await.map(drop)
    }
}
