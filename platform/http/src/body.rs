//! Bodies: JSON of bounded size and depth, with the place of every fault.

use crate::authorize::Gate;
use crate::problem::ApiError;
use actix_web::dev::Payload;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::{FromRequest, HttpRequest, web};
use platform_kernel::error::FieldError;
use platform_kernel::text::{is_blank, is_deceptive};
use platform_kernel::{Error, ErrorCode, Result};
use serde::de::DeserializeOwned;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

/// The largest JSON body, in bytes.
pub const JSON_LIMIT: usize = 1 << 20;
/// The deepest nesting of a JSON body.
pub const JSON_DEPTH: usize = 64;
/// How long a body may take to arrive, so that slow senders cannot gather connections.
const ARRIVAL: Duration = Duration::from_secs(30);

/// A request body that can say what is wrong with it.
pub trait Validate {
    /// Every faulty field; empty when all is well.
    fn validate(&self) -> Vec<FieldError>;
}

/// A body that was parsed and validated.
pub struct ValidJson<T>(pub T);

impl<T> ValidJson<T> {
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T: DeserializeOwned + Validate + 'static> FromRequest for ValidJson<T> {
    type Error = ApiError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, ApiError>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let json = is_json(request);
        let bytes = read_body(request, payload, JSON_LIMIT);
        let gate = Gate::of(request);
        Box::pin(async move {
            gate.await;
            if !json {
                return Err(ErrorCode::UnsupportedMediaType
                    .detail("send application/json")
                    .into());
            }
            let value: T = parse_json(&bytes.await?)?;
            Error::check(value.validate())?;
            Ok(Self(value))
        })
    }
}

/// Reads a body of at most `limit` bytes.
pub fn read_body(
    request: &HttpRequest,
    payload: &mut Payload,
    limit: usize,
) -> impl Future<Output = Result<web::Bytes>> + use<> {
    let declared = request
        .headers()
        .get(actix_web::http::header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.parse::<usize>().ok());
    let mut payload = payload.take();
    async move {
        use futures_util::StreamExt;
        let too_large = || ErrorCode::PayloadTooLarge.detail(format!("the limit is {limit} bytes"));
        if declared.is_some_and(|length| length > limit) {
            return Err(too_large());
        }
        let arrival = async {
            let mut body = web::BytesMut::new();
            while let Some(chunk) = payload.next().await {
                let chunk = chunk.map_err(|cause| ErrorCode::BadRequest.because(cause))?;
                if body.len() + chunk.len() > limit {
                    return Err(too_large());
                }
                body.extend_from_slice(&chunk);
            }
            Ok(body.freeze())
        };
        let arrived = tokio::time::timeout(ARRIVAL, arrival).await;
        arrived.map_err(|late| ErrorCode::RequestTimeout.because(late))?
    }
}

fn is_json(request: &HttpRequest) -> bool {
    let content_type = request
        .headers()
        .get(CONTENT_TYPE)
        .and_then(|v| v.to_str().ok());
    let essence = content_type
        .and_then(|v| v.split(';').next())
        .map(str::trim);
    essence.is_some_and(|e| e.eq_ignore_ascii_case("application/json") || e.ends_with("+json"))
}

/// Parses JSON; a fault is told by line and column, or by field where serde names it.
pub fn parse_json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T> {
    if depth(bytes) > JSON_DEPTH {
        return Err(
            ErrorCode::MalformedJson.detail(format!("nested deeper than {JSON_DEPTH} levels"))
        );
    }
    // An empty body counts as `{}`: actions take no fields.
    let bytes = if bytes.is_empty() { b"{}" } else { bytes };
    serde_json::from_slice(bytes).map_err(|error| match error.classify() {
        serde_json::error::Category::Data => {
            let (pointer, detail) = field_of(&error.to_string());
            Error::from(ErrorCode::ValidationFailed).field(pointer, "invalid", detail)
        }
        _ => ErrorCode::MalformedJson.detail(error.to_string()),
    })
}

/// serde names the field of a missing or unknown one in its message; other faults are of the whole.
fn field_of(message: &str) -> (String, String) {
    let named = ["missing field `", "unknown field `", "duplicate field `"]
        .iter()
        .find_map(|start| message.split_once(start)?.1.split_once('`'));
    match named {
        Some((field, _)) => (format!("/{field}"), message.to_owned()),
        None => (String::new(), message.to_owned()),
    }
}

/// The deepest nesting of brackets outside strings.
fn depth(bytes: &[u8]) -> usize {
    let (mut depth, mut deepest, mut in_string, mut escaped) = (0_usize, 0_usize, false, false);
    for byte in bytes {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'{' | b'[' if !in_string => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b'}' | b']' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

/// A faulty field, for [`Validate::validate`].
pub fn fault(pointer: &str, code: &str, detail: impl Into<String>) -> FieldError {
    FieldError {
        pointer: pointer.to_owned(),
        code: code.to_owned(),
        detail: detail.into(),
    }
}

/// Checks that a text is neither blank nor longer than `longest` characters.
pub fn check_text(faults: &mut Vec<FieldError>, pointer: &str, text: &str, longest: usize) {
    if is_blank(text) {
        faults.push(fault(pointer, "required", "must not be empty"));
    } else if text.chars().count() > longest {
        faults.push(fault(
            pointer,
            "too_long",
            format!("must have at most {longest} characters"),
        ));
    } else if text.chars().any(|c| c.is_control() || is_deceptive(c)) {
        faults.push(fault(
            pointer,
            "invalid",
            "must not contain control or invisible characters",
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_in_strings_do_not_count_as_nesting() {
        assert_eq!(depth(br#"{"a":"[[[[\"[["}"#), 1);
        assert_eq!(depth(&b"[".repeat(100)), 100);
    }

    #[test]
    fn a_missing_field_is_told_by_its_pointer() {
        #[derive(serde::Deserialize, Debug)]
        struct Body {
            #[expect(dead_code, reason = "only parsed")]
            name: String,
        }
        let error = parse_json::<Body>(b"{}").unwrap_err();
        assert_eq!(error.errors()[0].pointer, "/name");
        assert_eq!(
            parse_json::<Body>(b"{").unwrap_err().code(),
            ErrorCode::MalformedJson
        );
    }
}
