use crate::resolver::NotPublic;
use platform_kernel::ports::CallError;
use std::error::Error;

/// What a failed exchange means. `safe` says that the method changes nothing (RFC 9110 §9.2.1).
pub(crate) fn of_exchange(error: &reqwest::Error, safe: bool) -> CallError {
    if let Some(refused) = cause::<NotPublic>(error) {
        return CallError::fatal("address_refused", refused.to_string());
    }
    let text = readable(error);
    if error.is_builder() {
        return CallError::fatal("http_invalid_request", text);
    }
    if error.is_connect() {
        return CallError::retry("http_unreachable", text);
    }
    after_sending(error.is_timeout(), safe, text)
}

/// Nothing more is heard of a request that was sent, or may have been.
pub(crate) fn after_sending(timeout: bool, safe: bool, text: String) -> CallError {
    let code = if timeout {
        "http_timeout"
    } else {
        "http_connection_lost"
    };
    if safe {
        CallError::retry(code, text)
    } else {
        CallError::unknown(
            code,
            format!("the request may have been carried out: {text}"),
        )
    }
}

fn cause<T: Error + 'static>(error: &reqwest::Error) -> Option<&T> {
    let mut source = error.source();
    while let Some(inner) = source {
        if let Some(found) = inner.downcast_ref() {
            return Some(found);
        }
        source = inner.source();
    }
    None
}

/// The causes in one line, without the URL: its query may hold a secret.
fn readable(error: &reqwest::Error) -> String {
    let mut text = match (error.is_timeout(), error.is_connect()) {
        (true, _) => "no answer in time".to_owned(),
        (_, true) => "no connection".to_owned(),
        _ => "the connection failed".to_owned(),
    };
    let mut source = error.source();
    while let Some(inner) = source {
        text = format!("{text}: {inner}");
        source = inner.source();
    }
    text.chars().take(300).collect()
}
