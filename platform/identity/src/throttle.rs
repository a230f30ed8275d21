//! Counts failed sign-ins of one account. How many requests one address may make is the
//! business of `platform/http`.

use deadpool_redis::redis;
use moka::sync::Cache;
use platform_db::Redis;
use platform_kernel::secret::MasterKey;
use platform_kernel::{Error, ErrorCode, Result};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

const FAILURES: u32 = 10;
const WINDOW: Duration = Duration::from_secs(15 * 60);

pub(crate) struct Throttle {
    redis: Redis,
    master: MasterKey,
    /// Counts while Redis is away.
    local: Cache<String, Arc<AtomicU32>>,
}

/// A sign-in that is being tried; it counts as failed unless it is forgiven.
pub(crate) struct Attempt<'a> {
    throttle: &'a Throttle,
    key: String,
}

impl Throttle {
    pub(crate) fn new(redis: Redis, master: MasterKey) -> Self {
        let local = Cache::builder()
            .max_capacity(100_000)
            .time_to_live(WINDOW)
            .build();
        Self {
            redis,
            master,
            local,
        }
    }

    /// Counts one more attempt at `account` before the password is looked at, so that attempts
    /// made at once are counted too.
    pub(crate) async fn attempt(&self, place: &str, account: &str) -> Result<Attempt<'_>> {
        let key = self.key(place, account);
        let (count, wait) = match self.count(&key).await {
            Ok(counted) => counted,
            Err(error) => {
                tracing::debug!(%error, "counting failed sign-ins in the process");
                let counter = self.local.get_with_by_ref(&key, Arc::default);
                (counter.fetch_add(1, Ordering::Relaxed) + 1, WINDOW)
            }
        };
        if count > FAILURES {
            metrics::counter!("auterity_identity_sign_ins_throttled_total").increment(1);
            return Err(ErrorCode::RateLimited
                .detail("too many failed attempts to sign in to this account")
                .retry_after(wait));
        }
        Ok(Attempt {
            throttle: self,
            key,
        })
    }

    async fn count(&self, key: &str) -> Result<(u32, Duration)> {
        let mut connection = self.redis.get().await?;
        let counted: redis::RedisResult<(u32, i64)> = redis::pipe()
            .atomic()
            .cmd("SET")
            .arg(key)
            .arg(0)
            .arg("EX")
            .arg(WINDOW.as_secs())
            .arg("NX")
            .ignore()
            .incr(key, 1)
            .ttl(key)
            .query_async(&mut connection)
            .await;
        let (count, seconds) = counted.map_err(|error| {
            self.redis.failed();
            Error::internal(error)
        })?;
        let wait = Duration::from_secs(u64::try_from(seconds).unwrap_or(1).max(1));
        Ok((count, wait))
    }
}

impl Throttle {
    /// Forgets the failures of an account.
    pub(crate) async fn forgive(&self, place: &str, account: &str) {
        self.forget(&self.key(place, account)).await;
    }

    /// Keyed with the master key, so that what Redis holds tells nobody any addresses.
    fn key(&self, place: &str, account: &str) -> String {
        let hash = self.master.derive(&format!("failures\n{place}\n{account}"));
        format!("auterity:identity:failures:{hash}")
    }

    async fn forget(&self, key: &str) {
        self.local.invalidate(key);
        let Ok(mut connection) = self.redis.get().await else {
            return;
        };
        let forgotten = redis::cmd("DEL")
            .arg(key)
            .query_async::<()>(&mut connection)
            .await;
        if let Err(error) = forgotten {
            self.redis.failed();
            tracing::debug!(%error, "failed sign-ins could not be forgotten");
        }
    }
}

impl Attempt<'_> {
    /// The attempt succeeded: earlier failures are forgotten.
    pub(crate) async fn forgive(self) {
        self.throttle.forget(&self.key).await;
    }
}
