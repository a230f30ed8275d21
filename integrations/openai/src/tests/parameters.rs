//! Which parameters are sent to which model, and that the simulator, which refuses what models
//! refuse, takes every one of these questions.

use super::{model, question};
use crate::capabilities;
use crate::request::body;
use platform_kernel::ports::{CallError, ChatModel, ChatPurpose, ChatRequest, Fate};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use wiremock::matchers::{body_partial_json, method};
use wiremock::{Mock, MockServer, ResponseTemplate};

fn sent(model: &str, purpose: ChatPurpose) -> (Value, Vec<&'static str>) {
    let request = ChatRequest {
        purpose,
        temperature: Some(0.3),
        ..question()
    };
    let row = capabilities::of(model, "api.openai.com");
    let body = body(&request, model, &row, &BTreeSet::new());
    (body.json, body.omitted)
}

#[test]
fn each_parameter_follows_what_the_model_takes() {
    use ChatPurpose::{Reading, Writing};
    let none = Value::Null;
    for (model, purpose, temperature, effort, limit) in [
        ("gpt-6-luna", Reading, json!(0.3), json!("none"), 900),
        ("gpt-6-luna", Writing, none.clone(), none.clone(), 2_900),
        ("gpt-6.1-terra", Writing, none.clone(), none.clone(), 2_900),
        ("gpt-6.1-sol", Reading, none.clone(), json!("low"), 2_900),
        ("gpt-6-astra", Reading, none.clone(), json!("low"), 2_900),
        ("gpt-5.4", Reading, json!(0.3), json!("none"), 900),
        ("gpt-5-mini", Reading, none.clone(), json!("minimal"), 2_900),
        ("o3", Writing, none.clone(), none.clone(), 2_900),
        ("gpt-4o", Reading, json!(0.3), none.clone(), 900),
        ("gpt-4.1", Writing, json!(0.3), none.clone(), 900),
        ("gpt-9", Reading, none.clone(), none.clone(), 2_900),
    ] {
        let (body, omitted) = sent(model, purpose);
        assert_eq!(body["temperature"], temperature, "{model} {purpose:?}");
        assert_eq!(omitted.is_empty(), !temperature.is_null(), "{model}");
        assert_eq!(body["reasoning_effort"], effort, "{model} {purpose:?}");
        assert_eq!(body["max_completion_tokens"], limit, "{model} {purpose:?}");
        assert_eq!(body["store"], false, "{model}");
        assert_eq!(body["response_format"]["json_schema"]["strict"], true);
        assert!(body.get("max_tokens").is_none(), "{model}");
    }
}

#[test]
fn a_limit_stays_within_what_the_model_can_write() {
    let request = ChatRequest {
        max_output_tokens: Some(32_000),
        ..question()
    };
    let row = capabilities::of("gpt-4o", "api.openai.com");
    let body = body(&request, "gpt-4o", &row, &BTreeSet::new());
    assert_eq!(body.json["max_completion_tokens"], 16_384);
}

#[test]
fn a_model_without_schemas_is_told_in_words() {
    let row = capabilities::of("qwen3", "127.0.0.1");
    let body = body(&question(), "qwen3", &row, &BTreeSet::new());
    assert_eq!(body.json["response_format"], json!({"type": "json_object"}));
    let system = body.json["messages"][0]["content"].as_str().unwrap();
    assert!(system.starts_with("You answer leads.") && system.contains("JSON Schema"));
    assert_eq!(body.json["max_tokens"], 900);
}

#[tokio::test]
async fn the_strict_simulator_takes_what_is_sent_to_every_model() {
    let simulator = integrations_simulator::start("127.0.0.1:0".parse().unwrap()).unwrap();
    let client = model(&simulator.base_url());
    let schema = json!({
        "title": "Reply", "type": "object", "required": ["reply"],
        "properties": {
            "reply": {"type": "string", "minLength": 1, "maxLength": 400},
            "page": {"type": "string", "format": "uri"},
            "kind": {"oneOf": [{"const": "a"}, {"const": "b"}]},
            "tags": {"type": "array", "uniqueItems": true, "items": {"type": "string"}},
        },
    });
    for name in [
        "gpt-6-luna",
        "gpt-6.1-terra",
        "gpt-6-astra",
        "gpt-6.1-sol",
        "gpt-5.4",
        "simulator-1",
        "o4-mini",
    ] {
        for purpose in [ChatPurpose::Reading, ChatPurpose::Writing] {
            let asked = ChatRequest {
                purpose,
                model: Some(name.to_owned()),
                schema: Some(schema.clone()),
                temperature: Some(0.0),
                ..question()
            };
            let answer = client.answer(&asked).await.unwrap();
            let content: Value = serde_json::from_str(&answer.content).unwrap();
            assert!(jsonschema::is_valid(&schema, &content), "{name}: {content}");
            assert!(answer.provider_request_id.is_some(), "{name}");
        }
    }
    let ended = ChatRequest {
        model: Some("gpt-4.5-preview".to_owned()),
        ..question()
    };
    let error = client.answer(&ended).await.unwrap_err();
    assert_eq!(
        (error.fate, error.code),
        (Fate::Final, "ai_model_not_found")
    );
}

/// A provider that refuses each of the parameters once it sees it.
async fn refusing(refusals: Vec<(&str, Value)>) -> MockServer {
    let server = MockServer::start().await;
    for (parameter, body) in refusals {
        let parameter = parameter.to_owned();
        Mock::given(method("POST"))
            .and(move |request: &wiremock::Request| {
                let sent: Value = request.body_json().unwrap();
                sent.pointer(&parameter).is_some()
            })
            .respond_with(ResponseTemplate::new(400).set_body_json(body))
            .with_priority(1)
            .mount(&server)
            .await;
    }
    let answer = json!({"choices": [{"message": {"content": "{\"reply\": \"x\"}"}}]});
    Mock::given(method("POST"))
        .and(body_partial_json(json!({})))
        .respond_with(ResponseTemplate::new(200).set_body_json(answer))
        .mount(&server)
        .await;
    server
}

async fn questions(server: &MockServer) -> usize {
    server.received_requests().await.unwrap().len()
}

#[tokio::test]
async fn what_a_model_refuses_is_left_out_and_remembered() {
    let server = refusing(vec![
        (
            "/store",
            json!({"detail": [{"type": "extra_forbidden", "loc": ["body", "store"], "msg": "Extra inputs are not permitted"}]}),
        ),
        (
            "/max_tokens",
            json!({"error": {"message": "Unsupported parameter", "param": "max_tokens", "code": "unsupported_parameter"}}),
        ),
        (
            "/response_format/json_schema",
            json!({"error": {"message": "response_format.type json_schema is not supported", "type": "invalid_request_error"}}),
        ),
    ])
    .await;
    let client = model(&format!("{}/v1", server.uri()));
    client.answer(&question()).await.unwrap();
    assert_eq!(questions(&server).await, 4);
    client.answer(&question()).await.unwrap();
    assert_eq!(questions(&server).await, 5);
    let last: Value = server.received_requests().await.unwrap()[4]
        .body_json()
        .unwrap();
    assert_eq!(last["response_format"], json!({"type": "json_object"}));
    assert_eq!(last["max_completion_tokens"], 900);
}

#[tokio::test]
async fn a_refusal_of_anything_else_is_asked_once() {
    for body in [
        json!({"error": {"message": "Invalid schema for response_format 'x': 'foo' is not permitted.", "param": "response_format"}}),
        json!({"error": {"message": "unsupported value", "param": "messages", "code": "unsupported_value"}}),
        json!({"error": {"message": "No such thing"}}),
    ] {
        let server = refusing(vec![("/model", body)]).await;
        let client = model(&format!("{}/v1", server.uri()));
        let error: CallError = client.answer(&question()).await.unwrap_err();
        assert_eq!((error.code, questions(&server).await), ("ai_rejected", 1));
    }
}
