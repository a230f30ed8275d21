//! Against a provider that answers what a test tells it to.

use super::{config, model, question};
use crate::failure::wait;
use crate::{OpenAiConfig, OpenAiModel};
use platform_kernel::ports::{CallError, ChatModel, Fate};
use platform_kernel::trace;
use reqwest::header::HeaderMap;
use serde_json::{Value, json};
use std::time::Duration;
use wiremock::matchers::{header, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

fn answer(message: &Value, finish_reason: &str) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(json!({
        "id": "1", "object": "chat.completion", "created": 1, "model": "small-1-2026",
        "choices": [{ "index": 0, "message": message, "finish_reason": finish_reason }],
        "usage": { "prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18,
            "prompt_tokens_details": { "cached_tokens": 5, "cache_write_tokens": 3, "audio_tokens": null },
            "completion_tokens_details": { "reasoning_tokens": 4 } },
        "service_tier": "a tier of next year",
    })).insert_header("x-request-id", "req_77")
}

async fn provider(answer: ResponseTemplate) -> MockServer {
    let server = MockServer::start().await;
    let question = Mock::given(method("POST")).and(path("/v1/chat/completions"));
    let question = question.and(header("authorization", "Bearer sk-test-123"));
    // Exactly one: whoever tries again by itself fails the test.
    question.respond_with(answer).expect(1).mount(&server).await;
    server
}

async fn failed(answer: ResponseTemplate) -> CallError {
    let server = provider(answer).await;
    let model = model(&format!("{}/v1/", server.uri()));
    model.answer(&question()).await.unwrap_err()
}

#[tokio::test]
async fn an_answer_brings_model_and_usage() {
    let server = provider(answer(
        &json!({ "role": "assistant", "content": "{}" }),
        "stop",
    ))
    .await;
    let model = model(&format!("{}/v1", server.uri()));
    let answer = model.answer(&question()).await.unwrap();
    assert_eq!(
        (answer.content.as_str(), answer.model.as_str()),
        ("{}", "small-1-2026")
    );
    assert_eq!((answer.input_tokens, answer.output_tokens), (11, 7));
    assert_eq!((answer.cached_tokens, answer.cache_write_tokens), (5, 3));
    assert_eq!(answer.reasoning_tokens, 4);
    assert_eq!(answer.provider_request_id.as_deref(), Some("req_77"));
    assert_eq!(answer.omitted, ["temperature"]);

    let sent: Value = server.received_requests().await.unwrap()[0]
        .body_json()
        .unwrap();
    assert_eq!(sent["model"], "small-1");
    assert_eq!(
        sent["messages"][0],
        json!({ "role": "system", "content": "You answer leads." })
    );
    assert_eq!(sent["max_tokens"], 900);
    assert_eq!(sent["store"], false);
    let format = &sent["response_format"];
    assert_eq!(format["type"], "json_schema");
    assert_eq!(format["json_schema"]["name"], "Lead_reply");
    assert_eq!(format["json_schema"]["strict"], true);
}

#[tokio::test]
async fn refusals_keep_the_providers_code_and_request() {
    for (status, code, expected) in [
        (404, "model_not_found", "ai_model_not_found"),
        (400, "content_filter", "ai_refused"),
        (400, "context_length_exceeded", "ai_prompt_too_long"),
        (429, "insufficient_quota", "ai_quota_exhausted"),
    ] {
        let body = json!({ "error": { "message": "No.", "code": code, "type": "x" } });
        let refused = ResponseTemplate::new(status).insert_header("x-request-id", "req_9");
        let error = failed(refused.set_body_json(body)).await;
        assert_eq!((error.fate, error.code), (Fate::Final, expected));
        assert!(error.message.ends_with("No. (request req_9)"), "{error}");
    }
}

#[tokio::test]
async fn the_trace_is_sent_on() {
    let server = provider(answer(&json!({ "content": "{}" }), "stop")).await;
    let model = model(&format!("{}/v1", server.uri()));
    let trace = trace::Trace::start();
    let question = question();
    let asked = trace::within(Some(trace.clone()), model.answer(&question));
    asked.await.unwrap();
    let sent = &server.received_requests().await.unwrap()[0];
    assert_eq!(sent.headers["traceparent"], trace.to_string().as_str());
}

#[tokio::test]
async fn a_rate_limit_says_how_long_to_wait() {
    let limited = ResponseTemplate::new(429).insert_header("retry-after", "12");
    let error = failed(limited.set_body_json(json!({ "error": { "message": "slow down" } }))).await;
    assert_eq!((error.fate, error.code), (Fate::Retry, "ai_rate_limited"));
    assert_eq!(error.retry_after, Some(Duration::from_secs(12)));
    assert!(error.message.contains("slow down"), "{error}");
}

#[tokio::test]
async fn statuses_are_told_apart() {
    for (status, fate, code) in [
        (400, Fate::Final, "ai_rejected"),
        (401, Fate::Final, "ai_sign_in_refused"),
        (403, Fate::Final, "ai_sign_in_refused"),
        (404, Fate::Final, "ai_rejected"),
        (302, Fate::Final, "ai_rejected"),
        (408, Fate::Retry, "ai_unavailable"),
        (429, Fate::Retry, "ai_rate_limited"),
        (500, Fate::Retry, "ai_unavailable"),
        (503, Fate::Retry, "ai_unavailable"),
        (529, Fate::Retry, "ai_unavailable"),
    ] {
        let error = failed(ResponseTemplate::new(status).insert_header("location", "/")).await;
        assert_eq!((error.fate, error.code), (fate, code), "{status}: {error}");
    }
}

#[tokio::test]
async fn the_key_is_in_no_message() {
    let body = json!({ "error": { "message": "Incorrect API key provided: sk-test-123" } });
    let error = failed(ResponseTemplate::new(401).set_body_json(body)).await;
    assert!(!error.message.contains("sk-test-123"), "{error}");
    assert!(!format!("{:?}", config("https://ai.example.com/v1")).contains("sk-test-123"));
}

#[tokio::test]
async fn no_answer_in_an_answer_is_said_so() {
    let refused = json!({ "role": "assistant", "content": null, "refusal": "I cannot" });
    assert_eq!(failed(answer(&refused, "stop")).await.code, "ai_refused");
    let some = json!({ "role": "assistant", "content": "{\"a\":" });
    assert_eq!(failed(answer(&some, "length")).await.code, "ai_cut_off");
    assert_eq!(
        failed(answer(&some, "content_filter")).await.code,
        "ai_refused"
    );
    let none = json!({ "role": "assistant", "content": " " });
    assert_eq!(failed(answer(&none, "stop")).await.fate, Fate::Retry);
    let html = ResponseTemplate::new(200).set_body_string("<html>");
    assert_eq!(failed(html).await.code, "ai_no_answer");
    let huge = ResponseTemplate::new(200).set_body_string("x".repeat(5 * 1024 * 1024));
    assert_eq!(failed(huge).await.code, "ai_no_answer");
}

#[tokio::test]
async fn nobody_there_or_too_slow_may_be_tried_again() {
    let gone = model("http://127.0.0.1:1/v1")
        .answer(&question())
        .await
        .unwrap_err();
    assert_eq!(
        (gone.fate, gone.code),
        (Fate::Retry, "ai_unavailable"),
        "{gone}"
    );
    let slow = ResponseTemplate::new(200).set_delay(Duration::from_secs(5));
    let server = provider(slow).await;
    let mut question = question();
    question.timeout = Duration::from_millis(200);
    let model = model(&format!("{}/v1", server.uri()));
    let error = model.answer(&question).await.unwrap_err();
    assert_eq!(
        (error.fate, error.code),
        (Fate::Retry, "ai_timeout"),
        "{error}"
    );
}

#[test]
fn retry_after_is_read_in_every_form() {
    let now = chrono::DateTime::parse_from_rfc3339("2026-11-21T10:00:00Z")
        .unwrap()
        .to_utc();
    let read = |name: &'static str, value: &'static str| {
        let mut headers = HeaderMap::new();
        headers.insert(name, value.parse().unwrap());
        wait(&headers, now)
    };
    assert_eq!(read("retry-after", "3"), Some(Duration::from_secs(3)));
    assert_eq!(
        read("retry-after", "Sat, 21 Nov 2026 10:00:30 GMT"),
        Some(Duration::from_secs(30))
    );
    assert_eq!(
        read("retry-after", "Sat, 21 Nov 2026 09:00:30 GMT"),
        Some(Duration::ZERO)
    );
    assert_eq!(
        read("retry-after", "99999999"),
        Some(Duration::from_secs(3600))
    );
    assert_eq!(read("retry-after", "soon"), None);
    assert_eq!(
        read("retry-after-ms", "1500"),
        Some(Duration::from_millis(1500))
    );
    assert_eq!(read("retry-after-ms", "-1"), None);
    assert_eq!(read("retry-after-ms", "NaN"), None);
}

#[test]
fn a_limit_that_is_used_up_says_when_it_is_back() {
    let now = platform_kernel::clock::now();
    let read = |pairs: &[(&'static str, &'static str)]| {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.insert(*name, value.parse().unwrap());
        }
        wait(&headers, now).map(|wait| wait.as_millis())
    };
    let requests = |reset| {
        read(&[
            ("x-ratelimit-remaining-requests", "0"),
            ("x-ratelimit-reset-requests", reset),
            ("x-ratelimit-remaining-tokens", "900"),
            ("x-ratelimit-reset-tokens", "1h"),
        ])
    };
    for (reset, milliseconds) in [
        ("12ms", Some(12)),
        ("6m0s", Some(360_000)),
        ("1.5s", Some(1_500)),
        ("1h2m", Some(3_600_000)),
        ("20", Some(20_000)),
        ("soon", None),
        ("-1", None),
        ("5 s", None),
    ] {
        assert_eq!(requests(reset), milliseconds, "{reset}");
    }
    assert_eq!(read(&[("x-ratelimit-reset-requests", "1s")]), None);
}

#[test]
fn settings_are_refused_before_they_do_harm() {
    for bad in [
        "",
        "api.openai.com/v1",
        "ftp://ai.example.com",
        "https://u:p@ai.example.com/v1",
        "https://ai.example.com/v1?key=1",
    ] {
        assert!(OpenAiModel::new(config(bad)).is_err(), "{bad}");
    }
    let no_model = OpenAiConfig {
        model: " ".to_owned(),
        ..config("https://ai.example.com/v1")
    };
    assert!(OpenAiModel::new(no_model).is_err());
    let bad_key = OpenAiConfig {
        api_key: Some("a\nb".into()),
        ..config("https://ai.example.com/v1")
    };
    assert!(OpenAiModel::new(bad_key).is_err());
    let described = model("https://ai.example.com/v1").describe();
    assert_eq!(
        (described.name.as_str(), described.simulated),
        ("Test AI (small-1)", true)
    );
}
