//! What browsers see at once. Messages are published after the commit that made them true;
//! whoever misses one reads the tables.

use crate::view::{ExecutionChange, ExecutionEventView, ExecutionLogView};
use platform_db::Redis;
use platform_kernel::id::{ExecutionId, TenantId};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{broadcast, mpsc};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

const BUFFER: usize = 4_096;
const RECONNECT: Duration = Duration::from_secs(2);

/// A message as a socket's client gets it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LiveMessage {
    /// `execution:<id>`, `executions`, `leads`, `notifications`.
    pub topic: String,
    /// Its place in the topic, where the topic has an order.
    pub seq: i64,
    /// `event`, `log`, `execution`, `lead`, `notification`.
    #[serde(rename = "type")]
    pub type_: String,
    pub data: Value,
}

/// Tells lists of runs that one was accepted or changed its status. Call it after the commit.
pub(crate) fn execution_changed(bus: &LiveBus, tenant: TenantId, change: &ExecutionChange) {
    tell(bus, tenant, "executions".to_owned(), 0, "execution", change);
}

/// Tells whoever watches a run of one event. Call it after the commit.
pub(crate) fn happened(
    bus: &LiveBus,
    tenant: TenantId,
    id: ExecutionId,
    event: &ExecutionEventView,
) {
    tell(
        bus,
        tenant,
        format!("execution:{id}"),
        event.seq,
        "event",
        event,
    );
}

/// Tells whoever watches a run of one line of its log. Call it after the commit.
pub(crate) fn logged(bus: &LiveBus, tenant: TenantId, id: ExecutionId, line: &ExecutionLogView) {
    tell(
        bus,
        tenant,
        format!("execution:{id}"),
        line.seq,
        "log",
        line,
    );
}

fn tell(
    bus: &LiveBus,
    tenant: TenantId,
    topic: String,
    seq: i64,
    type_: &str,
    data: &impl Serialize,
) {
    let message = LiveMessage {
        topic,
        seq,
        type_: type_.to_owned(),
        // Views hold text, numbers and JSON, which can always be written.
        data: serde_json::to_value(data).unwrap_or(Value::Null),
    };
    bus.publish(tenant, message);
}

/// A message with the tenant it belongs to.
#[derive(Clone, Debug)]
pub struct Delivery {
    pub tenant: TenantId,
    pub message: Arc<LiveMessage>,
}

/// Processes publish here, each under its own name: `auterity:live:<origin>:<tenant>`. What comes
/// back to its sender is told by that, without being read.
const CHANNEL: &str = "auterity:live:";
/// Messages that go to Redis at once at most.
const BATCH: usize = 256;
/// Messages within this time go to other processes together; this one's own hear them at once.
const GATHER: Duration = Duration::from_millis(5);

/// Carries live messages within the process and, through Redis, between processes.
#[derive(Clone)]
pub struct LiveBus(Arc<Inner>);

struct Inner {
    origin: Uuid,
    here: broadcast::Sender<Delivery>,
    elsewhere: Option<(Redis, mpsc::Sender<Delivery>)>,
}

impl LiveBus {
    /// Without Redis, messages stay within the process. Call it inside the runtime.
    pub fn new(redis: Option<Redis>) -> Self {
        let origin = Uuid::now_v7();
        let elsewhere = redis.map(|redis| {
            let (sender, receiver) = mpsc::channel(BUFFER);
            platform_kernel::task::spawn(publish(redis.clone(), origin, receiver));
            (redis, sender)
        });
        Self(Arc::new(Inner {
            origin,
            here: broadcast::Sender::new(BUFFER),
            elsewhere,
        }))
    }

    /// Publishes to whoever listens now. Never waits: when too much is on its way, messages to
    /// other processes are dropped and counted.
    pub fn publish(&self, tenant: TenantId, message: LiveMessage) {
        let message = Arc::new(message);
        let delivery = Delivery { tenant, message };
        if let Some((_, sender)) = &self.0.elsewhere
            && sender.try_send(delivery.clone()).is_err()
        {
            metrics::counter!("auterity_engine_live_dropped_total").increment(1);
        }
        // Nobody listening is fine.
        let _ = self.0.here.send(delivery);
    }

    /// Everything published from now on, by any process.
    pub fn subscribe(&self) -> broadcast::Receiver<Delivery> {
        self.0.here.subscribe()
    }

    /// Passes on what other processes publish until `shutdown`; the process that holds the
    /// sockets runs it.
    pub async fn listen(self, shutdown: CancellationToken) {
        let Some((redis, _)) = self.0.elsewhere.clone() else {
            return;
        };
        let listen = async {
            loop {
                if let Ok(mut messages) = redis.subscribe(&[&format!("{CHANNEL}*")]).await {
                    while let Some((channel, text)) = messages.next().await {
                        self.deliver(&channel, &text);
                    }
                }
                tokio::time::sleep(RECONNECT).await;
            }
        };
        tokio::select! {
            () = shutdown.cancelled() => {}
            () = listen => {}
        }
    }

    fn deliver(&self, channel: &str, text: &str) {
        let sender = channel.strip_prefix(CHANNEL);
        let Some((origin, tenant)) = sender.and_then(|sender| sender.split_once(':')) else {
            return;
        };
        if origin.parse() == Ok(self.0.origin) {
            return;
        }
        let messages = serde_json::from_str::<Vec<LiveMessage>>(text);
        if let (Ok(tenant), Ok(messages)) = (tenant.parse::<TenantId>(), messages) {
            for message in messages.into_iter().map(Arc::new) {
                let _ = self.0.here.send(Delivery { tenant, message });
            }
        }
    }
}

/// Those of one tenant that come at about the same time are one message of Redis, in their order.
async fn publish(redis: Redis, origin: Uuid, mut messages: mpsc::Receiver<Delivery>) {
    let mut batch = Vec::new();
    while messages.recv_many(&mut batch, BATCH).await > 0 {
        if batch.len() < BATCH {
            tokio::time::sleep(GATHER).await;
        }
        while batch.len() < BATCH
            && let Ok(message) = messages.try_recv()
        {
            batch.push(message);
        }
        let mut tenants: BTreeMap<TenantId, Vec<&LiveMessage>> = BTreeMap::new();
        for delivery in &batch {
            let of_tenant = tenants.entry(delivery.tenant).or_default();
            of_tenant.push(&delivery.message);
        }
        let texts: Vec<(String, String)> = tenants
            .into_iter()
            .filter_map(|(tenant, messages)| {
                let channel = format!("{CHANNEL}{origin}:{tenant}");
                Some((channel, serde_json::to_string(&messages).ok()?))
            })
            .collect();
        redis.publish_all(&texts).await;
        batch.clear();
    }
}
