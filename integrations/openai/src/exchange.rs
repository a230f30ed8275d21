//! One request and its answer, over HTTP. Nothing here tries again.

use crate::config::Endpoint;
use crate::failure::{Refusal, of_connection};
use platform_kernel::ports::CallError;
use platform_kernel::trace;
use reqwest::header::CONTENT_TYPE;
use reqwest::{Client, Response};
use serde_json::Value;

/// More than any answer in text; a provider gone wrong must not fill the memory.
const LONGEST_ANSWER: usize = 4 * 1024 * 1024;

/// A success.
pub(crate) struct Answered {
    pub(crate) body: Vec<u8>,
    pub(crate) request_id: Option<String>,
}

/// Why there was none.
pub(crate) enum NoSuccess {
    /// The provider refused the request.
    Refused(Refusal),
    /// There was no answer.
    Failed(CallError),
}

pub(crate) async fn exchange(
    client: &Client,
    endpoint: &Endpoint,
    body: &Value,
) -> Result<Answered, NoSuccess> {
    let mut request = client
        .post(endpoint.url("/chat/completions"))
        .headers(endpoint.headers())
        .header(CONTENT_TYPE, "application/json")
        .body(body.to_string());
    if let Some(trace) = trace::current() {
        request = request.header("traceparent", trace.to_string());
    }
    let response = request.send().await.map_err(|e| failed(&e))?;
    let status = response.status();
    let headers = response.headers().clone();
    let body = bounded(response).await?;
    if status.is_success() {
        let request_id = headers.get("x-request-id").and_then(|id| id.to_str().ok());
        return Ok(Answered {
            body,
            request_id: request_id.map(|id| id.chars().take(200).collect()),
        });
    }
    let refusal = Refusal::read(status.as_u16(), &headers, &body);
    Err(NoSuccess::Refused(refusal))
}

async fn bounded(mut response: Response) -> Result<Vec<u8>, NoSuccess> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|e| failed(&e))? {
        if body.len() + chunk.len() > LONGEST_ANSWER {
            let error = CallError::retry("ai_no_answer", "the answer is far too long");
            return Err(NoSuccess::Failed(error));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn failed(error: &reqwest::Error) -> NoSuccess {
    NoSuccess::Failed(of_connection(error))
}
