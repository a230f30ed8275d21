//! Counts failed passwords of one account. Failures from one place refuse that place alone;
//! failures from everywhere slow guessing down and refuse nobody, so that no stranger can lock
//! an account. How many requests one address may make is the business of `platform/http`.

use crate::device::Source;
use deadpool_redis::redis;
use moka::sync::Cache;
use platform_db::Redis;
use platform_kernel::secret::MasterKey;
use platform_kernel::{Error, ErrorCode, Result};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// Failures of one account from one network or known browser in `WINDOW`.
const FAILURES: u32 = 10;
const WINDOW: Duration = Duration::from_secs(15 * 60);
/// Failures of one account from all networks in `ACCOUNT_WINDOW` from which on it counts as
/// being guessed at.
const ACCOUNT_FAILURES: u32 = 50;
const ACCOUNT_WINDOW: Duration = Duration::from_secs(60 * 60);
/// Failures that a network has then.
const FAILURES_UNDER_ATTACK: u32 = 3;
/// What each further failure adds to the time that an attempt takes, and the most it can be.
const STEP: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_secs(8);

pub(crate) struct Throttle {
    redis: Redis,
    master: MasterKey,
    /// Counts while Redis is away.
    local: Cache<String, Arc<AtomicU32>>,
}

/// The account that a password is tried for, whether it exists or not. A person has one for all
/// dealerships of the group; a new password makes another one, without failures.
pub(crate) struct Target<'a> {
    /// The group, or the word that names none.
    pub(crate) place: &'a str,
    pub(crate) email: &'a str,
    pub(crate) password_hash: Option<&'a str>,
}

/// A password that is being tried; it counts as failed unless it is forgiven.
pub(crate) struct Attempt<'a> {
    throttle: &'a Throttle,
    own: String,
    account: Option<String>,
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

    /// Counts one more attempt before the password is looked at, so that attempts made at once
    /// are counted too. While the account is being guessed at, returns only after a while,
    /// unless the browser is known.
    pub(crate) async fn attempt(
        &self,
        target: &Target<'_>,
        source: &Source,
    ) -> Result<Attempt<'_>> {
        let account = self.key(target, "all");
        let own = match source {
            Source::Device(id) => self.key(target, &format!("device/{id}")),
            Source::Network(network) => self.key(target, &format!("net/{}", network.as_str())),
        };
        let (count, wait) = self.count(&own, WINDOW).await;
        if count > FAILURES {
            return Err(refused(wait));
        }
        if matches!(source, Source::Device(_)) {
            return Ok(self.admitted(own, None));
        }
        let (total, _) = self.count(&account, ACCOUNT_WINDOW).await;
        let excess = total.saturating_sub(ACCOUNT_FAILURES);
        if excess > 0 && count > FAILURES_UNDER_ATTACK {
            self.uncount(&account).await;
            return Err(refused(wait));
        }
        if excess > 0 {
            metrics::counter!("auterity_identity_sign_ins_slowed_total").increment(1);
            tokio::time::sleep(STEP.saturating_mul(excess).min(LONGEST)).await;
        }
        Ok(self.admitted(own, Some(account)))
    }

    fn admitted(&self, own: String, account: Option<String>) -> Attempt<'_> {
        Attempt {
            throttle: self,
            own,
            account,
        }
    }

    /// Keyed with the master key, so that Redis holds no addresses.
    fn key(&self, target: &Target<'_>, counter: &str) -> String {
        let Target {
            place,
            email,
            password_hash,
        } = target;
        let secret = password_hash.unwrap_or_default();
        let hash = self
            .master
            .derive(&format!("failures\n{place}\n{email}\n{secret}\n{counter}"));
        format!("auterity:identity:failures:{hash}")
    }

    /// The count with one more, and how long until it begins anew.
    async fn count(&self, key: &str, window: Duration) -> (u32, Duration) {
        match self.count_in_redis(key, window).await {
            Ok(counted) => counted,
            Err(error) => {
                tracing::debug!(%error, "counting failed sign-ins in the process");
                let counter = self.local.get_with_by_ref(key, Arc::default);
                (counter.fetch_add(1, Ordering::Relaxed) + 1, WINDOW)
            }
        }
    }

    async fn count_in_redis(&self, key: &str, window: Duration) -> Result<(u32, Duration)> {
        let mut connection = self.redis.get().await?;
        let counted: redis::RedisResult<(u32, i64)> = redis::pipe()
            .atomic()
            .cmd("SET")
            .arg(key)
            .arg(0)
            .arg("EX")
            .arg(window.as_secs())
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

    async fn forget(&self, key: &str) {
        self.local.invalidate(key);
        let mut forget = redis::cmd("DEL");
        self.change(forget.arg(key)).await;
    }

    /// Takes one attempt out of a count that is still kept.
    async fn uncount(&self, key: &str) {
        if let Some(counter) = self.local.get(key) {
            let less = |count: u32| Some(count.saturating_sub(1));
            let _before = counter.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less);
        }
        // A count that has expired must not come back without an end.
        let script = "local n = tonumber(redis.call('GET', KEYS[1]) or '0') \
            if n > 0 then redis.call('DECR', KEYS[1]) end";
        let mut less = redis::cmd("EVAL");
        self.change(less.arg(script).arg(1).arg(key)).await;
    }

    async fn change(&self, command: &redis::Cmd) {
        let Ok(mut connection) = self.redis.get().await else {
            return;
        };
        if let Err(error) = command.query_async::<()>(&mut connection).await {
            self.redis.failed();
            tracing::debug!(%error, "a count of failed sign-ins could not be changed");
        }
    }
}

impl Attempt<'_> {
    /// The attempt succeeded: earlier failures of the place are forgotten, and the attempt does
    /// not count for the account.
    pub(crate) async fn forgive(self) {
        self.throttle.forget(&self.own).await;
        if let Some(account) = &self.account {
            self.throttle.uncount(account).await;
        }
    }
}

fn refused(wait: Duration) -> Error {
    metrics::counter!("auterity_identity_sign_ins_throttled_total").increment(1);
    ErrorCode::RateLimited
        .detail("too many failed attempts to sign in to this account from here")
        .retry_after(wait)
}
