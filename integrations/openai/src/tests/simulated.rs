//! Against the stateful stand-in.

use super::{model, question, schema};
use platform_kernel::ports::{ChatModel, Fate};
use serde_json::Value;
use std::time::Duration;

fn simulator() -> integrations_simulator::Running {
    integrations_simulator::start("127.0.0.1:0".parse().unwrap()).unwrap()
}

#[tokio::test]
async fn the_simulator_answers_by_the_schema() {
    let simulator = simulator();
    let answer = model(&simulator.base_url())
        .answer(&question())
        .await
        .unwrap();
    let content: Value = serde_json::from_str(&answer.content).unwrap();
    assert!(jsonschema::is_valid(&schema(), &content), "{content}");
    assert!(content["reply"].as_str().unwrap().contains("Jane"));
    assert!(answer.input_tokens > 0 && answer.output_tokens > 0);
}

#[tokio::test]
async fn the_simulators_faults_are_told_apart() {
    let simulator = simulator();
    let client = model(&simulator.base_url());
    for (name, fate, code) in [
        ("simulator-unavailable", Fate::Retry, "ai_unavailable"),
        ("simulator-rate-limited-7", Fate::Retry, "ai_rate_limited"),
        ("simulator-unauthorized", Fate::Final, "ai_sign_in_refused"),
        ("simulator-quota", Fate::Final, "ai_quota_exhausted"),
        ("simulator-refuses", Fate::Final, "ai_refused"),
        ("simulator-cut-off", Fate::Final, "ai_cut_off"),
        ("simulator-empty", Fate::Retry, "ai_no_answer"),
        ("simulator-not-an-answer", Fate::Retry, "ai_no_answer"),
        ("simulator-slow-5000", Fate::Retry, "ai_timeout"),
    ] {
        let mut question = question();
        question.model = Some(name.to_owned());
        if name.contains("slow") {
            question.timeout = Duration::from_millis(100);
        }
        let error = client.answer(&question).await.unwrap_err();
        assert_eq!((error.fate, error.code), (fate, code), "{name}: {error}");
        let wait = name.ends_with("-7").then_some(Duration::from_secs(7));
        assert_eq!(error.retry_after, wait, "{name}");
    }
}
