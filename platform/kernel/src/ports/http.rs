use super::call::{CallError, Description};
use async_trait::async_trait;
use std::time::Duration;

/// A request that a workflow makes to an address of its author's choice.
#[derive(Clone, Debug)]
pub struct HttpCall {
    /// `GET`, `POST`, …
    pub method: String,
    pub url: String,
    pub headers: Vec<(String, String)>,
    pub body: Option<Vec<u8>>,
    pub timeout: Duration,
}

#[derive(Clone, Debug)]
pub struct HttpReply {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    /// At most 5 MiB.
    pub body: Vec<u8>,
}

/// Calls public web addresses and refuses everything else.
#[async_trait]
pub trait HttpCaller: Send + Sync {
    /// Any status is a reply. Refused addresses are `Final` with code `address_refused`; a
    /// connection lost after the request was sent is `Unknown` unless the method is safe.
    async fn call(&self, call: &HttpCall) -> Result<HttpReply, CallError>;

    fn describe(&self) -> Description;
}
