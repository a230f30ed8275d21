//! Runs that are repeated: one from a step, and many at once by the worker.

use policies::Role;
use serde_json::json;
use tests::TestApp;

#[tokio::test]
async fn a_lead_is_answered_again_from_the_mail_on_without_asking_the_model_again() {
    let app = TestApp::start().await;
    let acme = app.group("Acme Motors").await;
    let (_, hook) = acme
        .admin
        .publish_template("answer-internet-lead", json!({}))
        .await;
    let lead = crate::lead("Pat", "pat@buyer.example", "1HGCM82633A004352");
    let accepted = app.anyone().post_adf(&hook, &lead).await.assert(202);
    let first = accepted.text_of("/execution_id");
    let run = acme.admin.execution(&first, &["succeeded"]).await;
    let effects = run["effects"].as_array().unwrap();
    let mail = effects.iter().find(|effect| effect["kind"] == "email");
    let step = mail.unwrap()["step_id"].as_str().unwrap().to_owned();

    let path = format!("/api/v1/executions/{first}/replay");
    let body = json!({ "from_step": step });
    let user = acme.member(&app, Role::User).await;
    user.post(&path, &body)
        .await
        .assert_problem(403, "forbidden");
    let second = acme
        .admin
        .post(&path, &body)
        .await
        .assert(202)
        .text_of("/execution_id");
    let again = acme.admin.execution(&second, &["succeeded"]).await;
    assert_eq!(again["forked_from"], first.as_str());
    let kinds: Vec<_> = again["effects"]
        .as_array()
        .unwrap()
        .iter()
        .map(|effect| &effect["kind"])
        .collect();
    assert!(!kinds.contains(&&json!("ai")), "{kinds:?}");
    assert_eq!(app.mail.to("pat@buyer.example").len(), 2);
    let found = acme
        .admin
        .get("/api/v1/executions?search=pat%40buyer.example")
        .await
        .assert(200);
    assert_eq!(found.items().len(), 2);
}

#[tokio::test]
async fn the_worker_repeats_many_runs_and_says_how_far_it_is() {
    let app = TestApp::start().await;
    let acme = app.group("Acme Motors").await;
    let definition = json!({
        "triggers": [{"id": "start", "type": "manual"}],
        "steps": [{"id": "shape", "type": "transform", "config": {"values": {"a": 1}}}],
        "edges": [{"from": "start", "to": "shape"}]
    });
    let body = json!({ "name": "Small", "definition": definition });
    let workflow = acme
        .admin
        .post("/api/v1/workflows", &body)
        .await
        .assert(201)
        .text_of("/id");
    let path = format!("/api/v1/workflows/{workflow}");
    acme.admin
        .post(&format!("{path}/publish"), &json!({}))
        .await
        .assert(201);
    for n in 0..30 {
        let body = json!({ "input": { "n": n } });
        let run = acme
            .admin
            .post(&format!("{path}/executions"), &body)
            .await
            .assert(202);
        acme.admin
            .execution(&run.text_of("/execution_id"), &["succeeded"])
            .await;
    }
    let body = json!({ "filter": { "workflow_id": workflow }, "from": "start" });
    let bulk = acme
        .admin
        .post("/api/v1/bulk-replays", &body)
        .await
        .assert(202)
        .text_of("/id");
    let done = tests::eventually("the replay being done", || async {
        let bulk = acme
            .admin
            .get(&format!("/api/v1/bulk-replays/{bulk}"))
            .await
            .assert(200);
        (bulk.body["state"] == "done").then_some(bulk.body)
    })
    .await;
    assert_eq!((&done["total"], &done["started"]), (&json!(30), &json!(30)));
    let list = format!("/api/v1/executions?workflow_id={workflow}&limit=200");
    assert_eq!(acme.admin.get(&list).await.assert(200).items().len(), 60);
}
