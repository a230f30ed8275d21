//! The step type `http.request`.

mod reason;
mod reply;

use crate::step::{
    AfterCrash, EffectContext, EffectIntent, EffectOutcome, EffectStep, StepContext, StepError,
    StepTypeInfo,
};
use async_trait::async_trait;
use platform_kernel::ports::{CallError, HttpCall, HttpCaller, HttpReply};
use platform_kernel::{clock, retry_after, trace};
use reason::Secrets;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

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
    #[serde(default)]
    send_trace: bool,
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

    /// Whether "not modified" is one of the replies that it asks for (RFC 9110 §13.1).
    fn is_conditional(&self) -> bool {
        let conditions = ["if-none-match", "if-modified-since"];
        let mut names = self.headers.keys();
        names.any(|name| conditions.contains(&name.trim().to_ascii_lowercase().as_str()))
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
                    "body": {"description": "Parsed where the reply is JSON, text where it is text, otherwise its bytes in base64."},
                    "body_encoding": {"enum": ["json", "text", "base64"], "description": "Which of them body is."},
                    "charset": {"type": ["string", "null"], "description": "What the reply was written in."}
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
            "fail_on_status": {
                "type": "boolean", "title": "Fail on an error status", "default": true,
                "description": "On every status but 200 to 299. Redirects are not followed: they fail too, and say where they point."
            },
            "idempotent": {
                "type": "boolean", "title": "May be repeated", "default": false,
                "description": "The other side honours Idempotency-Key, or doing it twice harms nobody."
            },
            "send_trace": {
                "type": "boolean", "title": "Send the trace", "default": false,
                "description": "Adds the header traceparent, so that the other side can join its traces to the run."
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
        let (fails, conditional) = (config.fail_on_status, config.is_conditional());
        let secrets = Secrets::of(&config);
        let reply = self.caller.call(&http_call(config, context)).await?;
        let report = &context.step.report;
        report.info(format!(
            "Status {}, {} bytes.",
            reply.status,
            reply.body.len()
        ));
        let expected = matches!(reply.status, 200..=299) || (reply.status == 304 && conditional);
        if fails && !expected {
            return Err(refused(&reply, &secrets));
        }
        let reference = header(&reply, "x-request-id").map(str::to_owned);
        let (output, warning) = output(&reply)?;
        if let Some(warning) = warning {
            report.warn(warning);
        }
        Ok(EffectOutcome {
            output,
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
    if let Some(trace) = trace::current().filter(|_| config.send_trace) {
        add("traceparent", &trace.to_string());
    }
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

/// The other side answered, so the outcome is known: it refused, points elsewhere, or asks to come
/// back.
fn refused(reply: &HttpReply, secrets: &Secrets) -> CallError {
    let status = reply.status;
    if let Some(target) = reason::location(reply, secrets).filter(|_| (300..400).contains(&status))
    {
        let message = format!(
            "The address answered with status {status} and points to {target}. Redirects are not \
             followed: name the address that it points to."
        );
        return CallError::fatal("http_redirected", message);
    }
    let message = match reason::of(reply, secrets) {
        Some(reason) => format!("The address answered with status {status}: {reason}"),
        None => format!("The address answered with status {status}."),
    };
    if !matches!(status, 408 | 425 | 429 | 500 | 502 | 503 | 504) {
        return CallError::fatal("http_status", message);
    }
    let wait = header(reply, "retry-after");
    CallError {
        retry_after: wait.and_then(|value| retry_after::parse(value, clock::now())),
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

/// The output, and what is wrong with the reply.
fn output(reply: &HttpReply) -> Result<(Value, Option<String>), CallError> {
    if reply.body.len() > MAX_BODY {
        let message = format!("The reply is larger than {MAX_BODY} bytes.");
        return Err(CallError::fatal("reply_too_large", message));
    }
    // What is sent twice is a list (RFC 9110 §5.3).
    let mut headers: BTreeMap<String, String> = BTreeMap::new();
    for (name, value) in &reply.headers {
        let known = headers.entry(name.to_ascii_lowercase()).or_default();
        if !known.is_empty() {
            known.push_str(", ");
        }
        known.push_str(value);
    }
    let body = reply::read(reply);
    let output = json!({
        "status": reply.status,
        "headers": headers,
        "body": body.value,
        "body_encoding": body.encoding,
        "charset": body.charset,
    });
    Ok((output, body.warning))
}

#[cfg(test)]
mod tests;
