use super::closing::{Closing, TurnToClose};
use super::message::LiveMessage;
use super::protocol::Live;
use super::ticket::LocalTickets;
use super::topic::TopicSource;
use platform_kernel::id::{TenantId, UserId};
use platform_kernel::{ErrorCode, Result};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{Notify, mpsc, watch};

/// How sockets are kept.
#[derive(Clone, Debug)]
pub struct SocketSettings {
    pub ping_every: Duration,
    /// Silence after which a client counts as gone.
    pub silence: Duration,
    /// How often the caller's right to listen is looked at again. With `send_timeout` it stays
    /// below the five seconds within which a disabled person must be cut off.
    pub recheck_every: Duration,
    /// How long one message may take to leave before the client counts as too slow.
    pub send_timeout: Duration,
    /// How many messages may wait for one client before it counts as too slow.
    pub buffer: usize,
    pub topics_per_socket: usize,
    pub sockets_per_user: usize,
}

impl Default for SocketSettings {
    fn default() -> Self {
        Self {
            ping_every: Duration::from_secs(20),
            silence: Duration::from_secs(50),
            recheck_every: Duration::from_secs(2),
            send_timeout: Duration::from_millis(2_500),
            buffer: 512,
            topics_per_socket: 64,
            sockets_per_user: 32,
        }
    }
}

/// Connects what happens to those who listen. One for the process; clones share it.
#[derive(Clone)]
pub struct Hub(Arc<Inner>);

struct Inner {
    sources: Vec<Arc<dyn TopicSource>>,
    settings: SocketSettings,
    tickets: LocalTickets,
    listeners: Mutex<Listeners>,
    closing: watch::Sender<Option<Arc<Closing>>>,
}

#[derive(Default)]
struct Listeners {
    next: u64,
    topics: HashMap<(TenantId, String), HashMap<u64, Outlet>>,
    users: HashMap<UserId, usize>,
}

/// The hub's end of one client.
#[derive(Clone)]
pub(super) struct Outlet {
    user: UserId,
    sender: mpsc::Sender<Live>,
    /// Told when a message found no room: from then on the client has a gap.
    slow: Arc<Notify>,
}

/// The client's end. Leaving the hub happens on drop.
pub(super) struct Inlet {
    hub: Hub,
    id: u64,
    tenant: TenantId,
    outlet: Outlet,
    pub(super) live: mpsc::Receiver<Live>,
    pub(super) slow: Arc<Notify>,
    pub(super) turn_to_close: TurnToClose,
    topics: Vec<String>,
}

impl Hub {
    /// `sources` are asked in order; the first that matches a topic has it.
    pub fn new(sources: Vec<Arc<dyn TopicSource>>) -> Self {
        Self::with_settings(sources, SocketSettings::default())
    }

    pub fn with_settings(sources: Vec<Arc<dyn TopicSource>>, settings: SocketSettings) -> Self {
        Self(Arc::new(Inner {
            sources,
            settings,
            tickets: LocalTickets::default(),
            listeners: Mutex::default(),
            closing: watch::Sender::new(None),
        }))
    }

    /// Whether anybody listens to a topic of this tenant.
    pub fn is_heard(&self, tenant: TenantId, topic: &str) -> bool {
        let listeners = self.listeners();
        // Most of the time nobody listens to anything, and then there is no key to make.
        !listeners.topics.is_empty() && listeners.topics.contains_key(&(tenant, topic.to_owned()))
    }

    /// Passes a message on to all who listen to its topic at this tenant. Never waits.
    pub fn deliver(&self, tenant: TenantId, message: LiveMessage) {
        let key = (tenant, message.topic.clone());
        let only = message.user_id;
        let live = Live::new(message);
        let listeners = self.listeners();
        let Some(clients) = listeners.topics.get(&key) else {
            return;
        };
        for client in clients.values() {
            if only.is_some_and(|user| user != client.user) {
                continue;
            }
            // A closed channel is a client on its way out.
            if let Err(TrySendError::Full(_)) = client.sender.try_send(live.clone()) {
                client.slow.notify_one();
            }
        }
    }

    /// Messages were lost on their way to this process: asks every client to come again, which
    /// resumes from the last message it saw.
    pub fn lost(&self) {
        let listeners = self.listeners();
        for client in listeners.topics.values().flat_map(HashMap::values) {
            client.slow.notify_one();
        }
    }

    /// Refuses new sockets and closes the open ones with 1001, one after the other over `within`,
    /// because this process stops: clients that all come back in the same moment would fall upon
    /// the processes that remain. Until its turn a socket works on. Only the first call has an
    /// effect.
    pub fn shutdown(&self, within: Duration) {
        let open = self.listeners().users.values().sum();
        self.0.closing.send_if_modified(|closing| {
            let first = closing.is_none();
            if first {
                *closing = Some(Arc::new(Closing::new(open, within)));
            }
            first
        });
    }

    pub(super) fn settings(&self) -> &SocketSettings {
        &self.0.settings
    }

    pub(super) fn tickets(&self) -> &LocalTickets {
        &self.0.tickets
    }

    pub(super) fn source(&self, topic: &str) -> Option<Arc<dyn TopicSource>> {
        let mut sources = self.0.sources.iter();
        sources.find(|source| source.matches(topic)).cloned()
    }

    /// Takes a client in; it listens to nothing yet.
    pub(super) fn join(&self, tenant: TenantId, user: UserId) -> Result<Inlet> {
        if self.0.closing.borrow().is_some() {
            return Err(ErrorCode::Unavailable.into());
        }
        let (sender, live) = mpsc::channel(self.0.settings.buffer);
        let slow = Arc::new(Notify::new());
        let mut listeners = self.listeners();
        let open = listeners.users.entry(user).or_default();
        if *open >= self.0.settings.sockets_per_user {
            return Err(ErrorCode::RateLimited.detail("too many open sockets"));
        }
        *open += 1;
        listeners.next += 1;
        metrics::gauge!("auterity_socket_connections").increment(1);
        Ok(Inlet {
            hub: self.clone(),
            id: listeners.next,
            tenant,
            outlet: Outlet {
                user,
                sender,
                slow: Arc::clone(&slow),
            },
            live,
            slow,
            turn_to_close: TurnToClose::new(self.0.closing.subscribe()),
            topics: Vec::new(),
        })
    }

    fn listeners(&self) -> MutexGuard<'_, Listeners> {
        let listeners = self.0.listeners.lock();
        listeners.unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inlet {
    /// From now on `live` receives the topic's messages.
    pub(super) fn attach(&mut self, topic: &str) {
        let key = (self.tenant, topic.to_owned());
        let mut listeners = self.hub.listeners();
        let clients = listeners.topics.entry(key).or_default();
        if clients.insert(self.id, self.outlet.clone()).is_none() {
            self.topics.push(topic.to_owned());
        }
    }

    pub(super) fn detach(&mut self, topic: &str) {
        self.topics.retain(|known| known != topic);
        self.hub.listeners().remove(self.id, self.tenant, topic);
    }
}

impl Drop for Inlet {
    fn drop(&mut self) {
        metrics::gauge!("auterity_socket_connections").decrement(1);
        let mut listeners = self.hub.listeners();
        for topic in &self.topics {
            listeners.remove(self.id, self.tenant, topic);
        }
        let user = self.outlet.user;
        if let Some(open) = listeners.users.get_mut(&user) {
            *open -= 1;
            if *open == 0 {
                listeners.users.remove(&user);
            }
        }
    }
}

impl Listeners {
    fn remove(&mut self, client: u64, tenant: TenantId, topic: &str) {
        let key = (tenant, topic.to_owned());
        if let Some(clients) = self.topics.get_mut(&key) {
            clients.remove(&client);
            if clients.is_empty() {
                self.topics.remove(&key);
            }
        }
    }
}
