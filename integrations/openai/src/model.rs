use crate::config::{Endpoint, OpenAiConfig, OpenAiConfigError};
use crate::failure::{Failure, of_connection};
use crate::schema::response_format;
use crate::transport::Transport;
use async_openai::Client;
use async_openai::error::OpenAIError;
use async_openai::types::chat::{
    ChatCompletionRequestAssistantMessage, ChatCompletionRequestMessage,
    ChatCompletionRequestSystemMessage, ChatCompletionRequestUserMessage,
    CreateChatCompletionRequest, CreateChatCompletionResponse, FinishReason,
};
use async_trait::async_trait;
use platform_kernel::ports::{
    CallError, ChatAnswer, ChatMessage, ChatModel, ChatRequest, ChatRole, Description,
};
use std::time::Duration;

/// A model behind an OpenAI-compatible address. It never tries again by itself: the engine does,
/// where it shows.
pub struct OpenAiModel {
    client: Client<Endpoint>,
    endpoint: Endpoint,
    model: String,
    label: String,
    simulated: bool,
}

impl OpenAiModel {
    /// Connects to nothing yet.
    pub fn new(config: OpenAiConfig) -> Result<Self, OpenAiConfigError> {
        if config.model.trim().is_empty() {
            return Err(OpenAiConfigError::NoModel);
        }
        let endpoint = Endpoint::new(&config)?;
        let http = reqwest::Client::builder()
            .connect_timeout(Duration::from_secs(10))
            // A redirect could carry the key, and the customer's words, to somebody else.
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .build()
            .map_err(OpenAiConfigError::Client)?;
        let client =
            Client::build(http.clone(), endpoint.clone()).with_http_service(Transport(http));
        Ok(Self {
            client,
            label: config.label.unwrap_or_else(|| endpoint.host.clone()),
            endpoint,
            model: config.model,
            simulated: config.simulated,
        })
    }

    fn request(&self, request: &ChatRequest) -> CreateChatCompletionRequest {
        CreateChatCompletionRequest {
            model: request.model.clone().unwrap_or_else(|| self.model.clone()),
            messages: request.messages.iter().map(message).collect(),
            response_format: request.schema.as_ref().map(response_format),
            max_completion_tokens: request.max_output_tokens,
            temperature: request.temperature,
            ..CreateChatCompletionRequest::default()
        }
    }

    fn failed(&self, error: OpenAIError) -> CallError {
        let mut error = match error {
            OpenAIError::Boxed(boxed) => match boxed.downcast::<Failure>() {
                Ok(failure) => failure.0,
                Err(other) => CallError::retry("ai_unavailable", other.to_string()),
            },
            OpenAIError::Reqwest(error) => of_connection(&error),
            other => CallError::fatal("ai_rejected", other.to_string()),
        };
        error.message = self.endpoint.redact(&error.message);
        error
    }
}

fn message(message: &ChatMessage) -> ChatCompletionRequestMessage {
    let content = message.content.clone();
    match message.role {
        ChatRole::System => ChatCompletionRequestSystemMessage::from(content).into(),
        ChatRole::User => ChatCompletionRequestUserMessage::from(content).into(),
        ChatRole::Assistant => ChatCompletionRequestAssistantMessage::from(content).into(),
    }
}

fn answer(response: CreateChatCompletionResponse) -> Result<ChatAnswer, CallError> {
    let nothing = || CallError::retry("ai_no_answer", "the model gave no answer");
    let choice = response.choices.into_iter().next().ok_or_else(nothing)?;
    if let Some(refusal) = choice.message.refusal {
        let text = format!(
            "the model refused: {}",
            refusal.chars().take(300).collect::<String>()
        );
        return Err(CallError::fatal("ai_refused", text));
    }
    match choice.finish_reason {
        Some(FinishReason::Length) => {
            let text = "the answer was cut off: allow more output tokens";
            return Err(CallError::fatal("ai_cut_off", text));
        }
        Some(FinishReason::ContentFilter) => {
            let text = "the provider's content filter withheld the answer";
            return Err(CallError::fatal("ai_refused", text));
        }
        _ => {}
    }
    let content = choice
        .message
        .content
        .filter(|content| !content.trim().is_empty());
    let usage = response.usage.unwrap_or_default();
    Ok(ChatAnswer {
        content: content.ok_or_else(nothing)?,
        model: response.model,
        input_tokens: usage.prompt_tokens,
        output_tokens: usage.completion_tokens,
    })
}

#[async_trait]
impl ChatModel for OpenAiModel {
    async fn answer(&self, request: &ChatRequest) -> Result<ChatAnswer, CallError> {
        let body = self.request(request);
        let chat = self.client.chat();
        let asking = tokio::time::timeout(request.timeout, Box::pin(chat.create(body)));
        match asking.await {
            Ok(Ok(response)) => answer(response),
            Ok(Err(error)) => Err(self.failed(error)),
            Err(_elapsed) => {
                let text = format!("no answer within {} s", request.timeout.as_secs_f32());
                Err(CallError::retry("ai_timeout", text))
            }
        }
    }

    fn describe(&self) -> Description {
        Description {
            kind: "ai",
            adapter: "openai",
            name: format!("{} ({})", self.label, self.model),
            simulated: self.simulated,
        }
    }
}
