//! The steps that ask a language model. What they share is here: the call, what it costs, and
//! reading the answer; a step type says what is asked and what the answer must be.

pub(super) mod classify;
pub(super) mod extract;
pub(super) mod generate;

use crate::evaluation::{self, Refused, Waits};
use crate::schema::Fault;
use crate::step::{AiCall, EffectContext, EffectIntent, EffectOutcome, StepError};
use platform_kernel::id::TenantId;
use platform_kernel::ports::{
    CallError, ChatAnswer, ChatMessage, ChatModel, ChatPurpose, ChatRequest, ChatRole,
};
use platform_kernel::text::is_blank;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::sync::Arc;

/// What a step asks of a model.
struct Question {
    purpose: ChatPurpose,
    system: Option<String>,
    prompt: String,
    model: Option<String>,
    schema: Option<Value>,
    max_output_tokens: Option<u32>,
    temperature: Option<f32>,
}

/// Asks, and reports what it cost: also an answer that is no use was paid for.
async fn ask(
    model: &Arc<dyn ChatModel>,
    question: Question,
    context: &EffectContext<'_>,
) -> Result<ChatAnswer, CallError> {
    let simulated = model.describe().simulated;
    let answer = model.answer(&request(question, context)).await?;
    let report = &context.step.report;
    report.ai_call(AiCall {
        model: answer.model.clone(),
        input_tokens: answer.input_tokens,
        output_tokens: answer.output_tokens,
        cached_tokens: answer.cached_tokens,
        cache_write_tokens: answer.cache_write_tokens,
        reasoning_tokens: answer.reasoning_tokens,
        request_id: answer.provider_request_id.clone(),
        simulated,
    });
    report.info(format!(
        "{} answered with {} tokens.",
        answer.model, answer.output_tokens
    ));
    if !answer.omitted.is_empty() {
        let names = answer.omitted.join(", ");
        report.info(format!("{} does not take {names}; left out.", answer.model));
    }
    Ok(answer)
}

/// Asks for JSON that satisfies `schema` and reads it.
async fn ask_for(
    model: &Arc<dyn ChatModel>,
    question: Question,
    schema: &Value,
    context: &EffectContext<'_>,
) -> Result<EffectOutcome, CallError> {
    let tenant = context.step.tenant.id;
    // A schema that is no use must not cost an answer.
    faults(tenant, schema, &Value::Null).await?;
    let question = Question {
        schema: Some(schema.clone()),
        ..question
    };
    let answer = ask(model, question, context).await?;
    let output = understand(tenant, &answer, schema).await?;
    Ok(outcome(output, answer))
}

/// What came of asking, under the provider's name for it.
fn outcome(output: Value, answer: ChatAnswer) -> EffectOutcome {
    EffectOutcome {
        output,
        port: None,
        provider_reference: answer.provider_request_id,
    }
}

/// Refuses to ask about nothing: a model makes something up then.
fn filled(name: &str, text: &str) -> Result<(), StepError> {
    if is_blank(text) {
        let message = format!("/{name}: there is no text to ask about");
        return Err(StepError::fatal("text_missing", message));
    }
    Ok(())
}

fn request(question: Question, context: &EffectContext<'_>) -> ChatRequest {
    let message = |role, content| ChatMessage { role, content };
    let system = question.system.map(|text| message(ChatRole::System, text));
    ChatRequest {
        purpose: question.purpose,
        model: question.model,
        messages: system
            .into_iter()
            .chain([message(ChatRole::User, question.prompt)])
            .collect(),
        schema: question.schema,
        max_output_tokens: question.max_output_tokens,
        temperature: question.temperature,
        timeout: context.timeout,
    }
}

/// The answer as it was asked for. One that is not may be better the next time.
async fn understand(
    tenant: TenantId,
    answer: &ChatAnswer,
    schema: &Value,
) -> Result<Value, CallError> {
    let value: Value = serde_json::from_str(unfenced(&answer.content))
        .map_err(|error| invalid(format!("The model's answer is not JSON: {error}")))?;
    match faults(tenant, schema, &value).await?.first() {
        None => Ok(value),
        Some(fault) => Err(invalid(format!("The model's answer does not fit: {fault}"))),
    }
}

/// What is wrong with the value; an error where the dealership's schema itself is no use.
async fn faults(tenant: TenantId, schema: &Value, value: &Value) -> Result<Vec<Fault>, CallError> {
    let wrong = |detail: &str| {
        let message = format!("/output_schema: {detail}");
        CallError::fatal("config_invalid", message)
    };
    let waits = Waits::AsLongAsNeeded;
    evaluation::with_schema(tenant, waits, schema, value, |schema, value| {
        schema.map(|schema| schema.check(value))
    })
    .await
    .map_err(|refused| match refused {
        Refused::TooSlow => wrong(&refused.to_string()),
        _ => CallError::retry("unavailable", refused.to_string()),
    })?
    .map_err(|fault| wrong(&fault))
}

fn invalid(message: String) -> CallError {
    CallError::retry("ai_answer_invalid", message)
}

/// Models like to wrap JSON in a Markdown fence.
fn unfenced(text: &str) -> &str {
    let text = text.trim();
    let inner = text
        .strip_prefix("```json")
        .or_else(|| text.strip_prefix("```"))
        .and_then(|rest| rest.strip_suffix("```"));
    inner.map_or(text, str::trim)
}

/// The intent of asking; `config` is all that the call needs.
fn intent(
    model: &Arc<dyn ChatModel>,
    purpose: ChatPurpose,
    summary: &str,
    asked: Option<String>,
    config: Value,
) -> EffectIntent {
    let description = model.describe();
    let asked = asked.unwrap_or_else(|| model.default_model(purpose));
    EffectIntent {
        kind: "ai".to_owned(),
        summary: format!("{summary} {asked}"),
        request: config,
        simulated: description.simulated,
    }
}

fn simulated_note(model: &Arc<dyn ChatModel>) -> Option<String> {
    model
        .describe()
        .simulated
        .then(|| "Answers come from a simulator, because no model is connected.".to_owned())
}

fn read<T: DeserializeOwned>(config: &Value) -> Result<T, StepError> {
    T::deserialize(config).map_err(|error| StepError::fatal("config_invalid", error.to_string()))
}

/// As [`read`], of what an intent kept.
fn read_request<T: DeserializeOwned>(request: &Value) -> Result<T, CallError> {
    read(request).map_err(|error| CallError::fatal("config_invalid", error.message))
}
