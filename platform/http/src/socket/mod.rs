//! Live updates over WebSocket: one-time tickets, topics, resume without gap or double.

mod closing;
mod connection;
mod hub;
mod message;
mod protocol;
mod routes;
mod subscription;
mod ticket;
mod topic;

pub use hub::{Hub, SocketSettings};
pub use message::LiveMessage;
pub use routes::{SocketTicketView, configure};
pub use topic::TopicSource;
