use super::message::LiveMessage;
use super::topic::TopicSource;
use platform_kernel::id::TenantId;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{mpsc, watch};

/// How many messages may wait for one client before it counts as too slow.
const BUFFER: usize = 512;

/// Connects what happens to those who listen. One for the process; clones share it.
#[derive(Clone)]
pub struct Hub(Arc<Inner>);

struct Inner {
    sources: Vec<Arc<dyn TopicSource>>,
    listeners: Mutex<Listeners>,
    stopping: watch::Sender<bool>,
}

#[derive(Default)]
struct Listeners {
    next: u64,
    topics: HashMap<(TenantId, String), HashMap<u64, mpsc::Sender<Live>>>,
}

/// A message on its way to a client.
pub(super) type Live = Arc<LiveMessage>;

impl Hub {
    /// `sources` are asked in order; the first that matches a topic has it.
    pub fn new(sources: Vec<Arc<dyn TopicSource>>) -> Self {
        Self(Arc::new(Inner {
            sources,
            listeners: Mutex::default(),
            stopping: watch::Sender::new(false),
        }))
    }

    /// Passes a message on to all who listen to its topic at this tenant. Never waits.
    pub fn deliver(&self, tenant: TenantId, message: LiveMessage) {
        let message = Arc::new(message);
        let key = (tenant, message.topic.clone());
        let listeners = self.listeners();
        let Some(clients) = listeners.topics.get(&key) else {
            return;
        };
        for client in clients.values() {
            // A full channel is noticed by its client, which closes; a closed one is on its way out.
            if let Err(TrySendError::Full(_)) = client.try_send(Arc::clone(&message)) {
                metrics::counter!("auterity_socket_slow_clients_total").increment(1);
            }
        }
    }

    /// Closes every socket with 1001, because this process stops.
    pub fn shutdown(&self) {
        self.0.stopping.send_replace(true);
    }

    fn listeners(&self) -> MutexGuard<'_, Listeners> {
        self.0
            .listeners
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}
