//! What a client has seen of one topic, so that replay and live overlap without doubles.

use super::message::LiveMessage;
use std::collections::{HashSet, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};

/// How many messages back a double is recognised.
const REMEMBERED: usize = 2_048;

pub(super) struct Subscription {
    /// Whether the topic numbers its messages; if not, all are passed on.
    ordered: bool,
    /// The client has everything up to here.
    after: i64,
    last: i64,
    seen: HashSet<u64>,
    order: VecDeque<u64>,
}

impl Subscription {
    pub(super) fn new(ordered: bool, after: i64) -> Self {
        Self {
            ordered,
            after,
            last: after,
            seen: HashSet::new(),
            order: VecDeque::new(),
        }
    }

    /// The highest number passed on.
    pub(super) fn last(&self) -> i64 {
        self.last
    }

    /// Whether the client should get the message now; a second time it should not.
    pub(super) fn admit(&mut self, message: &LiveMessage) -> bool {
        if !self.ordered || message.seq <= 0 {
            return true;
        }
        let key = key(message);
        if message.seq <= self.after || !self.seen.insert(key) {
            return false;
        }
        self.last = self.last.max(message.seq);
        self.order.push_back(key);
        if self.order.len() > REMEMBERED
            && let Some(oldest) = self.order.pop_front()
        {
            self.seen.remove(&oldest);
        }
        true
    }
}

fn key(message: &LiveMessage) -> u64 {
    let mut hasher = DefaultHasher::new();
    (&message.type_, message.seq).hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(type_: &str, seq: i64) -> LiveMessage {
        LiveMessage {
            topic: "execution:1".to_owned(),
            seq,
            type_: type_.to_owned(),
            data: serde_json::Value::Null,
            user_id: None,
        }
    }

    #[test]
    fn a_numbered_message_is_passed_on_once_and_only_after_the_start() {
        let mut subscription = Subscription::new(true, 2);
        assert!(!subscription.admit(&message("event", 2)));
        assert!(subscription.admit(&message("event", 3)));
        assert!(!subscription.admit(&message("event", 3)));
        assert!(subscription.admit(&message("log", 4)));
        assert_eq!(subscription.last(), 4);
    }

    #[test]
    fn messages_without_order_are_all_passed_on() {
        let mut subscription = Subscription::new(false, 5);
        assert!(subscription.admit(&message("execution", 3)));
        assert!(subscription.admit(&message("execution", 3)));
    }
}
