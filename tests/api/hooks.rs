//! What providers post, and what becomes of it.

use serde_json::json;
use tests::{Group, TestApp};

async fn start() -> (TestApp, Group, String) {
    let app = TestApp::start().await;
    let acme = app.group("Acme Motors").await;
    let (_, hook) = acme
        .admin
        .publish_template("answer-internet-lead", json!({}))
        .await;
    (app, acme, hook)
}

#[tokio::test]
async fn the_same_lead_again_is_counted_and_answered_once() {
    let (app, acme, hook) = start().await;
    let lead = crate::lead("Pat", "pat@buyer.example", "1HGCM82633A004352");
    let first = app.anyone().post_adf(&hook, &lead).await.assert(202);
    acme.admin
        .execution(&first.text_of("/execution_id"), &["succeeded"])
        .await;
    let again = app.anyone().post_adf(&hook, &lead).await.assert(202);
    assert_eq!(again.body["duplicate"], true);
    let leads = acme.admin.get("/api/v1/leads").await.assert(200);
    assert_eq!(leads.items().len(), 1);
    let runs = acme.admin.get("/api/v1/executions").await.assert(200);
    assert_eq!(runs.items().len(), 1);
    assert_eq!(app.mail.to("pat@buyer.example").len(), 1);
}

#[tokio::test]
async fn fifty_deliveries_of_one_lead_at_once_make_one_lead_and_one_mail() {
    let (app, acme, hook) = start().await;
    let lead = crate::lead("Pat", "pat@buyer.example", "1HGCM82633A004352");
    let anyone = app.anyone();
    let posts = (0..50).map(|_| anyone.post_adf(&hook, &lead));
    let answers = futures_util::future::join_all(posts).await;
    let mut fresh = Vec::new();
    for answer in answers {
        let answer = answer.assert(202);
        if answer.body["duplicate"] == false {
            fresh.push(answer.text_of("/execution_id"));
        }
    }
    assert_eq!(fresh.len(), 1);
    acme.admin.execution(&fresh[0], &["succeeded"]).await;
    assert_eq!(app.mail.to("pat@buyer.example").len(), 1);
    let customers = acme.admin.get("/api/v1/customers").await.assert(200);
    assert_eq!(customers.items().len(), 1);
}

#[tokio::test]
async fn a_document_that_is_no_lead_is_kept_for_a_person() {
    let (app, acme, hook) = start().await;
    let order = "<order><item>floor mats</item></order>";
    let answer = app.anyone().post_adf(&hook, order).await.assert(202);
    assert!(answer.body["execution_id"].is_null());
    let leads = acme
        .admin
        .get("/api/v1/leads?status=needs_review")
        .await
        .assert(200);
    assert_eq!(leads.items().len(), 1);
    let id = leads.items()[0]["id"].as_str().unwrap();
    let page = acme
        .admin
        .get(&format!("/api/v1/leads/{id}"))
        .await
        .assert(200);
    assert!(page.text_of("/raw").contains("floor mats"));
    assert!(page.body["review_reason"].is_string());
    let told = acme.admin.get("/api/v1/notifications").await.assert(200);
    assert_eq!(told.items()[0]["title"], "A lead could not be read");
    assert_eq!(told.items()[0]["link"], format!("/leads/{id}"));
}

#[tokio::test]
async fn hostile_documents_wait_for_review_and_nothing_in_them_is_expanded() {
    let (app, acme, hook) = start().await;
    let bomb = r#"<?xml version="1.0"?><!DOCTYPE adf [<!ENTITY a "x"><!ENTITY b "&a;&a;&a;">]><adf>&b;</adf>"#;
    let xxe = r#"<!DOCTYPE adf [<!ENTITY f SYSTEM "file:///etc/passwd">]><adf><prospect>&f;</prospect></adf>"#;
    let deep = format!("<adf>{}{}</adf>", "<a>".repeat(500), "</a>".repeat(500));
    let documents = [bomb, xxe, deep.as_str(), "this is no XML at all", ""];
    for document in documents {
        let kept = app.anyone().post_adf(&hook, document).await.assert(202);
        assert!(kept.body["execution_id"].is_null(), "{document:.60}");
    }
    let huge = format!(
        "<adf><prospect><comments>{}</comments></prospect></adf>",
        "x".repeat(10 << 20)
    );
    app.anyone()
        .post_adf(&hook, &huge)
        .await
        .assert_problem(413, "payload_too_large");
    let leads = acme.admin.get("/api/v1/leads").await.assert(200);
    assert_eq!(leads.items().len(), documents.len(), "{}", leads.text);
    for lead in leads.items() {
        assert_eq!(lead["status"], "needs_review", "{lead:#}");
        let path = format!("/api/v1/leads/{}", lead["id"].as_str().unwrap());
        let page = acme.admin.get(&path).await.assert(200);
        assert!(!page.text.contains("root:"), "{}", page.text);
    }
}

#[tokio::test]
async fn a_lead_without_an_address_still_reaches_a_person() {
    let (app, acme, hook) = start().await;
    let lead = crate::lead("Pat", "", "1HGCM82633A004352").replace("<email></email>", "");
    let accepted = app.anyone().post_adf(&hook, &lead).await.assert(202);
    let execution = acme
        .admin
        .execution(&accepted.text_of("/execution_id"), &["succeeded", "failed"])
        .await;
    assert_eq!(execution["status"], "succeeded", "{execution:#}");
    let told = acme.admin.get("/api/v1/notifications").await.assert(200);
    assert!(!told.items().is_empty());
}

#[tokio::test]
async fn a_wrong_key_is_not_found_whatever_is_wrong_with_it() {
    let (app, _, hook) = start().await;
    let mut other = hook.clone();
    other.replace_range(
        hook.len() - 1..,
        if hook.ends_with('a') { "b" } else { "a" },
    );
    for path in [
        other.as_str(),
        "/hooks/h_x_y",
        "/hooks/nothing",
        "/hooks/h_aaaaaaaaaaaaaaaaaaaaaaaaaa_bbbb",
    ] {
        let answer = app.anyone().post_adf(path, "<adf/>").await;
        answer.assert_problem(404, "not_found");
    }
    let spelled = app.anyone().post_adf("/hooks/%00", "<adf/>").await;
    spelled.assert_problem(400, "bad_request");
}

#[tokio::test]
async fn a_webhook_takes_json_and_remembers_its_deliveries() {
    let app = TestApp::start().await;
    let acme = app.group("Acme Motors").await;
    let definition = json!({
        "triggers": [{ "id": "hook", "type": "webhook", "config": {} }],
        "steps": [{ "id": "greet", "type": "transform", "name": "Greet",
                    "config": { "values": { "greeting": { "$tpl": "Hello {{ trigger.name }}" } } } }],
        "edges": [{ "from": "hook", "port": "out", "to": "greet" }]
    });
    let workflow = acme
        .admin
        .post(
            "/api/v1/workflows",
            &json!({ "name": "Greet", "definition": definition }),
        )
        .await
        .assert(201);
    let id = workflow.text_of("/id");
    acme.admin
        .post(&format!("/api/v1/workflows/{id}/publish"), &json!({}))
        .await
        .assert(201);
    let view = acme
        .admin
        .get(&format!("/api/v1/workflows/{id}"))
        .await
        .assert(200);
    let url = view.text_of("/triggers/0/url");
    let hook = &url[url.find("/hooks/").unwrap()..];

    let first = app
        .anyone()
        .post(hook, &json!({ "name": "Pat" }))
        .await
        .assert(202);
    let again = app
        .anyone()
        .post(hook, &json!({ "name": "Pat" }))
        .await
        .assert(202);
    assert_eq!(again.body["duplicate"], true);
    assert_eq!(again.body["execution_id"], first.body["execution_id"]);
    let run = acme
        .admin
        .execution(&first.text_of("/execution_id"), &["succeeded", "failed"])
        .await;
    assert_eq!(run["status"], "succeeded", "{run:#}");
    let step = &run["steps"][0];
    assert_eq!(step["output"]["greeting"], "Hello Pat", "{run:#}");

    for body in ["{", "[1,2]", "\"text\"", "{\"a\":"] {
        let request = app
            .anyone()
            .request(reqwest::Method::POST, hook)
            .header("Content-Type", "application/json");
        let answer = app.anyone().send(request.body(body)).await;
        assert!(
            (400..500).contains(&answer.status),
            "{body}: {}",
            answer.text
        );
    }
}
