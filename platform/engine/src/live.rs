//! What browsers see at once. Messages are published after the commit that made them true;
//! whoever misses one reads the tables.

use crate::view::{ExecutionChange, ExecutionEventView, ExecutionLogView};
use platform_db::Redis;
use platform_kernel::id::{ExecutionId, TenantId};
use serde::{Deserialize, Serialize};
use serde_json::Value;
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

/// A message on its way between processes.
#[derive(Serialize, Deserialize)]
struct Envelope {
    origin: Uuid,
    message: LiveMessage,
}

/// Carries live messages within the process and, through Redis, between processes.
#[derive(Clone)]
pub struct LiveBus(Arc<Inner>);

struct Inner {
    origin: Uuid,
    here: broadcast::Sender<Delivery>,
    elsewhere: Option<(Redis, mpsc::Sender<(String, String)>)>,
}

impl LiveBus {
    /// Without Redis, messages stay within the process. Call it inside the runtime.
    pub fn new(redis: Option<Redis>) -> Self {
        let elsewhere = redis.map(|redis| {
            let (sender, receiver) = mpsc::channel(BUFFER);
            platform_kernel::task::spawn(publish(redis.clone(), receiver));
            (redis, sender)
        });
        Self(Arc::new(Inner {
            origin: Uuid::now_v7(),
            here: broadcast::Sender::new(BUFFER),
            elsewhere,
        }))
    }

    /// Publishes to whoever listens now. Never waits: when too much is on its way, messages to
    /// other processes are dropped and counted.
    pub fn publish(&self, tenant: TenantId, message: LiveMessage) {
        if let Some((_, sender)) = &self.0.elsewhere {
            let channel = format!("auterity:live:{tenant}:{}", message.topic);
            let envelope = Envelope {
                origin: self.0.origin,
                message: message.clone(),
            };
            let sent = serde_json::to_string(&envelope)
                .is_ok_and(|text| sender.try_send((channel, text)).is_ok());
            if !sent {
                metrics::counter!("auterity_engine_live_dropped_total").increment(1);
            }
        }
        let message = Arc::new(message);
        // Nobody listening is fine.
        let _ = self.0.here.send(Delivery { tenant, message });
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
                if let Ok(mut messages) = redis.subscribe(&["auterity:live:*"]).await {
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
        let tenant = channel
            .strip_prefix("auterity:live:")
            .and_then(|rest| rest.split(':').next())
            .and_then(|id| id.parse::<TenantId>().ok());
        let envelope = serde_json::from_str::<Envelope>(text).ok();
        if let (Some(tenant), Some(envelope)) = (tenant, envelope)
            && envelope.origin != self.0.origin
        {
            let message = Arc::new(envelope.message);
            let _ = self.0.here.send(Delivery { tenant, message });
        }
    }
}

async fn publish(redis: Redis, mut messages: mpsc::Receiver<(String, String)>) {
    let mut batch = Vec::new();
    while messages.recv_many(&mut batch, 256).await > 0 {
        redis.publish_all(&batch).await;
        batch.clear();
    }
}
