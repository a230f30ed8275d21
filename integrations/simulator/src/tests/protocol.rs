use super::{ask, client, running};
use crate::chat::MODEL;
use serde_json::{Value, json};

#[tokio::test]
async fn an_answer_has_the_shape_of_openai() {
    let (status, answer) = ask(MODEL, "Name: Jane Doe", None).await;
    assert_eq!(status, 200);
    assert_eq!(answer["object"], "chat.completion");
    assert_eq!(answer["choices"][0]["finish_reason"], "stop");
    let usage = &answer["usage"];
    let sum =
        usage["prompt_tokens"].as_u64().unwrap() + usage["completion_tokens"].as_u64().unwrap();
    assert_eq!(usage["total_tokens"].as_u64(), Some(sum));
    assert!(
        answer["choices"][0]["message"]["content"]
            .as_str()
            .unwrap()
            .contains("Jane")
    );
}

#[tokio::test]
async fn the_same_question_gets_the_same_answer() {
    let (_, first) = ask(MODEL, "Name: Jane Doe", None).await;
    let (_, again) = ask(MODEL, "Name: Jane Doe", None).await;
    assert_eq!(first["choices"], again["choices"]);
}

#[tokio::test]
async fn faults_come_by_model_name() {
    for (model, status, code) in [
        ("simulator-unavailable", 503, "server_error"),
        ("simulator-rate-limited-7", 429, "rate_limit_exceeded"),
        ("simulator-unauthorized", 401, "invalid_api_key"),
        ("simulator-quota", 429, "insufficient_quota"),
    ] {
        let (got, answer) = ask(model, "hello", None).await;
        assert_eq!(
            (got, answer["error"]["code"].as_str()),
            (status, Some(code)),
            "{model}"
        );
    }
    let (_, nonsense) = ask(
        "simulator-nonsense",
        "hello",
        Some(&json!({"type": "object"})),
    )
    .await;
    let text = nonsense["choices"][0]["message"]["content"]
        .as_str()
        .unwrap();
    assert!(serde_json::from_str::<Value>(text).is_err());
    let (_, cut) = ask("simulator-cut-off", "hello", None).await;
    assert_eq!(cut["choices"][0]["finish_reason"], "length");
    let (_, refused) = ask("simulator-refuses", "hello", None).await;
    assert!(refused["choices"][0]["message"]["refusal"].is_string());
    let (status, none) = ask("simulator-not-an-answer", "hello", None).await;
    assert_eq!((status, none), (200, Value::Null));
    let (status, _) = ask("simulator-slow-20", "hello", None).await;
    assert_eq!(status, 200);
}

#[tokio::test]
async fn faults_come_by_header() {
    let simulator = running();
    let answer = client()
        .post(format!("{}/chat/completions", simulator.base_url()))
        .header("x-simulate", "rate-limited-3")
        .json(&json!({ "model": MODEL, "messages": [{ "role": "user", "content": "hi" }] }))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 429);
    assert_eq!(answer.headers()["retry-after"], "3");
}

#[tokio::test]
async fn a_bad_request_is_refused_like_openai_does() {
    let simulator = running();
    let url = format!("{}/chat/completions", simulator.base_url());
    for body in [
        "",
        "{",
        r#"{"model":"m","messages":[]}"#,
        r#"{"model":"m","messages":[{"role":"user","content":"x"}],"stream":true}"#,
    ] {
        let answer = client().post(&url).body(body).send().await.unwrap();
        assert_eq!(answer.status(), 400, "{body}");
        let answer: Value = answer.json().await.unwrap();
        assert_eq!(answer["error"]["type"], "invalid_request_error", "{body}");
    }
}

#[tokio::test]
async fn it_says_what_it_is() {
    let simulator = running();
    let about = client()
        .get(format!("http://{}/", simulator.address))
        .send()
        .await
        .unwrap();
    let about: Value = about.json().await.unwrap();
    assert_eq!(about["name"], "Auterity simulator");
    let models = client()
        .get(format!("{}/models", simulator.base_url()))
        .send()
        .await
        .unwrap();
    let models: Value = models.json().await.unwrap();
    assert_eq!(models["data"][0]["id"], MODEL);
}
