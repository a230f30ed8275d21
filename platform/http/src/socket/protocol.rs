//! The JSON text frames of both directions.

use super::message::LiveMessage;
use actix_ws::{CloseCode, CloseReason};
use platform_kernel::Error;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::sync::{Arc, OnceLock};

/// The largest frame a client may send, in bytes.
pub(super) const FRAME_LIMIT: usize = 4 << 10;
pub(super) const TOPIC_LIMIT: usize = 160;

/// What a client says. Exactly one of the words is there.
#[derive(Debug, Deserialize)]
pub(super) struct ClientFrame {
    pub(super) subscribe: Option<String>,
    pub(super) after: Option<i64>,
    pub(super) unsubscribe: Option<String>,
    pub(super) ping: Option<Value>,
}

/// What the server says beside live messages.
#[derive(Debug, Serialize)]
pub(super) struct ServerFrame<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    topic: Option<&'a str>,
    #[serde(rename = "type")]
    type_: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    seq: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<&'a str>,
}

impl<'a> ServerFrame<'a> {
    const fn of(type_: &'static str, topic: Option<&'a str>) -> Self {
        Self {
            topic,
            type_,
            seq: None,
            code: None,
            detail: None,
        }
    }

    pub(super) const fn pong() -> Self {
        Self::of("pong", None)
    }

    /// What came before `seq` has been sent; from here on it is live.
    pub(super) const fn subscribed(topic: &'a str, seq: i64) -> Self {
        let mut frame = Self::of("subscribed", Some(topic));
        frame.seq = Some(seq);
        frame
    }

    /// As in a problem document; errors of our own tell only their title.
    pub(super) fn error(topic: Option<&'a str>, error: &'a Error) -> Self {
        let code = error.code();
        let detail = error.detail().filter(|_| code.status() < 500);
        let mut frame = Self::of("error", topic);
        frame.code = Some(code.as_str());
        frame.detail = Some(detail.unwrap_or(code.title()));
        frame
    }
}

/// A message on its way to several clients, written as JSON once.
#[derive(Clone)]
pub(super) struct Live(Arc<(LiveMessage, OnceLock<String>)>);

impl Live {
    pub(super) fn new(message: LiveMessage) -> Self {
        Self(Arc::new((message, OnceLock::new())))
    }

    pub(super) fn message(&self) -> &LiveMessage {
        &self.0.0
    }

    pub(super) fn json(&self) -> &str {
        self.0.1.get_or_init(|| json(self.message()))
    }
}

/// The message as clients see it: whom it is for stays here.
pub(super) fn json(message: &LiveMessage) -> String {
    #[derive(Serialize)]
    struct Frame<'a> {
        topic: &'a str,
        seq: i64,
        #[serde(rename = "type")]
        type_: &'a str,
        data: &'a Value,
    }
    let frame = Frame {
        topic: &message.topic,
        seq: message.seq,
        type_: &message.type_,
        data: &message.data,
    };
    // Text, numbers and a JSON value can always be written.
    serde_json::to_string(&frame).unwrap_or_default()
}

/// Why a socket ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// The client closed, or its connection broke.
    Gone,
    /// This process stops.
    Away,
    /// The client reads too slowly, or its right to listen cannot be looked at: come again.
    Again,
    TooLarge,
    Binary,
    TooMany,
    /// Sign in again.
    SignIn,
    /// The dealership is suspended, or the person has no access to it any more.
    Suspended,
}

impl End {
    pub(super) fn reason(self) -> CloseReason {
        let (code, text) = match self {
            Self::Gone => (CloseCode::Normal, ""),
            Self::Away => (CloseCode::Away, "restarting"),
            Self::Again => (CloseCode::Again, "come again"),
            Self::TooLarge => (CloseCode::Size, "message too large"),
            Self::Binary => (CloseCode::Unsupported, "send text"),
            Self::TooMany => (CloseCode::Policy, "too many messages"),
            Self::SignIn => (CloseCode::Other(4401), "sign in again"),
            Self::Suspended => (CloseCode::Other(4403), "suspended"),
        };
        CloseReason {
            code,
            description: Some(text.to_owned()).filter(|text| !text.is_empty()),
        }
    }
}
