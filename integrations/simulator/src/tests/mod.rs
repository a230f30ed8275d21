mod answers;
mod protocol;
mod texts;

use crate::app::{Running, start};
use serde_json::{Value, json};

fn running() -> Running {
    start("127.0.0.1:0".parse().unwrap()).unwrap()
}

/// Status, headers and body of one question.
async fn ask(model: &str, prompt: &str, schema: Option<&Value>) -> (u16, Value) {
    let simulator = running();
    let mut body = json!({
        "model": model,
        "messages": [
            { "role": "system", "content": "You answer leads.\nDealership: Acme Honda" },
            { "role": "user", "content": prompt },
        ],
    });
    if let Some(schema) = schema {
        let name = schema["title"].as_str().unwrap_or("answer");
        body["response_format"] = json!({
            "type": "json_schema",
            "json_schema": { "name": name, "strict": false, "schema": schema },
        });
    }
    let answer = client()
        .post(format!("{}/chat/completions", simulator.base_url()))
        .json(&body)
        .send()
        .await
        .unwrap();
    (
        answer.status().as_u16(),
        answer.json().await.unwrap_or(Value::Null),
    )
}

fn client() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().build().unwrap()
}

fn content(answer: &Value) -> Value {
    let text = answer["choices"][0]["message"]["content"].as_str().unwrap();
    serde_json::from_str(text).unwrap()
}
