//! One-time tickets: a browser cannot send a bearer token with a WebSocket's handshake.

use crate::state::Principal;
use deadpool_redis::redis::AsyncCommands;
use moka::sync::Cache;
use platform_db::Redis;
use platform_kernel::id::{GroupId, SessionId, TenantId, UserId};
use platform_kernel::secret::{random_token, token_hash};
use platform_kernel::{Error, ErrorCode, Result};
use policies::Role;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// How long a ticket waits to be used.
pub(super) const LIFETIME: Duration = Duration::from_secs(30);

/// Who may open a socket, and at which dealership.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Ticket {
    user_id: UserId,
    group_id: GroupId,
    name: String,
    role: Role,
    session_id: SessionId,
    token_tenant_id: Option<TenantId>,
    pub(super) tenant_id: TenantId,
}

impl Ticket {
    pub(super) fn new(principal: &Principal, tenant_id: TenantId) -> Self {
        Self {
            user_id: principal.user_id,
            group_id: principal.group_id,
            name: principal.name.clone(),
            role: principal.role,
            session_id: principal.session_id,
            token_tenant_id: principal.tenant_id,
            tenant_id,
        }
    }

    pub(super) fn principal(&self) -> Principal {
        Principal {
            user_id: self.user_id,
            group_id: self.group_id,
            name: self.name.clone(),
            role: self.role,
            session_id: self.session_id,
            tenant_id: self.token_tenant_id,
        }
    }
}

/// Tickets given out while Redis was away; they open a socket at this process only.
#[derive(Clone)]
pub(super) struct LocalTickets(Cache<Vec<u8>, Ticket>);

impl Default for LocalTickets {
    fn default() -> Self {
        let cache = Cache::builder()
            .max_capacity(10_000)
            .time_to_live(LIFETIME)
            .build();
        Self(cache)
    }
}

/// Keeps the ticket and gives its secret.
pub(super) async fn issue(redis: &Redis, local: &LocalTickets, ticket: Ticket) -> Result<String> {
    let secret = random_token();
    let hash = token_hash(&secret);
    let json = serde_json::to_string(&ticket).map_err(Error::internal)?;
    let kept = async {
        let mut connection = redis.get().await?;
        let stored = connection.set_ex::<_, _, ()>(key(&hash), json, LIFETIME.as_secs());
        stored.await.map_err(|cause| away(redis, cause))
    };
    if kept.await.is_err() {
        local.0.insert(hash, ticket);
    }
    Ok(secret)
}

/// Gives the ticket once; the second time it is not there any more.
pub(super) async fn redeem(
    redis: &Redis,
    local: &LocalTickets,
    secret: &str,
) -> Result<Option<Ticket>> {
    let hash = token_hash(secret);
    if let Some(ticket) = local.0.remove(&hash) {
        return Ok(Some(ticket));
    }
    let mut connection = redis.try_get().await?;
    let json: Option<String> = connection
        .get_del(key(&hash))
        .await
        .map_err(|cause| away(redis, cause))?;
    json.map(|json| serde_json::from_str(&json).map_err(Error::internal))
        .transpose()
}

fn away(redis: &Redis, cause: deadpool_redis::redis::RedisError) -> Error {
    redis.failed();
    ErrorCode::Unavailable.because(cause)
}

/// Redis sees the hash, so that who reads Redis holds no ticket.
fn key(hash: &[u8]) -> String {
    let hash = data_encoding::HEXLOWER.encode(hash);
    format!("auterity:ticket:{hash}")
}
