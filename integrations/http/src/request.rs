use platform_kernel::ports::{CallError, HttpCall};
use reqwest::Method;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue, USER_AGENT};

/// Headers that belong to the connection (RFC 9110 §7.6.1) or decide which site answers: whoever
/// could set them could smuggle a second request into the first.
const NOT_THEIRS: [&str; 11] = [
    "host",
    "content-length",
    "transfer-encoding",
    "connection",
    "keep-alive",
    "upgrade",
    "te",
    "trailer",
    "proxy-authorization",
    "proxy-connection",
    "expect",
];

const METHODS: [&str; 7] = ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"];

pub(crate) fn method(call: &HttpCall) -> Result<Method, CallError> {
    let name = call.method.to_ascii_uppercase();
    let known = METHODS.contains(&name.as_str());
    let method = known.then(|| name.parse().ok()).flatten();
    method.ok_or_else(|| invalid(format!("{:?} is no method that is called", call.method)))
}

pub(crate) fn headers(call: &HttpCall) -> Result<HeaderMap, CallError> {
    let mut headers = HeaderMap::new();
    headers.insert(USER_AGENT, HeaderValue::from_static("Auterity/1.0"));
    for (name, value) in &call.headers {
        let parsed = HeaderName::try_from(name.trim());
        let parsed = parsed.map_err(|_no_detail| invalid(format!("{name:?} is no header name")))?;
        if NOT_THEIRS.contains(&parsed.as_str()) {
            return Err(invalid(format!("the header {parsed} cannot be set")));
        }
        let value = HeaderValue::try_from(value.trim());
        let value =
            value.map_err(|_no_detail| invalid(format!("the header {parsed} has a bad value")))?;
        if parsed == USER_AGENT {
            headers.insert(parsed, value);
        } else {
            headers.append(parsed, value);
        }
    }
    Ok(headers)
}

fn invalid(message: String) -> CallError {
    CallError::fatal("http_invalid_request", message)
}
