use crate::failure::{Failure, of_connection, of_status};
use async_openai::error::OpenAIError;
use async_openai::middleware::HttpRequestFactory;
use async_openai::types::chat::CreateChatCompletionResponse;
use platform_kernel::ports::CallError;
use reqwest::{Client, Response};
use std::pin::Pin;
use std::task::{Context, Poll};
use tower_service::Service;

/// More than any answer in text; a provider gone wrong must not fill the memory.
const LONGEST_ANSWER: usize = 4 * 1024 * 1024;

/// Sends each request once. The library's own transport would try again by itself, lose the
/// `Retry-After` header, and log answers that it cannot read.
#[derive(Clone)]
pub(crate) struct Transport(pub(crate) Client);

impl Service<HttpRequestFactory> for Transport {
    type Response = Response;
    type Error = OpenAIError;
    type Future = Pin<Box<dyn Future<Output = Result<Response, OpenAIError>> + Send>>;

    fn poll_ready(&mut self, _context: &mut Context<'_>) -> Poll<Result<(), OpenAIError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: HttpRequestFactory) -> Self::Future {
        let client = self.0.clone();
        Box::pin(async move {
            let request = request.build().await?;
            let answer = exchange(&client, request).await;
            answer.map_err(|error| OpenAIError::Boxed(Box::new(Failure(error))))
        })
    }
}

async fn exchange(client: &Client, request: reqwest::Request) -> Result<Response, CallError> {
    let mut response = client
        .execute(request)
        .await
        .map_err(|e| of_connection(&e))?;
    let status = response.status();
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|e| of_connection(&e))? {
        if body.len() + chunk.len() > LONGEST_ANSWER {
            return Err(CallError::retry(
                "ai_no_answer",
                "the answer is far too long",
            ));
        }
        body.extend_from_slice(&chunk);
    }
    if !status.is_success() {
        return Err(of_status(status.as_u16(), response.headers(), &body));
    }
    // Checked here, because the library would write an unreadable answer into the log.
    if let Err(error) = serde_json::from_slice::<CreateChatCompletionResponse>(&body) {
        let text = format!("the AI provider's answer cannot be read: {error}");
        return Err(CallError::retry("ai_no_answer", text));
    }
    Ok(http::Response::new(body).into())
}
