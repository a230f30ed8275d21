//! What a refusal, or no answer at all, means.

use chrono::{DateTime, Utc};
use platform_kernel::ports::CallError;
use platform_kernel::retry_after;
use reqwest::header::{HeaderMap, RETRY_AFTER};
use serde_json::Value;
use std::time::Duration;

/// The longest part of a refusal that is looked at for the parameter it is about.
const LONGEST_BODY: usize = 4_000;

/// An answer with a status that is no success, out of
/// `{"error": {"message", "type", "param", "code"}}` or whatever came.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    message: String,
    /// The provider's code, or its type.
    pub(crate) code: String,
    /// The parameter that it is about.
    pub(crate) param: String,
    /// The beginning of the body.
    pub(crate) body: String,
    request_id: Option<String>,
    retry_after: Option<Duration>,
    /// Whether the same question without a parameter may be answered.
    pub(crate) learnt: bool,
}

impl Refusal {
    pub(crate) fn read(status: u16, headers: &HeaderMap, body: &[u8]) -> Self {
        let parsed: Option<Value> = serde_json::from_slice(body).ok();
        let text = String::from_utf8_lossy(body);
        let field = |name: &str| {
            let value = parsed.as_ref()?.get("error")?.get(name)?;
            value.as_str().map(str::to_owned)
        };
        let request_id = headers.get("x-request-id").and_then(|id| id.to_str().ok());
        Self {
            status,
            message: field("message")
                .or_else(|| detail(parsed.as_ref()?))
                .unwrap_or_else(|| text.trim().to_owned()),
            code: field("code").or_else(|| field("type")).unwrap_or_default(),
            param: field("param").unwrap_or_default(),
            body: text.chars().take(LONGEST_BODY).collect(),
            request_id: request_id.map(|id| id.chars().take(200).collect()),
            retry_after: wait(headers, platform_kernel::clock::now()),
            learnt: false,
        }
    }

    /// What it means. Quota that has run out does not come back by itself, although it is said
    /// with the status of a rate limit.
    pub(crate) fn error(&self) -> CallError {
        let text = self.words();
        let mut error = match (self.status, self.code.as_str()) {
            (429, "insufficient_quota") => CallError::fatal("ai_quota_exhausted", text),
            (429, _) => CallError::retry("ai_rate_limited", text),
            (401 | 403, _) => CallError::fatal("ai_sign_in_refused", text),
            (408 | 425 | 500.., _) => CallError::retry("ai_unavailable", text),
            (404, "model_not_found") => CallError::fatal("ai_model_not_found", text),
            (400, "content_filter") => CallError::fatal("ai_refused", text),
            (400, "context_length_exceeded") => CallError::fatal("ai_prompt_too_long", text),
            _ => CallError::fatal("ai_rejected", text),
        };
        error.retry_after = self.retry_after;
        error
    }

    fn words(&self) -> String {
        let said: String = self
            .message
            .chars()
            .map(|c| if c.is_control() { ' ' } else { c })
            .take(400)
            .collect();
        let said = if said.is_empty() { "nothing" } else { &said };
        let status = self.status;
        let id = self.request_id.as_ref();
        let id = id.map_or_else(String::new, |id| format!(" (request {id})"));
        format!("the AI provider answered {status}: {said}{id}")
    }
}

/// `{"detail": "…"}`, `{"message": "…"}` or `{"error": "…"}` of compatible servers.
fn detail(body: &Value) -> Option<String> {
    let texts = ["detail", "message", "error"];
    texts
        .iter()
        .find_map(|name| body.get(*name)?.as_str().map(str::to_owned))
}

/// `Retry-After`, or the milliseconds that OpenAI adds.
pub(crate) fn wait(headers: &HeaderMap, now: DateTime<Utc>) -> Option<Duration> {
    let text = |name: &str| headers.get(name)?.to_str().ok().map(str::trim);
    if let Some(ms) = text("retry-after-ms").and_then(|ms| ms.parse::<f64>().ok()) {
        let wait = Duration::try_from_secs_f64(ms / 1000.0).ok();
        return wait.map(|wait| wait.min(retry_after::LONGEST));
    }
    if let Some(value) = text(RETRY_AFTER.as_str()) {
        return retry_after::parse(value, now);
    }
    let used_up = |what: &str| text(&format!("x-ratelimit-remaining-{what}")) == Some("0");
    let resets = ["requests", "tokens"]
        .into_iter()
        .filter(|what| used_up(what));
    let resets = resets.filter_map(|what| reset(text(&format!("x-ratelimit-reset-{what}"))?));
    resets.max().map(|wait| wait.min(retry_after::LONGEST))
}

/// `6m0s`, `1.5s` or `12ms` as OpenAI writes it, seconds as Azure does.
fn reset(text: &str) -> Option<Duration> {
    let mut rest = text;
    let mut seconds = 0.0;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.');
        let (number, more) = rest.split_at(digits.unwrap_or(rest.len()));
        let unit = more
            .find(|c: char| c.is_ascii_digit())
            .unwrap_or(more.len());
        let (unit, more) = more.split_at(unit);
        let each = match unit {
            "ms" => 0.001,
            "s" | "" => 1.0,
            "m" => 60.0,
            "h" => 3_600.0,
            "d" => 86_400.0,
            _ => return None,
        };
        seconds += number.parse::<f64>().ok()? * each;
        rest = more;
    }
    Duration::try_from_secs_f64(seconds).ok()
}

/// What a connection's own failure means: a question lost on the way harms nobody.
pub(crate) fn of_connection(error: &reqwest::Error) -> CallError {
    if error.is_timeout() {
        return CallError::retry("ai_timeout", "the AI provider did not answer in time");
    }
    if error.is_builder() {
        return CallError::fatal(
            "ai_rejected",
            format!("the question cannot be sent: {error}"),
        );
    }
    let mut text = "the AI provider cannot be reached".to_owned();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    CallError::retry("ai_unavailable", text.chars().take(400).collect::<String>())
}
