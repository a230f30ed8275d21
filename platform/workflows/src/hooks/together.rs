//! Deliveries to triggers without limits and signatures: those that come at the same time are
//! accepted in one transaction.

use super::body::Delivery;
use super::dto::HookAccepted;
use super::signature::Signature;
use super::{Hooks, reply, webhook};
use crate::triggers::queries::AtAddress;
use crate::triggers::{WEBHOOK, deliveries, start};
use moka::sync::Cache;
use platform_engine::Taken;
use platform_kernel::tenant::TenantContext;
use platform_kernel::{Result, clock, task};
use std::sync::Arc;
use std::time::Duration;

/// One delivery in 256, those that draw this number, also clears away what is old.
const PRUNE_ON: u8 = 0;

/// What is remembered of triggers; [`Hooks::take_together`] never relies on it.
pub(super) fn known() -> Cache<String, Arc<AtAddress>> {
    Cache::builder()
        .max_capacity(10_000)
        .time_to_idle(Duration::from_secs(600))
        .build()
}

impl Hooks {
    /// `None` when the delivery has to be looked at on its own.
    pub(super) async fn take_together(
        &self,
        tenant: &TenantContext,
        key: &str,
        delivery: &Delivery,
    ) -> Result<Option<(HookAccepted, Option<Duration>)>> {
        // A trigger that has changed is read again, once.
        for _ in 0..2 {
            let at = self.known(tenant, key).await?;
            let listening = &at.listening;
            let config = &listening.trigger.config;
            if listening.trigger.type_ != WEBHOOK || !matches!(Signature::of(config), Ok(None)) {
                return Ok(None);
            }
            let incoming = match webhook::incoming(tenant.id, listening, delivery).await {
                Ok(incoming) => incoming,
                // What is wrong with it is said by the trigger as it is now.
                Err(error) if self.is_current(tenant, key, &at).await? => return Err(error),
                Err(_of_an_old_trigger) => continue,
            };
            let Ok(arrival) = start::arrival(tenant, listening, incoming).await else {
                return Ok(None);
            };
            let (id, repeated) = match self.intake.take(arrival).await? {
                Taken::Accepted(id) => (Some(id), false),
                Taken::Repeated(id) => (id, true),
                Taken::Stale => {
                    self.known.invalidate(key);
                    continue;
                }
            };
            if rand::random::<u8>() == PRUNE_ON {
                self.prune(tenant);
            }
            let accepted = webhook::answer(id, repeated);
            return Ok(Some((accepted, reply::patience(config))));
        }
        Ok(None)
    }

    /// Whether something listens at this address, or did a moment ago.
    pub(super) async fn require_address(&self, tenant: &TenantContext, key: &str) -> Result<()> {
        self.known(tenant, key).await.map(|_known| ())
    }

    /// Whether the trigger is still what is remembered of it; what it is now is remembered.
    async fn is_current(
        &self,
        tenant: &TenantContext,
        key: &str,
        known: &AtAddress,
    ) -> Result<bool> {
        self.known.invalidate(key);
        let now = self.known(tenant, key).await?;
        Ok(now.listening.stamp == known.listening.stamp)
    }

    async fn known(&self, tenant: &TenantContext, key: &str) -> Result<Arc<AtAddress>> {
        if let Some(known) = self.known.get(key)
            && known.until.is_none_or(|until| clock::now() < until)
        {
            return Ok(known);
        }
        let mut tx = self.db.tenant(tenant).await?;
        let found = Arc::new(self.at_address(&mut tx, key).await?);
        tx.commit().await?;
        self.known.insert(key.to_owned(), Arc::clone(&found));
        Ok(found)
    }

    fn prune(&self, tenant: &TenantContext) {
        let (db, tenant) = (self.db.clone(), tenant.clone());
        task::spawn(async move {
            let pruned = async {
                let mut tx = db.tenant(&tenant).await?;
                deliveries::prune(&mut tx, clock::now() - deliveries::NAMED).await?;
                tx.commit().await
            };
            if let Err(error) = pruned.await {
                tracing::warn!(%error, "old deliveries were not cleared away");
            }
        });
    }
}
