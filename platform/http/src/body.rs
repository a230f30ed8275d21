//! Bodies: JSON of bounded size and depth, with the place of every fault.

use crate::authorize::Gate;
use crate::problem::ApiError;
use crate::strict::{self, Source};
use crate::unique::Unique;
use actix_web::dev::Payload;
use actix_web::http::Method;
use actix_web::http::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderMap};
use actix_web::{FromRequest, HttpRequest, web};
use platform_kernel::compute;
use platform_kernel::error::FieldError;
use platform_kernel::text::{is_blank, is_deceptive};
use platform_kernel::{Error, ErrorCode, Result};
use serde::de::{DeserializeOwned, DeserializeSeed};
use serde_json::Value;
use serde_json::error::Category;
use serde_path_to_error::Track;
use std::future::Future;
use std::pin::Pin;
use std::sync::LazyLock;
use std::time::Duration;
use tokio::sync::Semaphore;

/// The largest JSON body, in bytes.
pub const JSON_LIMIT: usize = 1 << 20;
/// The deepest nesting of a JSON body.
pub const JSON_DEPTH: usize = 64;
/// The largest body that need not say beforehand how large it is.
const UNDECLARED: usize = 64 << 10;
/// From which size on a body is parsed on a compute thread.
const LARGE: usize = 32 << 10;
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

impl<T: DeserializeOwned + Validate + Send + 'static> FromRequest for ValidJson<T> {
    type Error = ApiError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, ApiError>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let json = is_json(request);
        let source = match *request.method() {
            Method::PATCH => Source::Patch,
            _ => Source::Body,
        };
        let bytes = read_body(request, payload, JSON_LIMIT);
        let gate = Gate::of(request);
        Box::pin(async move {
            gate.await;
            if !json {
                return Err(ErrorCode::UnsupportedMediaType
                    .detail("send application/json")
                    .into());
            }
            let bytes = bytes.await?;
            let value: T = aside(bytes, move |bytes| parse_body(bytes, source)).await?;
            Error::check(value.validate())?;
            Ok(Self(value))
        })
    }
}

/// The length that a request says its body has.
pub(crate) fn declared_length(headers: &HeaderMap) -> Option<usize> {
    let value = headers.get(CONTENT_LENGTH)?;
    value.to_str().ok()?.parse().ok()
}

/// Reads a body of at most `limit` bytes; one of more than [`UNDECLARED`] declares its length, by which
/// rate limits are charged.
pub fn read_body(
    request: &HttpRequest,
    payload: &mut Payload,
    limit: usize,
) -> impl Future<Output = Result<web::Bytes>> + use<> {
    let declared = declared_length(request.headers());
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
                let length = body.len() + chunk.len();
                if length > limit {
                    return Err(too_large());
                }
                if declared.is_none() && length > UNDECLARED {
                    let detail = format!(
                        "a body of more than {UNDECLARED} bytes declares its Content-Length"
                    );
                    return Err(ErrorCode::PayloadTooLarge.detail(detail));
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

/// Parses JSON from another system as it is; a fault is told by line and column.
pub fn parse_json(bytes: &[u8]) -> Result<Value> {
    serde_json::from_slice(checked(bytes)?).map_err(malformed)
}

/// Reads a large body on a compute thread, few of them at a time: what takes milliseconds would hold up
/// every request of the thread that it came in on.
///
/// # Errors
/// Those of `read`.
pub async fn aside<T: Send + 'static>(
    bytes: web::Bytes,
    read: impl FnOnce(&[u8]) -> Result<T> + Send + 'static,
) -> Result<T> {
    static TURNS: LazyLock<Semaphore> = LazyLock::new(|| {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Semaphore::new((cores / 2).max(1))
    });
    if bytes.len() <= LARGE {
        return read(&bytes);
    }
    let _turn = TURNS.acquire().await.map_err(Error::internal)?;
    compute::run(move || read(&bytes)).await?
}

/// Parses a body of a client of ours: its texts in NFC, every fault with its JSON pointer.
fn parse_body<T: DeserializeOwned>(bytes: &[u8], source: Source) -> Result<T> {
    let mut json = serde_json::Deserializer::from_slice(checked(bytes)?);
    let mut track = Track::new();
    let value = Unique::new().deserialize(serde_path_to_error::Deserializer::new(
        &mut json, &mut track,
    ));
    let value = value.map_err(|error| match error.classify() {
        Category::Data => {
            let place = strict::pointer(&track.path());
            let fault = strict::fault(place, error.to_string());
            Error::from(ErrorCode::ValidationFailed).fields([fault])
        }
        _ => malformed(error),
    })?;
    json.end().map_err(malformed)?;
    strict::read(value, source)
}

fn malformed(error: serde_json::Error) -> Error {
    ErrorCode::MalformedJson.detail(error.to_string())
}

/// The bytes, unless they are nested too deep. An empty body counts as `{}`: actions take no fields.
fn checked(bytes: &[u8]) -> Result<&[u8]> {
    if depth(bytes) > JSON_DEPTH {
        let detail = format!("nested deeper than {JSON_DEPTH} levels");
        return Err(ErrorCode::MalformedJson.detail(detail));
    }
    Ok(if bytes.is_empty() { b"{}" } else { bytes })
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
    use actix_web::error::PayloadError;
    use futures_util::Stream;

    #[test]
    fn brackets_in_strings_do_not_count_as_nesting() {
        assert_eq!(depth(br#"{"a":"[[[[\"[["}"#), 1);
        assert_eq!(depth(&b"[".repeat(100)), 100);
    }

    #[derive(serde::Deserialize, Debug)]
    struct Body {
        name: String,
        #[serde(default)]
        password: String,
    }

    fn body(text: &str) -> Result<Body> {
        parse_body(text.as_bytes(), Source::Body)
    }

    #[test]
    fn a_missing_field_is_told_by_its_pointer() {
        assert_eq!(body("{}").unwrap_err().errors()[0].pointer, "/name");
        assert_eq!(body("{").unwrap_err().code(), ErrorCode::MalformedJson);
        let more = body(r#"{"name": "a"} {}"#).unwrap_err();
        assert_eq!(more.code(), ErrorCode::MalformedJson);
    }

    #[test]
    fn a_name_is_there_once() {
        for (text, place) in [
            (r#"{"name": "a", "name": "b"}"#, "/name"),
            (r#"{"name": "a", "x": [{"y": 1, "y": 2}]}"#, "/x/0/y"),
            // The same name in two forms of Unicode.
            (
                "{\"name\": \"a\", \"\u{e9}\": 1, \"e\u{301}\": 2}",
                "/\u{e9}",
            ),
        ] {
            let error = body(text).unwrap_err();
            let fault = &error.errors()[0];
            assert_eq!(fault.pointer, place);
            assert_eq!(fault.code, "duplicate_field");
        }
    }

    #[test]
    fn texts_are_composed_and_passwords_are_as_they_were_typed() {
        let typed = "Jose\u{301}";
        let read = body(&format!(r#"{{"name": "{typed}", "password": "{typed}"}}"#)).unwrap();
        assert_eq!(read.name, "Jos\u{e9}");
        assert_eq!(read.password, typed);
    }

    /// A body that comes in pieces of 16 KiB and does not say how many.
    async fn undeclared(pieces: usize) -> Result<usize> {
        let piece = || Ok::<_, PayloadError>(web::Bytes::from_static(&[b' '; 16 << 10]));
        let stream = futures_util::stream::iter((0..pieces).map(move |_| piece()));
        let mut payload = Payload::from(Box::pin(stream) as Pin<Box<dyn Stream<Item = _>>>);
        let request = actix_web::test::TestRequest::default().to_http_request();
        let body = read_body(&request, &mut payload, JSON_LIMIT).await?;
        Ok(body.len())
    }

    #[actix_web::test]
    async fn a_long_body_declares_its_length() {
        assert_eq!(undeclared(4).await.unwrap(), UNDECLARED);
        let refused = undeclared(5).await.unwrap_err();
        assert_eq!(refused.code(), ErrorCode::PayloadTooLarge);
        assert!(refused.detail().unwrap().contains("Content-Length"));
    }
}
