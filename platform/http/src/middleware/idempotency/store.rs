//! The table `idempotent_requests`: one in each dealership's schema for its callers, one in the
//! control schema for callers without a dealership.

use super::seal::{Claimed, Seal};
use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Bytea, Nullable, Timestamptz};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use platform_db::{ControlTx, Database, DieselError, TenantTx, statement};
use platform_kernel::clock::now;
use platform_kernel::tenant::TenantContext;
use platform_kernel::{Error, ErrorCode, Result};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// How long an answer can be repeated.
const KEPT: TimeDelta = TimeDelta::hours(24);
/// After this time a request without an answer counts as lost with its process.
const LOCKED: TimeDelta = TimeDelta::minutes(2);

/// Whose table it is.
#[derive(Clone, Debug)]
pub(super) enum Place {
    Control,
    Tenant(TenantContext),
}

/// A key that is ours until the answer is kept.
pub(super) struct Key {
    place: Place,
    claimed: Claimed,
    /// Tells this attempt from a later one that took the key over.
    locked_until: DateTime<Utc>,
}

pub(super) enum Claim {
    /// The first request with this key: it runs.
    Ours(Key),
    Replay(Stored),
}

/// An answer.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Stored {
    pub(super) status: u16,
    pub(super) body: Option<String>,
    pub(super) location: Option<String>,
}

/// The statements on one of the two tables.
struct Sql {
    claim: &'static str,
    find: &'static str,
    finish: &'static str,
    release: &'static str,
}

macro_rules! sql {
    ($table:literal) => {
        Sql {
            claim: concat!(
                "INSERT INTO ",
                $table,
                " AS r (key_hash, request_hash, locked_until, expires_at) VALUES ($1, $2, $3, $4) \
                 ON CONFLICT (key_hash) DO UPDATE SET request_hash = excluded.request_hash, \
                     answer = NULL, locked_until = excluded.locked_until, \
                     expires_at = excluded.expires_at, created_at = now() \
                 WHERE r.expires_at < $5 OR (r.answer IS NULL AND r.locked_until < $6)"
            ),
            find: concat!(
                "SELECT request_hash, answer FROM ",
                $table,
                " WHERE key_hash = $1"
            ),
            finish: concat!(
                "UPDATE ",
                $table,
                " SET answer = $1 WHERE key_hash = $2 AND locked_until = $3"
            ),
            release: concat!(
                "DELETE FROM ",
                $table,
                " WHERE key_hash = $1 AND locked_until = $2"
            ),
        }
    };
}

const CONTROL: Sql = sql!("control.idempotent_requests");
/// The tenant's, by `search_path`.
const TENANT: Sql = sql!("idempotent_requests");

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Bytea)]
    request_hash: Vec<u8>,
    #[diesel(sql_type = Nullable<Bytea>)]
    answer: Option<Vec<u8>>,
}

enum Tx {
    Control(ControlTx),
    Tenant(TenantTx),
}

impl Tx {
    fn conn(&mut self) -> &mut AsyncPgConnection {
        match self {
            Self::Control(tx) => tx.conn(),
            Self::Tenant(tx) => tx.conn(),
        }
    }

    async fn commit(self) -> Result<()> {
        match self {
            Self::Control(tx) => tx.commit().await,
            Self::Tenant(tx) => tx.commit().await,
        }
    }
}

impl Place {
    /// How sealed answers name it.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Control => "control".to_owned(),
            Self::Tenant(tenant) => tenant.id.to_string(),
        }
    }

    fn sql(&self) -> &'static Sql {
        match self {
            Self::Control => &CONTROL,
            Self::Tenant(_) => &TENANT,
        }
    }

    async fn begin(&self, db: &Database) -> Result<Tx> {
        Ok(match self {
            Self::Control => Tx::Control(db.control().await?),
            Self::Tenant(tenant) => Tx::Tenant(db.tenant(tenant).await?),
        })
    }
}

/// Takes the key, or tells what became of the request that has it. `None` in a dealership whose
/// schema is behind and has no table yet: there a request runs as if it had no key.
pub(super) async fn claim(
    db: &Database,
    seal: &Seal,
    place: Place,
    claimed: Claimed,
) -> Result<Option<Claim>> {
    let now = now();
    let locked_until = now + LOCKED;
    let sql = place.sql();
    let mut tx = place.begin(db).await?;
    let taken = statement(sql.claim)
        .bind::<Bytea, _>(&claimed.key_hash)
        .bind::<Bytea, _>(&claimed.request_hash)
        .bind::<Timestamptz, _>(locked_until)
        .bind::<Timestamptz, _>(now + KEPT)
        .bind::<Timestamptz, _>(now)
        .bind::<Timestamptz, _>(now)
        .execute(tx.conn())
        .await;
    let taken = match taken {
        Err(error) if is_missing(&error) => {
            tracing::warn!("the schema has no idempotent_requests yet: a key was ignored");
            return Ok(None);
        }
        taken => taken?,
    };
    if taken == 1 {
        tx.commit().await?;
        return Ok(Some(Claim::Ours(Key {
            place,
            claimed,
            locked_until,
        })));
    }
    let row: Option<Row> = statement(sql.find)
        .bind::<Bytea, _>(&claimed.key_hash)
        .get_result(tx.conn())
        .await
        .optional()?;
    tx.commit().await?;
    judge(seal, &place, row, &claimed).map(Some)
}

fn is_missing(error: &DieselError) -> bool {
    let DieselError::DatabaseError(_, what) = error else {
        return false;
    };
    what.message() == "relation \"idempotent_requests\" does not exist"
}

fn judge(seal: &Seal, place: &Place, row: Option<Row>, claimed: &Claimed) -> Result<Claim> {
    let running = || {
        let error = Error::from(ErrorCode::IdempotencyInProgress);
        error.retry_after(Duration::from_secs(1))
    };
    // No row: the first request has just failed and released the key.
    let row = row.ok_or_else(running)?;
    if row.request_hash != claimed.request_hash {
        return Err(ErrorCode::IdempotencyMismatch.into());
    }
    let answer = row.answer.ok_or_else(running)?;
    Ok(Claim::Replay(seal.open(place, claimed, &answer)?))
}

/// Keeps the answer. The request has had its effect, so a failure here is only logged.
pub(super) async fn finish(db: &Database, seal: &Seal, key: &Key, stored: &Stored) {
    let update = async {
        let answer = seal.seal(&key.place, &key.claimed, stored)?;
        let mut tx = key.place.begin(db).await?;
        statement(key.place.sql().finish)
            .bind::<Bytea, _>(answer)
            .bind::<Bytea, _>(&key.claimed.key_hash)
            .bind::<Timestamptz, _>(key.locked_until)
            .execute(tx.conn())
            .await?;
        tx.commit().await
    };
    if let Err(error) = update.await {
        tracing::error!(%error, "an idempotent answer could not be kept");
    }
}

/// Frees the key of a request without effect.
pub(super) async fn release(db: &Database, key: &Key) {
    let delete = async {
        let mut tx = key.place.begin(db).await?;
        statement(key.place.sql().release)
            .bind::<Bytea, _>(&key.claimed.key_hash)
            .bind::<Timestamptz, _>(key.locked_until)
            .execute(tx.conn())
            .await?;
        tx.commit().await
    };
    if let Err(error) = delete.await {
        tracing::warn!(%error, "an idempotency key could not be released");
    }
}

/// Forgets answers older than a day that are kept in the control schema; gives how many. Run it now
/// and then. A dealership's own are removed by its retention job.
pub async fn purge_expired_keys(db: &Database) -> Result<usize> {
    let mut tx = db.control().await?;
    let purged = statement("DELETE FROM control.idempotent_requests WHERE expires_at < $1")
        .bind::<Timestamptz, _>(now())
        .execute(tx.conn())
        .await?;
    // Where the version before kept the answers of all dealerships, in the clear; its processes
    // write there until each is replaced.
    statement("DELETE FROM control.idempotency_keys")
        .execute(tx.conn())
        .await?;
    tx.commit().await?;
    Ok(purged)
}
