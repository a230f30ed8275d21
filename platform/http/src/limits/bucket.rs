use super::{Cost, Limit};
use crate::state::HttpState;
use deadpool_redis::redis::{RedisError, cmd};
use platform_db::{Redis, RedisConnection};
use platform_kernel::{Error, ErrorCode, Result};
use std::sync::OnceLock;
use std::time::Duration;

/// A limiter that is slower than this is worse than none.
const TIMEOUT: Duration = Duration::from_millis(150);

/// Takes the cost from every bucket, or nothing when one of them has too little. Gives: allowed, the
/// bucket that decided, its tokens left, milliseconds until it is full (or has enough again).
const SCRIPT: &str = r"
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local cost = tonumber(ARGV[#ARGV])
local left, empty, wait = {}, 0, 0
for i, key in ipairs(KEYS) do
  local burst, rate = tonumber(ARGV[2 * i - 1]), tonumber(ARGV[2 * i])
  local bucket = redis.call('HMGET', key, 'n', 't')
  local n, at = tonumber(bucket[1] or burst), tonumber(bucket[2] or now)
  n = math.min(burst, n + math.max(0, now - at) * rate)
  left[i] = n
  local asked = math.min(cost, burst)
  if n < asked then
    local ms = math.ceil((asked - n) / rate)
    if ms > wait then empty, wait = i, ms end
  end
end
if empty > 0 then return {0, empty, 0, wait} end
local tightest = 1
for i, key in ipairs(KEYS) do
  local burst, rate = tonumber(ARGV[2 * i - 1]), tonumber(ARGV[2 * i])
  left[i] = left[i] - math.min(cost, burst)
  redis.call('HSET', key, 'n', string.format('%.6f', left[i]), 't', string.format('%.0f', now))
  redis.call('PEXPIRE', key, math.ceil(burst / rate) + 1000)
  if left[i] / burst < left[tightest] / tonumber(ARGV[2 * tightest - 1]) then tightest = i end
end
local burst, rate = tonumber(ARGV[2 * tightest - 1]), tonumber(ARGV[2 * tightest])
return {1, tightest, math.floor(left[tightest]), math.ceil((burst - left[tightest]) / rate)}
";

/// What the buckets said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    pub allowed: bool,
    /// The bucket that decided: the empty one, or the emptiest.
    pub limit: Limit,
    pub remaining: u32,
    /// Until the bucket is full, or, when refused, until it has a token again.
    pub reset: Duration,
}

impl Verdict {
    /// The error for a refused request.
    pub fn check(&self) -> Result<()> {
        if self.allowed {
            return Ok(());
        }
        Err(refuse(self.reset))
    }
}

/// The 429 that asks to come back after `wait`.
pub fn refuse(wait: Duration) -> Error {
    metrics::counter!("auterity_http_rate_limited_total").increment(1);
    Error::from(ErrorCode::RateLimited).retry_after(wait)
}

/// Takes `cost` tokens from each bucket. Keys are `auterity:rate:<area>:{<whose>}`; those of one call
/// share the part in braces, which keeps them on one node of a Redis cluster.
pub async fn charge(state: &HttpState, buckets: &[(String, Limit)], cost: Cost) -> Option<Verdict> {
    if !state.rate_limits.enabled || buckets.is_empty() {
        return None;
    }
    match tokio::time::timeout(TIMEOUT, in_redis(&state.redis, buckets, cost)).await {
        Ok(Ok(verdict)) => Some(verdict),
        Ok(Err(_)) => Some(state.local_buckets.charge(buckets, cost)),
        Err(_) => {
            state.redis.failed();
            Some(state.local_buckets.charge(buckets, cost))
        }
    }
}

async fn in_redis(redis: &Redis, buckets: &[(String, Limit)], cost: Cost) -> Result<Verdict> {
    let mut connection = redis.get().await?;
    let answer = run(&mut connection, buckets, cost).await.map_err(|cause| {
        redis.failed();
        ErrorCode::Unavailable.because(cause)
    })?;
    let (allowed, index, remaining, reset) = answer;
    let (_, limit) = index
        .checked_sub(1)
        .and_then(|index| buckets.get(index))
        .ok_or_else(|| Error::internal("the limiter named no bucket"))?;
    Ok(Verdict {
        allowed: allowed == 1,
        limit: *limit,
        remaining,
        reset: Duration::from_millis(reset),
    })
}

type Answer = (u8, usize, u32, u64);

/// By the script's digest; Redis forgets scripts when it restarts, and is then told it again.
async fn run(
    connection: &mut RedisConnection,
    buckets: &[(String, Limit)],
    cost: Cost,
) -> Result<Answer, RedisError> {
    static DIGEST: OnceLock<String> = OnceLock::new();
    if let Some(digest) = DIGEST.get() {
        let answer = call("EVALSHA", digest, buckets, cost)
            .query_async(connection)
            .await;
        match answer {
            Err(error) if error.code() == Some("NOSCRIPT") => {}
            answer => return answer,
        }
    }
    let digest: String = cmd("SCRIPT")
        .arg("LOAD")
        .arg(SCRIPT)
        .query_async(connection)
        .await?;
    let digest = DIGEST.get_or_init(|| digest);
    call("EVALSHA", digest, buckets, cost)
        .query_async(connection)
        .await
}

fn call(
    name: &str,
    digest: &str,
    buckets: &[(String, Limit)],
    cost: Cost,
) -> deadpool_redis::redis::Cmd {
    let mut command = cmd(name);
    command.arg(digest).arg(buckets.len());
    for (key, _) in buckets {
        command.arg(key);
    }
    for (_, limit) in buckets {
        command.arg(limit.burst()).arg(limit.per_ms());
    }
    command.arg(cost.tokens());
    command
}
