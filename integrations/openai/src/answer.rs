//! Reads an answer: only what is used of it, so that what a provider adds breaks nothing.

use crate::schema::restore;
use platform_kernel::ports::{CallError, ChatAnswer, ChatRequest};
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
struct Completion {
    #[serde(default)]
    model: Option<String>,
    choices: Vec<Choice>,
    #[serde(default)]
    usage: Option<Usage>,
}

#[derive(Deserialize)]
struct Choice {
    message: Message,
    #[serde(default)]
    finish_reason: Option<String>,
}

#[derive(Deserialize)]
struct Message {
    /// Text, or parts of which some are text.
    #[serde(default)]
    content: Value,
    #[serde(default)]
    refusal: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Usage {
    prompt_tokens: u32,
    completion_tokens: u32,
    prompt_tokens_details: Option<PromptDetails>,
    completion_tokens_details: Option<CompletionDetails>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct PromptDetails {
    cached_tokens: Option<u32>,
    cache_write_tokens: Option<u32>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct CompletionDetails {
    reasoning_tokens: Option<u32>,
}

/// What the body of a success says to `request`, asked of `model`.
pub(crate) fn read(
    body: &[u8],
    request: &ChatRequest,
    model: &str,
) -> Result<ChatAnswer, CallError> {
    let completion: Completion = serde_json::from_slice(body).map_err(|error| {
        let text = format!("the AI provider's answer cannot be read: {error}");
        CallError::retry("ai_no_answer", text)
    })?;
    let nothing = || CallError::retry("ai_no_answer", "the model gave no answer");
    let usage = completion.usage.unwrap_or_default();
    let cached = usage.prompt_tokens_details.unwrap_or_default();
    let reasoning = usage.completion_tokens_details.unwrap_or_default();
    let reasoning_tokens = reasoning.reasoning_tokens.unwrap_or_default();
    let choice = completion.choices.into_iter().next().ok_or_else(nothing)?;
    check(&choice, usage.completion_tokens, reasoning_tokens)?;
    let content = text(&choice.message.content);
    if content.trim().is_empty() {
        return Err(nothing());
    }
    Ok(ChatAnswer {
        content: match &request.schema {
            Some(schema) => restore(content, schema),
            None => content,
        },
        model: completion.model.unwrap_or_else(|| model.to_owned()),
        input_tokens: usage.prompt_tokens,
        output_tokens: usage.completion_tokens,
        cached_tokens: cached.cached_tokens.unwrap_or_default(),
        cache_write_tokens: cached.cache_write_tokens.unwrap_or_default(),
        reasoning_tokens,
        ..ChatAnswer::default()
    })
}

/// Why there is no whole answer, if there is none.
fn check(choice: &Choice, output: u32, reasoning: u32) -> Result<(), CallError> {
    if let Some(refusal) = choice
        .message
        .refusal
        .as_ref()
        .filter(|text| !text.is_empty())
    {
        let said: String = refusal.chars().take(300).collect();
        let text = format!("the model refused: {said}");
        return Err(CallError::fatal("ai_refused", text));
    }
    match choice.finish_reason.as_deref() {
        Some("length") if reasoning > 0 => {
            let text = format!(
                "the answer was cut off: reasoning took {reasoning} of {output} output tokens; \
                 allow more output tokens"
            );
            Err(CallError::fatal("ai_cut_off", text))
        }
        Some("length") => {
            let text = "the answer was cut off: allow more output tokens";
            Err(CallError::fatal("ai_cut_off", text))
        }
        Some("content_filter") => {
            let text = "the provider's content filter withheld the answer";
            Err(CallError::fatal("ai_refused", text))
        }
        _ => Ok(()),
    }
}

fn text(content: &Value) -> String {
    match content {
        Value::String(text) => text.clone(),
        Value::Array(parts) => {
            let texts = parts.iter().filter_map(|part| part.get("text")?.as_str());
            texts.collect()
        }
        _ => String::new(),
    }
}
