use crate::step::{
    AfterCrash, EffectContext, EffectIntent, EffectOutcome, EffectStep, StepContext, StepError,
    StepTypeInfo,
};
use async_trait::async_trait;
use platform_kernel::ports::{CallError, HttpCall, HttpCaller, HttpReply};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// Largest body of a reply that becomes the step's output.
const MAX_BODY: usize = 512 * 1024;

/// Calls a web address.
pub(super) struct Request {
    caller: Arc<dyn HttpCaller>,
}

#[derive(Deserialize)]
struct Config {
    #[serde(default = "get")]
    method: String,
    url: String,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    #[serde(default)]
    body: Option<Value>,
    #[serde(default = "yes")]
    fail_on_status: bool,
    #[serde(default)]
    idempotent: bool,
}

fn get() -> String {
    "GET".to_owned()
}

fn yes() -> bool {
    true
}

impl Config {
    /// Whether doing it twice harms nobody: the method is safe, or the author says so.
    fn is_repeatable(&self) -> bool {
        self.idempotent || matches!(self.method.as_str(), "GET" | "HEAD" | "OPTIONS")
    }
}

impl Request {
    pub(super) fn new(caller: Arc<dyn HttpCaller>) -> Self {
        Self { caller }
    }

    pub(super) fn info(&self) -> StepTypeInfo {
        StepTypeInfo {
            type_: "http.request",
            name: "HTTP request",
            category: "http",
            description: "Calls a public web address and gives its reply.",
            icon: "globe",
            config_schema: config_schema(),
            output_schema: json!({
                "type": "object",
                "required": ["status", "headers", "body"],
                "properties": {
                    "status": {"type": "integer"},
                    "headers": {"type": "object", "additionalProperties": {"type": "string"}},
                    "body": {"description": "Parsed where the reply is JSON, otherwise text."}
                }
            }),
            simulated_note: self
                .caller
                .describe()
                .simulated
                .then(|| "Replies come from a simulator.".to_owned()),
            ..StepTypeInfo::default()
        }
    }
}

fn config_schema() -> Value {
    json!({
        "type": "object",
        "additionalProperties": false,
        "required": ["url"],
        "x-ui": {"order": ["method", "url", "headers", "body"]},
        "properties": {
            "method": {"enum": ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"], "title": "Method", "default": "GET"},
            "url": {"type": "string", "title": "Address", "pattern": "^https?://", "maxLength": 4000},
            "headers": {
                "type": "object", "title": "Headers", "maxProperties": 50,
                "additionalProperties": {"type": "string", "maxLength": 4000}
            },
            "body": {"title": "Body", "description": "Text as it is; anything else as JSON."},
            "fail_on_status": {"type": "boolean", "title": "Fail on an error status", "default": true},
            "idempotent": {
                "type": "boolean", "title": "May be repeated", "default": false,
                "description": "The other side honours Idempotency-Key, or doing it twice harms nobody."
            }
        }
    })
}

#[async_trait]
impl EffectStep for Request {
    fn is_plain(&self) -> bool {
        true
    }

    fn intend(&self, _context: &StepContext, config: Value) -> Result<EffectIntent, StepError> {
        let read = Config::deserialize(&config)
            .map_err(|error| StepError::fatal("config_invalid", error.to_string()))?;
        // The query of an address often carries secrets; people need the rest.
        let address = read.url.split(['?', '#']).next().unwrap_or_default();
        Ok(EffectIntent {
            kind: "http".to_owned(),
            summary: format!("{} {address}", read.method),
            request: config,
            simulated: self.caller.describe().simulated,
        })
    }

    async fn call(
        &self,
        context: &EffectContext<'_>,
        request: &Value,
    ) -> Result<EffectOutcome, CallError> {
        let config = Config::deserialize(request)
            .map_err(|error| CallError::fatal("config_invalid", error.to_string()))?;
        if !config.is_repeatable() {
            context.handover.mark().await?;
        }
        let fail_on_status = config.fail_on_status;
        let reply = self.caller.call(&http_call(config, context)).await?;
        let line = format!("Status {}, {} bytes.", reply.status, reply.body.len());
        context.step.report.info(line);
        if fail_on_status && reply.status >= 400 {
            return Err(refused(&reply));
        }
        let reference = header(&reply, "x-request-id").map(str::to_owned);
        Ok(EffectOutcome {
            output: output(reply)?,
            provider_reference: reference,
            ..EffectOutcome::default()
        })
    }

    fn after_crash(&self, request: &Value) -> AfterCrash {
        match Config::deserialize(request) {
            Ok(config) if config.is_repeatable() => AfterCrash::Repeat,
            Ok(_) => AfterCrash::RepeatUnlessSending,
            Err(_) => AfterCrash::Unknown,
        }
    }
}

fn http_call(config: Config, context: &EffectContext<'_>) -> HttpCall {
    let mut headers: Vec<(String, String)> = config.headers.into_iter().collect();
    let mut add = |name: &str, value: &str| {
        if !headers
            .iter()
            .any(|(known, _)| known.eq_ignore_ascii_case(name))
        {
            headers.push((name.to_owned(), value.to_owned()));
        }
    };
    add("Idempotency-Key", context.key);
    let body = match config.body {
        None | Some(Value::Null) => None,
        Some(Value::String(text)) => Some(text.into_bytes()),
        Some(value) => {
            add("Content-Type", "application/json");
            Some(value.to_string().into_bytes())
        }
    };
    HttpCall {
        method: config.method,
        url: config.url,
        headers,
        body,
        timeout: context.timeout,
    }
}

/// The other side answered, so the outcome is known: it refused, or asks to come back.
fn refused(reply: &HttpReply) -> CallError {
    let message = format!("The address answered with status {}.", reply.status);
    if !matches!(reply.status, 408 | 425 | 429 | 500 | 502 | 503 | 504) {
        return CallError::fatal("http_status", message);
    }
    let seconds = header(reply, "retry-after").and_then(|text| text.parse().ok());
    CallError {
        retry_after: seconds.map(Duration::from_secs),
        ..CallError::retry("http_status", message)
    }
}

fn header<'a>(reply: &'a HttpReply, name: &str) -> Option<&'a str> {
    let found = |(known, _): &&(String, String)| known.eq_ignore_ascii_case(name);
    reply
        .headers
        .iter()
        .find(found)
        .map(|(_, value)| value.as_str())
}

fn output(reply: HttpReply) -> Result<Value, CallError> {
    if reply.body.len() > MAX_BODY {
        let message = format!("The reply is larger than {MAX_BODY} bytes.");
        return Err(CallError::fatal("reply_too_large", message));
    }
    let is_json = header(&reply, "content-type").is_some_and(|kind| kind.contains("json"));
    let text = String::from_utf8_lossy(&reply.body);
    let body = match serde_json::from_str(&text) {
        Ok(value) if is_json => value,
        // Postgres keeps no NUL in JSON.
        _ => Value::String(text.replace('\0', "")),
    };
    let headers: Map<String, Value> = reply
        .headers
        .iter()
        .map(|(name, value)| (name.to_ascii_lowercase(), Value::String(value.clone())))
        .collect();
    Ok(json!({"status": reply.status, "headers": headers, "body": body}))
}
