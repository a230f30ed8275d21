//! Files that workflows keep, and texts that they send.

use serde_json::{Value, json};
use tests::{Group, TestApp};

/// Runs one step; answers the run once it has ended.
async fn run(group: &Group, step: Value, states: &[&str]) -> Value {
    let definition = json!({
        "triggers": [{ "id": "start", "type": "manual", "config": {} }],
        "steps": [step],
        "edges": [{ "from": "start", "port": "out", "to": "one" }]
    });
    let body = json!({ "name": "One step", "definition": definition });
    let workflow = group
        .admin
        .post("/api/v1/workflows", &body)
        .await
        .assert(201);
    let path = format!("/api/v1/workflows/{}", workflow.text_of("/id"));
    group
        .admin
        .post(&format!("{path}/publish"), &json!({}))
        .await
        .assert(201);
    let run = group
        .admin
        .post(&format!("{path}/executions"), &json!({ "input": {} }))
        .await;
    let run = run.assert(202).text_of("/execution_id");
    group.admin.execution(&run, states).await
}

#[tokio::test]
async fn a_file_is_kept_with_its_run_and_only_ever_handed_out_to_be_saved() {
    let app = TestApp::start().await;
    let (acme, birch) = (
        app.group("Acme Motors").await,
        app.group("Birch Cars").await,
    );
    let step = json!({ "id": "one", "type": "file.store", "name": "Keep", "config": {
        "name": "../Preisliste für März.csv", "content": "model,price\nAccord,24500\n", "content_type": "text/csv"
    } });
    let run = run(&acme, step, &["succeeded", "failed"]).await;
    assert_eq!(run["status"], "succeeded", "{run:#}");
    let id = run["steps"][0]["output"]["file_id"].as_str().unwrap();
    let list = format!("/api/v1/files?execution_id={}", run["id"].as_str().unwrap());
    let files = acme.admin.get(&list).await.assert(200);
    assert_eq!(files.items().len(), 1);
    assert_eq!(
        (&files.items()[0]["name"], &files.items()[0]["size"]),
        (&json!("Preisliste für März.csv"), &json!(25))
    );
    let path = format!("/api/v1/files/{id}/content");
    let content = acme.admin.get(&path).await.assert(200);
    assert_eq!(content.text, "model,price\nAccord,24500\n");
    assert_eq!(content.header("content-type"), "text/csv");
    assert_eq!(content.header("x-content-type-options"), "nosniff");
    let disposition = content.header("content-disposition");
    assert!(
        disposition.starts_with("attachment; filename=\"Preisliste f_r M_rz.csv\""),
        "{disposition}"
    );
    assert!(
        disposition.contains("filename*=UTF-8''Preisliste%20f%C3%BCr%20M%C3%A4rz.csv"),
        "{disposition}"
    );
    birch
        .admin
        .get(&path)
        .await
        .assert_problem(404, "not_found");
    app.anyone()
        .get(&path)
        .await
        .assert_problem(401, "unauthenticated");
}

#[tokio::test]
async fn a_text_goes_through_the_connected_number_and_says_that_it_is_simulated() {
    let app = TestApp::start().await;
    let acme = app.group("Acme Motors").await;
    let step = |to: &str| json!({ "id": "one", "type": "sms.send", "name": "Text", "config": { "to": to, "body": "Your car is ready 🚗" } });
    let sent = run(&acme, step("(512) 555-0142"), &["succeeded", "failed"]).await;
    assert_eq!(sent["status"], "succeeded", "{sent:#}");
    let texts = app.texts_to("+15125550142");
    assert_eq!(
        (texts.len(), texts[0].body.as_str(), texts[0].from.as_str()),
        (1, "Your car is ready 🚗", "+15005550006")
    );
    let effect = &sent["effects"][0];
    assert_eq!(
        (&effect["kind"], &effect["state"], &effect["simulated"]),
        (&json!("sms"), &json!("confirmed"), &json!(true))
    );
    assert_eq!(effect["provider_ref"], texts[0].sid);
    // A number that has answered STOP.
    let refused = run(&acme, step("+15005550004"), &["succeeded", "failed"]).await;
    assert_eq!(refused["error"]["code"], "sms_unsubscribed", "{refused:#}");
    let me = acme.admin.get("/api/v1/me").await.assert(200);
    let connections = me.body["connections"].as_array().unwrap();
    let sms = connections.iter().find(|c| c["kind"] == "sms").unwrap();
    assert_eq!(
        (&sms["adapter"], &sms["simulated"]),
        (&json!("twilio"), &json!(true))
    );
}
