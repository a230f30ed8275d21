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

/// One question to a language model.
#[derive(Clone, Debug)]
pub struct ChatRequest {
    /// The connection's default model unless given.
    pub model: Option<String>,
    pub messages: Vec<ChatMessage>,
    /// JSON Schema that the answer must satisfy; the caller checks it.
    pub schema: Option<Value>,
    pub max_output_tokens: Option<u32>,
    pub temperature: Option<f32>,
    pub timeout: Duration,
}

#[derive(Clone, Debug)]
pub struct ChatAnswer {
    pub content: String,
    /// The model that answered.
    pub model: String,
    pub input_tokens: u32,
    pub output_tokens: u32,
}

/// A language model. Asking it twice costs twice but harms nobody, so its failures are never unknown.
#[async_trait]
pub trait ChatModel: Send + Sync {
    async fn answer(&self, request: &ChatRequest) -> Result<ChatAnswer, CallError>;

    fn describe(&self) -> Description;
}
