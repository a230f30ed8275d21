//! Redis holds what may be lost. Every call here is short, and when Redis is away calls fail at
//! once instead of making each request wait for a time-out.

use crate::transport::{Transport, is_loopback};
use deadpool_redis::redis::{Client, ConnectionAddr, IntoConnectionInfo, TlsCertificates};
use deadpool_redis::{Connection, Manager, Pool, Runtime};
use futures_util::StreamExt;
use platform_kernel::secret::{ExposeSecret, SecretString};
use platform_kernel::{ErrorCode, Result};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::Mutex;

pub type RedisConnection = Connection;

/// After a failure, calls fail at once for this long.
const BACK_OFF: Duration = Duration::from_secs(1);
/// How long a message may take to Redis, and a connection.
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
    /// Makes the pool; nothing is connected yet. `rediss://` is TLS with certificate and host name
    /// checked; in the clear only a server on this machine is spoken to, unless `transport` allows more.
    ///
    /// # Errors
    /// A sentence about the URL or the CA that names no part of the password.
    pub fn new(url: &SecretString, transport: &Transport) -> std::result::Result<Self, String> {
        let client = client(url.expose_secret(), transport)?;
        let manager = Manager::new(client.get_connection_info().clone());
        let pool = Pool::builder(manager.map_err(|error| error.to_string())?)
            .max_size(16)
            .wait_timeout(Some(PATIENCE))
            .create_timeout(Some(PATIENCE))
            .recycle_timeout(Some(PATIENCE))
            .runtime(Runtime::Tokio1)
            .build()
            .map_err(|error| error.to_string())?;
        Ok(Self(Arc::new(Inner {
            pool,
            publisher: Mutex::default(),
            client,
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

fn client(url: &str, transport: &Transport) -> std::result::Result<Client, String> {
    let info = url.into_connection_info().map_err(|error| {
        let what = error.detail().unwrap_or("it cannot be parsed");
        format!("is no URL of Redis: {what}")
    })?;
    match info.addr() {
        ConnectionAddr::TcpTls { insecure: true, .. } => {
            return Err("asks for TLS without a check of the certificate".to_owned());
        }
        ConnectionAddr::TcpTls { .. } => {}
        ConnectionAddr::Tcp(host, _) if is_loopback(host) || transport.allow_plaintext => {}
        ConnectionAddr::Unix(_) => {}
        _ => {
            return Err(
                "asks for a connection in the clear to another machine: use rediss://, or allow it"
                    .to_owned(),
            );
        }
    }
    let Some(ca) = &transport.ca else {
        return Client::open(info).map_err(|error| error.to_string());
    };
    if !matches!(info.addr(), ConnectionAddr::TcpTls { .. }) {
        return Client::open(info).map_err(|error| error.to_string());
    }
    // Checked here too, so that a file without a certificate is a mistake at start.
    transport.client_config()?;
    let certificates = TlsCertificates {
        client_tls: None,
        root_cert: Some(ca.as_bytes().to_vec()),
    };
    Client::build_with_tls(info, certificates).map_err(|error| error.to_string())
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
