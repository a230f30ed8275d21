use chrono::{DateTime, Utc};
use http::header::{HeaderMap, RETRY_AFTER};
use platform_kernel::ports::CallError;
use serde_json::Value;
use std::time::Duration;

/// The longest wait that a provider is believed to mean.
const LONGEST_WAIT: Duration = Duration::from_secs(3600);

/// A call that ended before there was an answer, on its way through the library.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub(crate) struct Failure(pub(crate) CallError);

/// What a status that is no success means. Quota that has run out does not come back by itself,
/// although it is said with the status of a rate limit.
pub(crate) fn of_status(status: u16, headers: &HeaderMap, body: &[u8]) -> CallError {
    let (message, code) = said(body);
    let text = format!("the AI provider answered {status}: {message}");
    let mut error = match status {
        429 if code == "insufficient_quota" => CallError::fatal("ai_quota_exhausted", text),
        429 => CallError::retry("ai_rate_limited", text),
        401 | 403 => CallError::fatal("ai_sign_in_refused", text),
        408 | 425 | 500.. => CallError::retry("ai_unavailable", text),
        _ => CallError::fatal("ai_rejected", text),
    };
    error.retry_after = retry_after(headers, platform_kernel::clock::now());
    error
}

/// The provider's words and its code, out of `{"error": {"message", "code"}}` or whatever came.
fn said(body: &[u8]) -> (String, String) {
    let parsed: Option<Value> = serde_json::from_slice(body).ok();
    let field = |name: &str| {
        let value = parsed.as_ref()?.get("error")?.get(name)?;
        value.as_str().map(str::to_owned)
    };
    let plain = || {
        let text = String::from_utf8_lossy(body).trim().to_owned();
        if text.is_empty() {
            "nothing".to_owned()
        } else {
            text
        }
    };
    let message: String = field("message")
        .unwrap_or_else(plain)
        .chars()
        .take(400)
        .collect();
    let code = field("code").or_else(|| field("type")).unwrap_or_default();
    (message, code)
}

/// Seconds or a date (RFC 9110 §10.2.3), or the milliseconds that OpenAI adds.
pub(crate) fn retry_after(headers: &HeaderMap, now: DateTime<Utc>) -> Option<Duration> {
    let text = |name: &str| headers.get(name)?.to_str().ok().map(str::trim);
    if let Some(ms) = text("retry-after-ms").and_then(|ms| ms.parse::<f64>().ok()) {
        return Duration::try_from_secs_f64(ms / 1000.0).ok().map(clamp);
    }
    let value = text(RETRY_AFTER.as_str())?;
    if let Ok(seconds) = value.parse::<u64>() {
        return Some(clamp(Duration::from_secs(seconds)));
    }
    let until = DateTime::parse_from_rfc2822(value).ok()?;
    let wait = until
        .signed_duration_since(now)
        .to_std()
        .unwrap_or_default();
    Some(clamp(wait))
}

fn clamp(wait: Duration) -> Duration {
    wait.min(LONGEST_WAIT)
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
