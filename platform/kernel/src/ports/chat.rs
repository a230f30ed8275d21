//! The port to a language model.

use super::call::{CallError, Description};
use async_trait::async_trait;
use serde_json::Value;
use std::time::Duration;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChatRole {
    System,
    User,
    Assistant,
}

#[derive(Clone, Debug)]
pub struct ChatMessage {
    pub role: ChatRole,
    pub content: String,
}

/// What a question is for. Each purpose has its default model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChatPurpose {
    /// To choose a label or to find fields: short answers that should come out alike every time,
    /// with as little reasoning as the model offers.
    Reading,
    /// To write a text.
    Writing,
}

/// One question to a language model. Adapters leave out what the model does not take.
#[derive(Clone, Debug)]
pub struct ChatRequest {
    pub purpose: ChatPurpose,
    /// The connection's default model for the purpose unless given.
    pub model: Option<String>,
    pub messages: Vec<ChatMessage>,
    /// JSON Schema that the answer must satisfy; the caller checks it.
    pub schema: Option<Value>,
    /// Tokens of the visible answer; what a model spends on reasoning comes on top.
    pub max_output_tokens: Option<u32>,
    pub temperature: Option<f32>,
    pub timeout: Duration,
}

#[derive(Clone, Debug, Default)]
pub struct ChatAnswer {
    pub content: String,
    /// The model that answered.
    pub model: String,
    pub input_tokens: u32,
    /// Reasoning included.
    pub output_tokens: u32,
    /// The part of the input that the provider had in its cache.
    pub cached_tokens: u32,
    /// The part of the input that the provider wrote into its cache.
    pub cache_write_tokens: u32,
    /// The part of the output that was reasoning.
    pub reasoning_tokens: u32,
    /// The provider's name for the exchange, which its support asks for.
    pub provider_request_id: Option<String>,
    /// Parameters of the request that were left out because the model does not take them.
    pub omitted: Vec<&'static str>,
}

/// A language model. Asking it twice costs twice but harms nobody, so its failures are never unknown.
#[async_trait]
pub trait ChatModel: Send + Sync {
    async fn answer(&self, request: &ChatRequest) -> Result<ChatAnswer, CallError>;

    fn describe(&self) -> Description;

    /// The model that answers when a request names none.
    fn default_model(&self, purpose: ChatPurpose) -> String {
        let _ = purpose;
        self.describe().name
    }
}
