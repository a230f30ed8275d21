//! Providers that fail, and what becomes of the lead meanwhile.

use platform_kernel::ports::CallError;
use serde_json::json;
use tests::TestApp;

#[tokio::test]
async fn a_mail_waits_while_smtp_is_down_and_goes_out_once() {
    let app = TestApp::start().await;
    let acme = app.group("Acme Motors").await;
    let (_, hook) = acme
        .admin
        .publish_template("answer-internet-lead", json!({}))
        .await;
    app.mail.fail_with(Some(CallError::retry(
        "smtp_unavailable",
        "connection refused",
    )));
    let lead = crate::lead("Pat", "pat@buyer.example", "1HGCM82633A004352");
    let accepted = app.anyone().post_adf(&hook, &lead).await.assert(202);
    let id = accepted.text_of("/execution_id");
    let retrying = |run: &serde_json::Value| {
        run["steps"]
            .as_array()
            .unwrap()
            .iter()
            .any(|s| s["status"] == "retrying")
    };
    tests::eventually("the mail being retried", || async {
        let run = acme
            .admin
            .get(&format!("/api/v1/executions/{id}"))
            .await
            .assert(200)
            .body;
        assert_ne!(run["status"], "failed", "{run:#}");
        retrying(&run).then_some(())
    })
    .await;
    app.mail.fail_with(None);
    acme.admin.execution(&id, &["succeeded"]).await;
    assert_eq!(app.mail.to("pat@buyer.example").len(), 1);
}

#[tokio::test]
async fn a_mail_of_unknown_fate_is_settled_by_a_person() {
    let app = TestApp::start().await;
    let acme = app.group("Acme Motors").await;
    let (_, hook) = acme
        .admin
        .publish_template("answer-internet-lead", json!({}))
        .await;
    app.mail.fail_with(Some(CallError::unknown(
        "smtp_lost",
        "the connection broke after the message",
    )));
    let lead = crate::lead("Pat", "pat@buyer.example", "1HGCM82633A004352");
    let accepted = app.anyone().post_adf(&hook, &lead).await.assert(202);
    let path = format!("/api/v1/executions/{}", accepted.text_of("/execution_id"));
    let effect = tests::eventually("the effect being unknown", || async {
        let run = acme.admin.get(&path).await.assert(200).body;
        let effects = run["effects"].as_array().unwrap();
        effects.iter().find(|e| e["state"] == "unknown").cloned()
    })
    .await;
    app.mail.fail_with(None);
    let settle = format!("{path}/effects/{}/settle", effect["key"].as_str().unwrap());
    acme.admin
        .post(&settle, &json!({ "outcome": "sent" }))
        .await
        .assert(200);
    acme.admin
        .execution(&accepted.text_of("/execution_id"), &["succeeded"])
        .await;
    assert!(
        app.mail.to("pat@buyer.example").is_empty(),
        "settled as sent, and sent again"
    );
}

#[tokio::test]
async fn when_the_model_is_down_or_answers_nonsense_the_lead_reaches_a_person() {
    for model in ["simulator-unavailable", "simulator-nonsense"] {
        let app = TestApp::start_with_model(model).await;
        let acme = app.group("Acme Motors").await;
        let (_, hook) = acme
            .admin
            .publish_template("answer-internet-lead", json!({}))
            .await;
        let lead = crate::lead("Pat", "pat@buyer.example", "1HGCM82633A004352");
        app.anyone().post_adf(&hook, &lead).await.assert(202);
        let told = tests::eventually("somebody being told", || async {
            let told = acme.admin.get("/api/v1/notifications").await.assert(200);
            (!told.items().is_empty()).then_some(told)
        })
        .await;
        assert!(told.text.contains("Pat"), "{model}: {}", told.text);
    }
}

#[tokio::test]
async fn without_redis_everything_works_and_health_says_degraded() {
    let app = TestApp::start_with(|config| {
        let nobody = "redis://127.0.0.1:9".to_owned().into();
        config.redis =
            platform_db::Redis::new(&nobody, &platform_db::Transport::default()).unwrap();
    })
    .await;
    let health = app.anyone().get("/health/ready").await.assert(200);
    assert_eq!(health.body["status"], "degraded");
    let acme = app.group("Acme Motors").await;
    let (_, hook) = acme
        .admin
        .publish_template("answer-internet-lead", json!({}))
        .await;
    let lead = crate::lead("Pat", "pat@buyer.example", "1HGCM82633A004352");
    let accepted = app.anyone().post_adf(&hook, &lead).await.assert(202);
    acme.admin
        .execution(&accepted.text_of("/execution_id"), &["succeeded"])
        .await;
    app.mail.wait("pat@buyer.example", 1).await;
}

#[tokio::test]
async fn without_postgres_the_answer_is_503_and_the_process_recovers_by_itself() {
    let app = TestApp::start().await;
    let acme = app.group("Acme Motors").await;
    app.close_database().await;
    let answer = tests::eventually("the answer being 503", || async {
        let answer = acme.admin.get("/api/v1/leads").await;
        (answer.status == 503).then_some(answer)
    })
    .await;
    assert!(!answer.header("retry-after").is_empty());
    assert_eq!(answer.body["code"], "unavailable", "{}", answer.text);
    app.open_database().await;
    tests::eventually("the process recovering", || async {
        (acme.admin.get("/api/v1/leads").await.status == 200).then_some(())
    })
    .await;
}
