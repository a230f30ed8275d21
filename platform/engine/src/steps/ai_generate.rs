use crate::schema::{Fault, Schema};
use crate::step::{
    AfterCrash, AiCall, EffectContext, EffectIntent, EffectOutcome, EffectStep, StepContext,
    StepError, StepTypeInfo,
};
use async_trait::async_trait;
use platform_db::TenantTx;
use platform_kernel::ports::{
    CallError, ChatAnswer, ChatMessage, ChatModel, ChatRequest, ChatRole,
};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

/// Asks a language model; the answer is text, or what the given JSON Schema says.
pub(super) struct Generate {
    model: Arc<dyn ChatModel>,
}

#[derive(Deserialize)]
struct Config {
    prompt: String,
    #[serde(default)]
    system: Option<String>,
    #[serde(default)]
    model: Option<String>,
    #[serde(default)]
    output_schema: Option<Value>,
    #[serde(default)]
    max_output_tokens: Option<u32>,
    #[serde(default)]
    temperature: Option<f32>,
}

impl Generate {
    pub(super) fn new(model: Arc<dyn ChatModel>) -> Self {
        Self { model }
    }

    pub(super) fn info(&self) -> StepTypeInfo {
        let description = self.model.describe();
        StepTypeInfo {
            type_: "ai.generate",
            name: "Ask AI",
            category: "ai",
            description: "Asks a language model and gives its answer, as text or as the fields that you name.",
            icon: "sparkles",
            config_schema: config_schema(),
            output_schema: json!({
                "type": "object",
                "description": "The fields of output_schema; without one, {\"text\": …}."
            }),
            simulated_note: description.simulated.then(|| {
                "Answers come from a simulator, because no model is connected.".to_owned()
            }),
            check: Some(check),
            ..StepTypeInfo::default()
        }
    }
}

fn config_schema() -> Value {
    json!({
        "type": "object",
        "additionalProperties": false,
        "required": ["prompt"],
        "properties": {
            "prompt": {"type": "string", "title": "Prompt", "minLength": 1, "maxLength": 200_000, "format": "multiline"},
            "system": {"type": ["string", "null"], "title": "Instructions", "maxLength": 50_000, "format": "multiline"},
            "model": {"type": ["string", "null"], "title": "Model", "maxLength": 200},
            "output_schema": {"type": ["object", "null"], "title": "Fields of the answer", "description": "A JSON Schema of an object."},
            "max_output_tokens": {"type": ["integer", "null"], "title": "Longest answer in tokens", "minimum": 1, "maximum": 32_000},
            "temperature": {"type": ["number", "null"], "title": "Temperature", "minimum": 0, "maximum": 2}
        }
    })
}

fn check(config: &Value) -> Vec<Fault> {
    let fault = |message| Fault {
        pointer: "/output_schema".to_owned(),
        message,
    };
    match config.get("output_schema") {
        Some(schema) if schema.is_object() && !crate::expression::is_expression(schema) => {
            Schema::compile(schema)
                .err()
                .map(fault)
                .into_iter()
                .collect()
        }
        _ => Vec::new(),
    }
}

#[async_trait]
impl EffectStep for Generate {
    async fn prepare(
        &self,
        _tx: &mut TenantTx,
        _context: &StepContext,
        config: Value,
    ) -> Result<EffectIntent, StepError> {
        let description = self.model.describe();
        let read: Config = read(&config)?;
        if let Some(schema) = &read.output_schema {
            Schema::compile(schema).map_err(|fault| {
                StepError::fatal("config_invalid", format!("/output_schema: {fault}"))
            })?;
        }
        Ok(EffectIntent {
            kind: "ai".to_owned(),
            summary: format!("Asks {}", read.model.unwrap_or(description.name)),
            request: config,
            simulated: description.simulated,
        })
    }

    async fn call(
        &self,
        context: &EffectContext<'_>,
        request: &Value,
    ) -> Result<EffectOutcome, CallError> {
        let config: Config =
            read(request).map_err(|error| CallError::fatal("config_invalid", error.message))?;
        let schema = config.output_schema.clone();
        let simulated = self.model.describe().simulated;
        let answer = self.model.answer(&chat(config, context)).await?;
        let report = &context.step.report;
        report.ai_call(AiCall {
            model: answer.model.clone(),
            input_tokens: answer.input_tokens,
            output_tokens: answer.output_tokens,
            simulated,
        });
        report.info(format!(
            "{} answered with {} tokens.",
            answer.model, answer.output_tokens
        ));
        Ok(EffectOutcome {
            output: understand(&answer, schema.as_ref())?,
            ..EffectOutcome::default()
        })
    }

    fn after_crash(&self, _request: &Value) -> AfterCrash {
        AfterCrash::Repeat
    }
}

fn read(config: &Value) -> Result<Config, StepError> {
    Config::deserialize(config)
        .map_err(|error| StepError::fatal("config_invalid", error.to_string()))
}

fn chat(config: Config, context: &EffectContext<'_>) -> ChatRequest {
    let message = |role, content| ChatMessage { role, content };
    let system = config.system.map(|text| message(ChatRole::System, text));
    ChatRequest {
        model: config.model,
        messages: system
            .into_iter()
            .chain([message(ChatRole::User, config.prompt)])
            .collect(),
        schema: config.output_schema,
        max_output_tokens: config.max_output_tokens,
        temperature: config.temperature,
        timeout: context.timeout,
    }
}

/// The answer as it was asked for. One that is not may be better the next time.
fn understand(answer: &ChatAnswer, schema: Option<&Value>) -> Result<Value, CallError> {
    let invalid = |message| CallError::retry("ai_answer_invalid", message);
    let Some(schema) = schema else {
        if answer.content.trim().is_empty() {
            return Err(invalid("The model's answer was empty.".to_owned()));
        }
        return Ok(json!({"text": answer.content}));
    };
    let value: Value = serde_json::from_str(unfenced(&answer.content))
        .map_err(|error| invalid(format!("The model's answer is not JSON: {error}")))?;
    let schema =
        Schema::compile(schema).map_err(|fault| CallError::fatal("config_invalid", fault))?;
    match schema.check(&value).first() {
        None => Ok(value),
        Some(fault) => Err(invalid(format!("The model's answer does not fit: {fault}"))),
    }
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
