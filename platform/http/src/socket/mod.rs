//! Live updates over WebSocket: one-time tickets, topics, resume without gap or double.

mod hub;
mod message;
mod topic;

pub use hub::Hub;
pub use message::LiveMessage;
pub use topic::TopicSource;
