//! Redis holds what may be lost. Every call here is short, and when Redis is away calls fail at
//! once instead of making each request wait for a time-out.

use deadpool_redis::redis::Client;
use deadpool_redis::{Config, Connection, Pool, Runtime};
use futures_util::StreamExt;
use platform_kernel::secret::{ExposeSecret, SecretString};
use platform_kernel::{Error, ErrorCode, Result};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::Mutex;

pub type RedisConnection = Connection;

/// After a failure, calls fail at once for this long.
const BACK_OFF: Duration = Duration::from_secs(1);
/// How long a message may take to Redis.
const PATIENCE: Duration = Duration::from_millis(500);

/// The process's way to Redis.
#[derive(Clone)]
pub struct Redis(Arc<Inner>);

struct Inner {
    pool: Pool,
    /// Kept for publishing: taken from the pool each time, it would be asked each time whether it
    /// is alive.
    publisher: Mutex<Option<Connection>>,
    client: Client,
    started: Instant,
    /// Milliseconds after `started` until which Redis counts as away.
    away_until: AtomicU64,
}

impl Redis {
    /// Makes the pool; nothing is connected yet.
    pub fn new(url: &SecretString) -> Result<Self> {
        let mut config = Config::from_url(url.expose_secret());
        let mut pool = deadpool_redis::PoolConfig::new(16);
        pool.timeouts.wait = Some(Duration::from_millis(500));
        pool.timeouts.create = Some(Duration::from_millis(500));
        pool.timeouts.recycle = Some(Duration::from_millis(500));
        config.pool = Some(pool);
        Ok(Self(Arc::new(Inner {
            pool: config
                .create_pool(Some(Runtime::Tokio1))
                .map_err(Error::internal)?,
            publisher: Mutex::default(),
            client: Client::open(url.expose_secret()).map_err(Error::internal)?,
            started: Instant::now(),
            away_until: AtomicU64::new(0),
        })))
    }

    /// A connection, or `unavailable` at once while Redis is known to be away.
    pub async fn get(&self) -> Result<RedisConnection> {
        if self.elapsed() < self.0.away_until.load(Ordering::Relaxed) {
            return Err(ErrorCode::Unavailable.detail("Redis is away"));
        }
        self.try_get().await
    }

    /// A connection, tried for even while Redis counts as away: for those who have nothing else
    /// to turn to, and would rather wait than refuse because of one call that was slow.
    pub async fn try_get(&self) -> Result<RedisConnection> {
        self.0.pool.get().await.map_err(|cause| {
            self.failed();
            ErrorCode::Unavailable.because(cause)
        })
    }

    /// Notes that a command failed, so that the next ones don't wait.
    pub fn failed(&self) {
        let until = self.elapsed() + u64::try_from(BACK_OFF.as_millis()).unwrap_or(1_000);
        self.0.away_until.store(until, Ordering::Relaxed);
    }

    /// Whether Redis answers.
    pub async fn ping(&self) -> Result<()> {
        let mut connection = self.get().await?;
        deadpool_redis::redis::cmd("PING")
            .query_async::<()>(&mut connection)
            .await
            .map_err(|cause| ErrorCode::Unavailable.because(cause))
    }

    /// Publishes; nobody is told when Redis is away, because whoever listens also polls.
    pub async fn publish(&self, channel: &str, message: &str) {
        let message = (channel.to_owned(), message.to_owned());
        self.publish_all(&[message]).await;
    }

    /// Publishes many (channel, message) in one round trip.
    pub async fn publish_all(&self, messages: &[(String, String)]) {
        let mut publisher = self.0.publisher.lock().await;
        let mut connection = match publisher.take() {
            Some(connection) => connection,
            None => match self.get().await {
                Ok(connection) => connection,
                Err(_away) => return,
            },
        };
        let mut pipeline = deadpool_redis::redis::pipe();
        for (channel, message) in messages {
            pipeline.publish(channel, message).ignore();
        }
        let publishing = pipeline.query_async::<()>(&mut connection);
        match tokio::time::timeout(PATIENCE, publishing).await {
            Ok(Ok(())) => *publisher = Some(connection),
            Ok(Err(error)) => {
                self.failed();
                tracing::debug!(%error, "publish failed");
            }
            Err(_elapsed) => self.failed(),
        }
    }

    /// Listens to channels that match `patterns`; ends when the connection breaks, and whoever
    /// listens subscribes again.
    pub async fn subscribe(&self, patterns: &[&str]) -> Result<Subscription> {
        let away = |cause| ErrorCode::Unavailable.because(cause);
        let mut pubsub = self.0.client.get_async_pubsub().await.map_err(away)?;
        for pattern in patterns {
            pubsub.psubscribe(*pattern).await.map_err(away)?;
        }
        let messages = pubsub.into_on_message().filter_map(async |message| {
            let payload = message.get_payload::<String>().ok()?;
            Some((message.get_channel_name().to_owned(), payload))
        });
        Ok(Subscription(Box::pin(messages)))
    }

    fn elapsed(&self) -> u64 {
        u64::try_from(self.0.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

/// Messages of the channels subscribed to.
pub struct Subscription(
    std::pin::Pin<Box<dyn futures_util::Stream<Item = (String, String)> + Send>>,
);

impl Subscription {
    /// The next (channel, message); `None` when the connection broke.
    pub async fn next(&mut self) -> Option<(String, String)> {
        self.0.next().await
    }
}
