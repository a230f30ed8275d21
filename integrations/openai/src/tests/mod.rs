mod parameters;
mod provider;
mod schemas;
mod simulated;

use crate::{OpenAiConfig, OpenAiModel};
use platform_kernel::ports::{ChatMessage, ChatPurpose, ChatRequest, ChatRole};
use platform_kernel::secret::SecretString;
use serde_json::{Value, json};
use std::time::Duration;

fn config(base_url: &str) -> OpenAiConfig {
    OpenAiConfig {
        base_url: base_url.to_owned(),
        api_key: Some(SecretString::from("sk-test-123")),
        model: "small-1".to_owned(),
        reading_model: "reader-1".to_owned(),
        simulated: true,
        label: Some("Test AI".to_owned()),
    }
}

fn model(base_url: &str) -> OpenAiModel {
    OpenAiModel::new(config(base_url)).unwrap()
}

fn question() -> ChatRequest {
    let message = |role, content: &str| ChatMessage {
        role,
        content: content.to_owned(),
    };
    ChatRequest {
        purpose: ChatPurpose::Writing,
        model: None,
        messages: vec![
            message(ChatRole::System, "You answer leads."),
            message(
                ChatRole::User,
                "First name: Jane\nVehicle: 2025 Honda Civic",
            ),
        ],
        schema: Some(schema()),
        max_output_tokens: Some(900),
        temperature: Some(0.5),
        timeout: Duration::from_secs(5),
    }
}

fn schema() -> Value {
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Lead reply",
        "type": "object",
        "required": ["reply"],
        "properties": { "reply": { "type": "string" }, "intent": { "enum": ["price", "other"] } },
    })
}
