//! The body of a question, with what the model takes and nothing else.

use crate::capabilities::{Capabilities, Dialect, Effort, Sampling, SchemaMode};
use crate::schema::Format;
use platform_kernel::ports::{ChatMessage, ChatPurpose, ChatRequest, ChatRole};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// What a reasoning model may spend on reasoning beside the visible answer.
const REASONING_TOKENS: u32 = 2_000;

/// A question as it goes out.
pub(crate) struct Body {
    pub(crate) json: Value,
    /// Parameters in it that can be refused.
    pub(crate) sent: Vec<&'static str>,
    /// Parameters that were asked for and are not in it.
    pub(crate) omitted: Vec<&'static str>,
}

pub(crate) fn body(
    request: &ChatRequest,
    model: &str,
    capabilities: &Capabilities,
    refused: &BTreeSet<&'static str>,
) -> Body {
    let format = request
        .schema
        .as_ref()
        .map(|schema| Format::of(schema, mode(capabilities, refused)));
    let mut fields = Fields {
        refused,
        fields: Map::new(),
        body_sent: Vec::new(),
        omitted: Vec::new(),
    };
    let instructions = format
        .as_ref()
        .and_then(|format| format.instructions.as_deref());
    fields.add("model", json!(model));
    fields.add("messages", messages(&request.messages, instructions));
    if let Some(response_format) = format.and_then(|format| format.response_format) {
        if response_format.get("json_schema").is_some() {
            fields.body_sent.push("json_schema");
        }
        fields.optional("response_format", response_format);
    }
    // The provider must not keep what customers write (its own default differs by account).
    fields.optional("store", json!(false));
    let effort = effort(request.purpose, capabilities);
    let takes_effort = !refused.contains("reasoning_effort");
    if let Some(effort) = effort.filter(|_| takes_effort) {
        fields.optional("reasoning_effort", json!(effort.as_str()));
    }
    let reasons = capabilities.reasons && !(effort == Some(Effort::None) && takes_effort);
    if let Some(temperature) = request.temperature {
        fields.temperature(temperature, capabilities.sampling, reasons);
    }
    if let Some(visible) = request.max_output_tokens {
        fields.limit(visible, capabilities, reasons);
    }
    Body {
        json: Value::Object(fields.fields),
        sent: fields.body_sent,
        omitted: fields.omitted,
    }
}

fn mode(capabilities: &Capabilities, refused: &BTreeSet<&'static str>) -> SchemaMode {
    match capabilities.schema {
        _ if refused.contains("response_format") => SchemaMode::Prompt,
        SchemaMode::Strict if refused.contains("json_schema") => SchemaMode::Json,
        mode => mode,
    }
}

/// The least effort for reading; for writing the model's own default.
fn effort(purpose: ChatPurpose, capabilities: &Capabilities) -> Option<Effort> {
    match purpose {
        ChatPurpose::Reading => capabilities.efforts.first().copied(),
        ChatPurpose::Writing => None,
    }
}

struct Fields<'a> {
    refused: &'a BTreeSet<&'static str>,
    fields: Map<String, Value>,
    body_sent: Vec<&'static str>,
    omitted: Vec<&'static str>,
}

impl Fields<'_> {
    fn add(&mut self, name: &str, value: Value) {
        self.fields.insert(name.to_owned(), value);
    }

    /// Whether the model has not refused it so far.
    fn optional(&mut self, name: &'static str, value: Value) -> bool {
        let taken = !self.refused.contains(name);
        if taken {
            self.body_sent.push(name);
            self.add(name, value);
        }
        taken
    }

    fn temperature(&mut self, temperature: f32, sampling: Sampling, reasons: bool) {
        let takes = match sampling {
            Sampling::Always => true,
            Sampling::WithoutReasoning => !reasons,
            Sampling::Never => false,
        };
        // As a number that was typed: 0.3 rather than 0.30000001192092896.
        let typed = temperature.to_string().parse::<f64>().unwrap_or(1.0);
        if !(takes && self.optional("temperature", json!(typed))) {
            self.omitted.push("temperature");
        }
    }

    fn limit(&mut self, visible: u32, capabilities: &Capabilities, reasons: bool) {
        let reasoning = if reasons { REASONING_TOKENS } else { 0 };
        let limit = visible.saturating_add(reasoning);
        let limit = json!(limit.min(capabilities.max_output_tokens));
        let names = match capabilities.dialect {
            Dialect::OpenAi => ["max_completion_tokens", "max_tokens"],
            Dialect::Compatible => ["max_tokens", "max_completion_tokens"],
        };
        let sent = names
            .into_iter()
            .any(|name| self.optional(name, limit.clone()));
        if !sent {
            self.omitted.push("max_output_tokens");
        }
    }
}

/// The messages, with `instructions` at the end of the first one if that is the system's.
fn messages(messages: &[ChatMessage], instructions: Option<&str>) -> Value {
    let message = |role: &str, content: &str| json!({ "role": role, "content": content });
    let mut all: Vec<Value> = messages
        .iter()
        .map(|said| message(role(said.role), &said.content))
        .collect();
    if let Some(instructions) = instructions {
        match messages.first() {
            Some(first) if first.role == ChatRole::System => {
                let both = format!("{}\n\n{instructions}", first.content);
                if let Some(first) = all.first_mut() {
                    *first = message("system", &both);
                }
            }
            _ => all.insert(0, message("system", instructions)),
        }
    }
    Value::Array(all)
}

fn role(role: ChatRole) -> &'static str {
    match role {
        ChatRole::System => "system",
        ChatRole::User => "user",
        ChatRole::Assistant => "assistant",
    }
}
