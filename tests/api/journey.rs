//! The whole path: a group signs up, and its first lead is answered.

use serde_json::json;
use tests::TestApp;

#[tokio::test]
async fn a_group_signs_up_and_its_first_lead_is_answered() {
    let app = TestApp::start().await;
    let acme = app.group("Acme Motors").await;
    let me = acme.admin.get("/api/v1/me").await.assert(200);
    assert_eq!(me.body["role"], "dealership_admin");
    assert_eq!(me.body["tenant"]["status"], "active");

    let (_, hook) = acme
        .admin
        .publish_template("answer-internet-lead", json!({}))
        .await;
    assert!(hook.starts_with("/hooks/h_"), "{hook}");
    let lead = crate::lead("Pat", "pat@buyer.example", "1HGCM82633A004352");
    let accepted = app.anyone().post_adf(&hook, &lead).await.assert(202);
    let execution = acme
        .admin
        .execution(&accepted.text_of("/execution_id"), &["succeeded", "failed"])
        .await;
    assert_eq!(execution["status"], "succeeded", "{execution:#}");

    let mail = app.mail.wait("pat@buyer.example", 1).await;
    assert!(
        mail.text.contains("Pat"),
        "the reply is not personal: {}",
        mail.text
    );
    assert!(
        mail.text.contains("Accord"),
        "the reply names no vehicle: {}",
        mail.text
    );

    let leads = acme.admin.get("/api/v1/leads").await.assert(200);
    assert_eq!(leads.items().len(), 1);
    let id = leads.items()[0]["id"].as_str().unwrap();
    let page = acme
        .admin
        .get(&format!("/api/v1/leads/{id}"))
        .await
        .assert(200);
    assert_eq!(page.body["status"], "contacted");
    assert_eq!(page.body["customer"]["phone"], "+15125550142");
    assert_eq!(page.body["vehicles"][0]["vin_valid"], true);
    assert!(page.body["first_response_at"].is_string());
    assert!(page.body["ai"].is_object(), "{}", page.text);
    assert_eq!(page.body["messages"].as_array().unwrap().len(), 1);
    assert_eq!(page.body["messages"][0]["status"], "sent");

    let told = acme.admin.get("/api/v1/notifications").await.assert(200);
    assert!(!told.items().is_empty(), "nobody was notified");
    let dashboard = acme.admin.get("/api/v1/dashboard").await.assert(200);
    assert_eq!(dashboard.body["leads_today"], 1);
    assert_eq!(dashboard.body["leads_answered_today"], 1);
}

#[tokio::test]
async fn the_other_templates_run_to_their_first_wait() {
    let app = TestApp::start().await;
    let acme = app.group("Acme Motors").await;
    let templates = acme.admin.get("/api/v1/templates").await.assert(200);
    assert!(templates.items().len() >= 12);
    for (template, input) in [
        (
            "missed-call-follow-up",
            json!({ "phone": "(512) 555-0142", "name": "Pat Buyer", "email": "pat@buyer.example" }),
        ),
        (
            "post-sale-thank-you",
            json!({
                "customer": { "name": "Sam Owner", "email": "sam@owner.example" },
                "vehicle": "2026 Honda Civic",
                "sold_at": "2026-11-20",
                "salesperson": "Robin",
            }),
        ),
    ] {
        let view = acme
            .admin
            .get(&format!("/api/v1/templates/{template}"))
            .await
            .assert(200);
        let parameters = required_parameters(&view.body["parameters_schema"]);
        let (_, hook) = acme.admin.publish_template(template, parameters).await;
        let accepted = app.anyone().post(&hook, &input).await.assert(202);
        let id = accepted.text_of("/execution_id");
        let execution = acme
            .admin
            .execution(&id, &["waiting", "succeeded", "failed"])
            .await;
        assert_ne!(execution["status"], "failed", "{template}: {execution:#}");
    }
}

/// Something for each parameter that has no default.
fn required_parameters(schema: &serde_json::Value) -> serde_json::Value {
    let mut parameters = serde_json::Map::new();
    for name in schema["required"].as_array().into_iter().flatten() {
        let name = name.as_str().unwrap();
        let property = &schema["properties"][name];
        if property.get("default").is_some() {
            continue;
        }
        let value = match (property["type"].as_str(), property["format"].as_str()) {
            (_, Some("uri")) => json!("https://reviews.example/acme"),
            (_, Some("email")) => json!("sales@acme.example"),
            (Some("integer" | "number"), _) => json!(1),
            (Some("boolean"), _) => json!(true),
            _ => json!("Acme"),
        };
        parameters.insert(name.to_owned(), value);
    }
    parameters.into()
}
