//! Addresses of hooks as the database keeps them: found by a keyed hash, and sealed for those who
//! may edit the workflow. Whoever reads the tables has no address to post to.

use super::key;
use super::model::{TriggerRow, has_hook};
use chrono::{DateTime, TimeDelta, Utc};
use diesel::dsl::exists;
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use platform_db::schema::tenant::{hook_addresses, workflow_triggers};
use platform_db::{QueryResult, TenantTx};
use platform_kernel::id::{TenantId, WorkflowId};
use platform_kernel::secret::MasterKey;
use platform_kernel::{Error, Result, clock};
use uuid::Uuid;

/// Under which address hooks are reached from outside, and how their keys are kept.
#[derive(Clone)]
pub struct HookAddresses {
    base: String,
    keys: HookKeys,
}

/// Hashes and seals the keys of hooks.
#[derive(Clone)]
pub struct HookKeys {
    hashes: MasterKey,
    seals: MasterKey,
}

/// A row of `hook_addresses`.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = hook_addresses, check_for_backend(diesel::pg::Pg))]
pub(crate) struct Address {
    key_hash: Vec<u8>,
    trigger_id: Uuid,
    sealed: Vec<u8>,
    expires_at: Option<DateTime<Utc>>,
}

/// What a trigger's addresses are to those who may see them.
#[derive(Debug, Default)]
pub(super) struct Shown {
    pub(super) url: Option<String>,
    pub(super) previous_until: Option<DateTime<Utc>>,
}

impl HookKeys {
    pub fn new(master: &MasterKey) -> Self {
        Self {
            hashes: master.subkey("hook-address/hash"),
            seals: master.subkey("hook-address/seal"),
        }
    }

    /// What a key is found by.
    pub(crate) fn hash(&self, key: &str) -> Vec<u8> {
        self.hashes.mac(&[key.as_bytes()])
    }

    fn open(&self, address: &Address) -> Result<String> {
        let place = place(address.trigger_id, &address.key_hash);
        let key = self.seals.open(&place, &address.sealed)?;
        String::from_utf8(key).map_err(Error::internal)
    }

    /// Gives the trigger an address if it has none: `known`, where the version before this table
    /// gave it one, else a new one.
    pub(crate) async fn ensure(
        &self,
        connection: &mut AsyncPgConnection,
        tenant: TenantId,
        trigger: Uuid,
        known: Option<&str>,
    ) -> Result<()> {
        let current = hook_addresses::table
            .filter(hook_addresses::trigger_id.eq(trigger))
            .filter(hook_addresses::expires_at.is_null());
        if diesel::select(exists(current))
            .get_result(connection)
            .await?
        {
            return Ok(());
        }
        let key = known.map_or_else(|| key::new_key(tenant), str::to_owned);
        self.insert(connection, trigger, &key).await
    }

    /// Makes `key` the trigger's current address. Two processes that do so at once agree on one.
    async fn insert(
        &self,
        connection: &mut AsyncPgConnection,
        trigger: Uuid,
        key: &str,
    ) -> Result<()> {
        let hash = self.hash(key);
        let sealed = self.seals.seal(&place(trigger, &hash), key.as_bytes())?;
        diesel::insert_into(hook_addresses::table)
            .values((
                hook_addresses::trigger_id.eq(trigger),
                hook_addresses::key_hash.eq(hash),
                hook_addresses::sealed.eq(sealed),
            ))
            .on_conflict_do_nothing()
            .execute(connection)
            .await?;
        Ok(())
    }

    /// Replaces the trigger's address. Those before it work for `grace` more, or not at all when
    /// that is zero. The trigger's row changes with it, so that no process goes on with what it
    /// remembers of the trigger.
    pub(super) async fn rotate(
        &self,
        tx: &mut TenantTx,
        trigger: &TriggerRow,
        grace: TimeDelta,
    ) -> Result<Option<DateTime<Utc>>> {
        let tenant = tx.tenant().id;
        let until = (grace > TimeDelta::zero()).then(|| clock::now() + grace);
        let connection = tx.conn();
        if let Some(until) = until {
            let known = trigger.key.as_deref();
            self.ensure(connection, tenant, trigger.id, known).await?;
            end(connection, trigger.id, until).await?;
        } else {
            let all = hook_addresses::table.filter(hook_addresses::trigger_id.eq(trigger.id));
            diesel::delete(all).execute(connection).await?;
        }
        diesel::update(workflow_triggers::table.find(trigger.id))
            .set(workflow_triggers::key.eq(None::<String>))
            .execute(connection)
            .await?;
        let key = key::new_key(tenant);
        self.insert(connection, trigger.id, &key).await?;
        Ok(until)
    }
}

/// A sealed key opens as that of its trigger and hash alone.
fn place(trigger: Uuid, hash: &[u8]) -> String {
    let hash = data_encoding::HEXLOWER.encode(hash);
    format!("hook_addresses/sealed/{trigger}/{hash}")
}

/// Ends the current address later, and clears away those that have ended.
async fn end(
    connection: &mut AsyncPgConnection,
    trigger: Uuid,
    until: DateTime<Utc>,
) -> QueryResult<()> {
    let of_trigger = hook_addresses::trigger_id.eq(trigger);
    diesel::delete(hook_addresses::table.filter(of_trigger))
        .filter(hook_addresses::expires_at.lt(clock::now()))
        .execute(connection)
        .await?;
    diesel::update(hook_addresses::table.filter(of_trigger))
        .filter(hook_addresses::expires_at.is_null())
        .set(hook_addresses::expires_at.eq(until))
        .execute(connection)
        .await?;
    Ok(())
}

/// The addresses of a workflow's triggers that work.
pub(crate) async fn list(tx: &mut TenantTx, workflow: WorkflowId) -> QueryResult<Vec<Address>> {
    hook_addresses::table
        .inner_join(
            workflow_triggers::table.on(workflow_triggers::id.eq(hook_addresses::trigger_id)),
        )
        .filter(workflow_triggers::workflow_id.eq(workflow))
        .filter(works())
        .select(Address::as_select())
        .load(tx.conn())
        .await
}

/// Whether an address still works.
#[diesel::dsl::auto_type(no_type_alias)]
pub(super) fn works() -> _ {
    let now: DateTime<Utc> = clock::now();
    hook_addresses::expires_at
        .is_null()
        .or(hook_addresses::expires_at.assume_not_null().gt(now))
}

impl HookAddresses {
    /// `public_url` is the platform's own, for example `https://auterity.example`.
    pub fn new(public_url: &str, keys: HookKeys) -> Self {
        Self {
            base: public_url.trim_end_matches('/').to_owned(),
            keys,
        }
    }

    pub(crate) fn keys(&self) -> &HookKeys {
        &self.keys
    }

    /// What those who may edit the workflow see of the trigger's addresses.
    pub(super) fn shown(&self, row: &TriggerRow, addresses: &[Address]) -> Shown {
        if !has_hook(&row.type_) {
            return Shown::default();
        }
        let mine = || addresses.iter().filter(|a| a.trigger_id == row.id);
        let current = mine().find(|address| address.expires_at.is_none());
        let key = match current {
            Some(address) => self.keys.open(address).map(Some),
            None => Ok(row.key.clone()),
        };
        // After a change of the secret key it opens no more: the workflow is shown all the same.
        let key = key.unwrap_or_else(|error| {
            tracing::warn!(%error, "a hook's address can only be rotated");
            None
        });
        Shown {
            url: key.map(|key| format!("{}/hooks/{key}", self.base)),
            previous_until: mine().filter_map(|address| address.expires_at).max(),
        }
    }
}

/// Whether the trigger has an address, shown or not.
pub(super) fn has_address(row: &TriggerRow, addresses: &[Address]) -> bool {
    has_hook(&row.type_) && (row.key.is_some() || addresses.iter().any(|a| a.trigger_id == row.id))
}
