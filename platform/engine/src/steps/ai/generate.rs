use super::{self as ai, Question};
use crate::rehearsal::sample;
use crate::schema::{Fault, Schema};
use crate::step::{
    AfterCrash, EffectContext, EffectIntent, EffectOutcome, EffectStep, StepContext, StepError,
    StepTypeInfo,
};
use async_trait::async_trait;
use platform_kernel::ports::{CallError, ChatAnswer, ChatModel, ChatPurpose};
use platform_kernel::text::is_blank;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

/// Asks a language model; the answer is text, or what the given JSON Schema says.
pub(in crate::steps) struct Generate {
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
    pub(in crate::steps) fn new(model: Arc<dyn ChatModel>) -> Self {
        Self { model }
    }

    pub(in crate::steps) fn info(&self) -> StepTypeInfo {
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
            simulated_note: ai::simulated_note(&self.model),
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
        "x-ui": {"order": ["system", "prompt", "output_schema", "model", "temperature", "max_output_tokens"]},
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
    fn is_plain(&self) -> bool {
        true
    }

    fn intend(&self, _context: &StepContext, config: Value) -> Result<EffectIntent, StepError> {
        let read: Config = ai::read(&config)?;
        ai::filled("prompt", &read.prompt)?;
        Ok(ai::intent(
            &self.model,
            ChatPurpose::Writing,
            "Asks",
            read.model,
            config,
        ))
    }

    async fn call(
        &self,
        context: &EffectContext<'_>,
        request: &Value,
    ) -> Result<EffectOutcome, CallError> {
        let config: Config = ai::read_request(request)?;
        let question = Question {
            purpose: ChatPurpose::Writing,
            system: config.system,
            prompt: config.prompt,
            model: config.model,
            schema: None,
            max_output_tokens: config.max_output_tokens,
            temperature: config.temperature,
        };
        if let Some(schema) = &config.output_schema {
            return ai::ask_for(&self.model, question, schema, context).await;
        }
        let answer = ai::ask(&self.model, question, context).await?;
        Ok(ai::outcome(text(&answer)?, answer))
    }

    fn after_crash(&self, _request: &Value) -> AfterCrash {
        AfterCrash::Repeat
    }

    fn rehearse(&self, request: &Value) -> Option<Value> {
        let config: Config = ai::read_request(request).ok()?;
        let free = json!({"text": "(what the model writes)"});
        Some(config.output_schema.map_or(free, |schema| sample(&schema)))
    }
}

fn text(answer: &ChatAnswer) -> Result<Value, CallError> {
    if is_blank(&answer.content) {
        return Err(ai::invalid("The model's answer was empty.".to_owned()));
    }
    Ok(json!({"text": answer.content}))
}
