use crate::compose::compose;
use crate::facts::Facts;
use crate::fault::Fault;
use crate::reply;
use crate::rules::{self, Refusal};
use crate::strict;
use crate::tasks;
use actix_web::web::Json;
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder, http::StatusCode};
use data_encoding::HEXLOWER;
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// The model that the simulator says it is.
pub const MODEL: &str = "simulator-1";

#[derive(Deserialize)]
pub(crate) struct Request {
    model: String,
    messages: Vec<Message>,
    #[serde(default)]
    response_format: Value,
    #[serde(default)]
    stream: bool,
    max_completion_tokens: Option<u64>,
    max_tokens: Option<u64>,
}

#[derive(Deserialize)]
pub(crate) struct Message {
    role: String,
    #[serde(default)]
    content: Value,
}

impl Message {
    /// The text, be it one string or parts of type `text`.
    fn text(&self) -> String {
        match &self.content {
            Value::String(text) => text.clone(),
            Value::Array(parts) => {
                let texts = parts.iter().filter_map(|part| part.get("text")?.as_str());
                texts.collect::<Vec<_>>().join("\n")
            }
            _ => String::new(),
        }
    }
}

/// What the model thinks before it answers, in tokens; they count against the limit.
const REASONING: u64 = 64;

/// `POST /v1/chat/completions`.
pub(crate) async fn complete(http: HttpRequest, body: Json<Value>) -> HttpResponse {
    let request = match Request::deserialize(&*body) {
        Ok(request) => request,
        Err(error) => {
            let text = format!("the request cannot be read: {error}");
            return refusal(400, "invalid_request_error", &text);
        }
    };
    if request.messages.is_empty() {
        return refusal(400, "invalid_request_error", "messages must not be empty");
    }
    if request.stream {
        let text = "this simulator does not stream: leave `stream` out";
        return refusal(400, "invalid_request_error", text);
    }
    if let Err(refused) = acceptable(&request, &body) {
        return refused.response();
    }
    let reasons = body
        .as_object()
        .is_some_and(|body| rules::reasons(&request.model, body));
    let reasoning = if reasons { REASONING } else { 0 };
    let fault = Fault::of(&http, &request.model);
    if let Some(refused) = fault.and_then(refused) {
        return refused;
    }
    if let Some(Fault::Slow(delay)) = fault {
        tokio::time::sleep(delay).await;
    }
    let limit = request
        .max_completion_tokens
        .or(request.max_tokens)
        .unwrap_or(u64::MAX)
        .saturating_sub(reasoning);
    let mut content = content(&request);
    let mut finish_reason = "stop";
    let mut refused = Value::Null;
    match fault {
        Some(Fault::Nonsense) => {
            "Sure! Here is what you asked for: {name: ".clone_into(&mut content)
        }
        Some(Fault::Empty) => content.clear(),
        Some(Fault::Refuses) => refused = json!("I'm sorry, but I can't help with that."),
        _ => {}
    }
    if fault == Some(Fault::CutOff) || tokens(&content) > limit {
        finish_reason = "length";
        let keep = usize::try_from(limit.saturating_mul(4)).unwrap_or(usize::MAX);
        content = content
            .chars()
            .take(keep.min(content.chars().count() / 2))
            .collect();
    }
    let completion = completion(&request, &content, &refused, finish_reason, reasoning);
    let id = completion.get("id").and_then(Value::as_str);
    let id = id.unwrap_or_default().replace("chatcmpl-", "req_");
    HttpResponse::Ok()
        .insert_header(("x-request-id", id))
        .json(completion)
}

/// Whether the model would take the request.
fn acceptable(request: &Request, body: &Value) -> Result<(), Refusal> {
    let today = platform_kernel::clock::now().date_naive();
    let empty = serde_json::Map::new();
    rules::check(&request.model, body.as_object().unwrap_or(&empty), today)?;
    let texts: Vec<String> = request.messages.iter().map(Message::text).collect();
    strict::check(&request.response_format, &texts.join("\n"))
}

fn refused(fault: Fault) -> Option<HttpResponse> {
    Some(match fault {
        Fault::Unavailable => refusal(503, "server_error", "the simulator plays unavailable"),
        Fault::Unauthorized => refusal(
            401,
            "invalid_api_key",
            "the simulator plays a wrong API key",
        ),
        Fault::Quota => refusal(
            429,
            "insufficient_quota",
            "the simulator plays a spent quota",
        ),
        Fault::RateLimited { seconds } => {
            let mut answer = refusal(
                429,
                "rate_limit_exceeded",
                "the simulator plays a rate limit",
            );
            if let Some(seconds) = seconds {
                let name = actix_web::http::header::RETRY_AFTER;
                answer.headers_mut().insert(name, seconds.into());
            }
            answer
        }
        Fault::NotAnAnswer => HttpResponse::Ok().body("<html>a proxy's page</html>"),
        Fault::Nonsense | Fault::Empty | Fault::Refuses | Fault::CutOff | Fault::Slow(_) => {
            return None;
        }
    })
}

/// An error as OpenAI writes it.
pub(crate) fn refusal(status: u16, code: &str, message: &str) -> HttpResponse {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    HttpResponseBuilder::new(status).json(json!({
        "error": { "message": message, "type": code, "param": null, "code": code },
    }))
}

fn content(request: &Request) -> String {
    let of_role = |customer: bool| {
        let texts = request.messages.iter();
        let texts = texts.filter(|message| (message.role == "user") == customer);
        texts.map(Message::text).collect::<Vec<_>>().join("\n")
    };
    let (instructions, text) = (of_role(false), of_role(true));
    let facts = Facts::read(&instructions, &text);
    let format = &request.response_format;
    match format.get("type").and_then(Value::as_str) {
        Some("json_schema") => {
            let schema = format
                .pointer("/json_schema/schema")
                .unwrap_or(&Value::Null);
            let name = format.pointer("/json_schema/name").and_then(Value::as_str);
            let answer = tasks::answer(name.unwrap_or_default(), schema, &instructions, &text);
            answer
                .unwrap_or_else(|| compose(schema, &facts))
                .to_string()
        }
        Some("json_object") => json!({ "answer": reply::email(&facts) }).to_string(),
        _ => reply::email(&facts),
    }
}

fn completion(
    request: &Request,
    content: &str,
    refused: &Value,
    reason: &str,
    reasoning: u64,
) -> Value {
    let prompt: String = request.messages.iter().map(Message::text).collect();
    let (input, output) = (tokens(&prompt), tokens(content) + reasoning);
    let hash = HEXLOWER.encode(&Sha256::digest(prompt.as_bytes()));
    let content = if refused.is_null() {
        json!(content)
    } else {
        Value::Null
    };
    json!({
        "id": format!("chatcmpl-{}", hash.get(..24).unwrap_or_default()),
        "object": "chat.completion",
        "created": platform_kernel::clock::now().timestamp(),
        "model": request.model,
        "system_fingerprint": MODEL,
        "choices": [{
            "index": 0,
            "message": { "role": "assistant", "content": content, "refusal": refused },
            "logprobs": null,
            "finish_reason": reason,
        }],
        "usage": {
            "prompt_tokens": input,
            "completion_tokens": output,
            "total_tokens": input + output,
            "prompt_tokens_details": { "cached_tokens": 0, "cache_write_tokens": 0 },
            "completion_tokens_details": { "reasoning_tokens": reasoning },
        },
    })
}

/// About four characters make a token.
fn tokens(text: &str) -> u64 {
    u64::try_from(text.chars().count().div_ceil(4)).unwrap_or(u64::MAX)
}
