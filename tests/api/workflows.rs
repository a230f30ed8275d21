//! Drafts, findings, versions and runs.

use serde_json::{Value, json};
use tests::TestApp;

fn definition(step: Value) -> Value {
    json!({
        "triggers": [{ "id": "start", "type": "manual", "config": {} }],
        "steps": [step],
        "edges": [{ "from": "start", "port": "out", "to": "one" }]
    })
}

#[tokio::test]
async fn a_draft_tells_its_findings_and_only_a_good_one_is_published() {
    let app = TestApp::start().await;
    let acme = app.group("Acme Motors").await;
    let id = acme
        .admin
        .post("/api/v1/workflows", &json!({ "name": "Mine" }))
        .await
        .assert(201)
        .text_of("/id");
    let bad = json!({
        "triggers": [{ "id": "start", "type": "manual", "config": {} }],
        "steps": [
            { "id": "one", "type": "no.such.step", "name": "One", "config": {} },
            { "id": "two", "type": "condition", "name": "Two", "config": { "if": { "$cel": "1 +" } } },
            { "id": "three", "type": "transform", "name": "Three", "config": { "values": { "x": { "$ref": "steps.nobody.output.x" } } } }
        ],
        "edges": [
            { "from": "start", "port": "out", "to": "one" },
            { "from": "one", "port": "out", "to": "two" },
            { "from": "two", "port": "true", "to": "one" }
        ]
    });
    let draft = acme
        .admin
        .put(
            &format!("/api/v1/workflows/{id}/draft"),
            &json!({ "definition": bad }),
        )
        .await
        .assert(200);
    let findings = draft.body["findings"].as_array().unwrap();
    let pointers: Vec<_> = findings
        .iter()
        .map(|f| f["pointer"].as_str().unwrap())
        .collect();
    assert!(
        pointers.iter().any(|p| p.starts_with("/steps/0")),
        "{findings:#?}"
    );
    assert!(
        pointers.iter().any(|p| p.starts_with("/steps/1")),
        "{findings:#?}"
    );
    assert!(
        pointers.iter().any(|p| p.starts_with("/steps/2")),
        "{findings:#?}"
    );
    let refused = acme
        .admin
        .post(&format!("/api/v1/workflows/{id}/publish"), &json!({}))
        .await;
    let refused = refused.assert_problem(422, "definition_invalid");
    assert!(!refused.pointers().is_empty());

    let good = definition(
        json!({ "id": "one", "type": "transform", "name": "One", "config": { "values": { "a": 1 } } }),
    );
    let draft = acme
        .admin
        .put(
            &format!("/api/v1/workflows/{id}/draft"),
            &json!({ "definition": good }),
        )
        .await
        .assert(200);
    assert_eq!(draft.body["findings"], json!([]), "{}", draft.text);
    let version = acme
        .admin
        .post(&format!("/api/v1/workflows/{id}/publish"), &json!({}))
        .await
        .assert(201);
    assert_eq!(version.body["version"], 1);
    let run = acme
        .admin
        .post(
            &format!("/api/v1/workflows/{id}/executions"),
            &json!({ "input": {} }),
        )
        .await
        .assert(202);
    let run = acme
        .admin
        .execution(&run.text_of("/execution_id"), &["succeeded", "failed"])
        .await;
    assert_eq!(run["status"], "succeeded", "{run:#}");
    let events = acme
        .admin
        .get(&format!(
            "/api/v1/executions/{}/events",
            run["id"].as_str().unwrap()
        ))
        .await
        .assert(200);
    let seqs: Vec<_> = events
        .items()
        .iter()
        .map(|e| e["seq"].as_i64().unwrap())
        .collect();
    // Log lines take numbers of the same row, so that a watcher can tell which it has missed.
    assert_eq!(seqs.first(), Some(&1));
    assert!(seqs.is_sorted_by(|a, b| a < b), "{seqs:?}");
}

#[tokio::test]
async fn a_stale_draft_is_not_written_over_a_newer_one() {
    let app = TestApp::start().await;
    let acme = app.group("Acme Motors").await;
    let workflow = acme
        .admin
        .post("/api/v1/workflows", &json!({ "name": "Mine" }))
        .await
        .assert(201);
    let path = format!("/api/v1/workflows/{}/draft", workflow.text_of("/id"));
    let revision = workflow.body["draft_revision"].clone();
    let body = json!({ "definition": definition(json!({ "id": "one", "type": "transform", "name": "One", "config": { "values": {} } })), "draft_revision": revision });
    acme.admin.put(&path, &body).await.assert(200);
    acme.admin
        .put(&path, &body)
        .await
        .assert_problem(409, "draft_conflict");
}

#[tokio::test]
async fn a_waiting_run_can_be_cancelled_and_then_not_again() {
    let app = TestApp::start().await;
    let acme = app.group("Acme Motors").await;
    let wait = definition(
        json!({ "id": "one", "type": "wait", "name": "Wait", "config": { "duration_seconds": 3600 } }),
    );
    let id = acme
        .admin
        .post(
            "/api/v1/workflows",
            &json!({ "name": "Wait", "definition": wait }),
        )
        .await
        .assert(201)
        .text_of("/id");
    acme.admin
        .post(&format!("/api/v1/workflows/{id}/publish"), &json!({}))
        .await
        .assert(201);
    let run = acme
        .admin
        .post(
            &format!("/api/v1/workflows/{id}/executions"),
            &json!({ "input": {} }),
        )
        .await
        .assert(202)
        .text_of("/execution_id");
    acme.admin.execution(&run, &["waiting"]).await;
    let cancel = format!("/api/v1/executions/{run}/cancel");
    acme.admin
        .post(&cancel, &json!({ "reason": "changed my mind" }))
        .await
        .assert(202);
    acme.admin.execution(&run, &["cancelled"]).await;
    acme.admin
        .post(&cancel, &json!({}))
        .await
        .assert_problem(409, "execution_ended");
}

#[tokio::test]
async fn an_address_inside_is_refused_to_a_workflow() {
    let app = TestApp::start_with(|config| config.http.outbound_allowed_networks.clear()).await;
    let acme = app.group("Acme Motors").await;
    for url in [
        "http://127.0.0.1:80/",
        "http://169.254.169.254/latest/meta-data",
        "http://localhost/",
        "http://[::1]/",
        "http://2130706433/",
    ] {
        let call = definition(
            json!({ "id": "one", "type": "http.request", "name": "Call", "config": { "method": "GET", "url": url } }),
        );
        let id = acme
            .admin
            .post(
                "/api/v1/workflows",
                &json!({ "name": "Call", "definition": call }),
            )
            .await
            .assert(201)
            .text_of("/id");
        acme.admin
            .post(&format!("/api/v1/workflows/{id}/publish"), &json!({}))
            .await
            .assert(201);
        let run = acme
            .admin
            .post(
                &format!("/api/v1/workflows/{id}/executions"),
                &json!({ "input": {} }),
            )
            .await
            .assert(202)
            .text_of("/execution_id");
        let run = acme.admin.execution(&run, &["succeeded", "failed"]).await;
        assert_eq!(run["status"], "failed", "{url}: {run:#}");
        assert_eq!(run["error"]["code"], "address_refused", "{url}: {run:#}");
    }
}
