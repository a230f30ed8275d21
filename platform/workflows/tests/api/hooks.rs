use crate::support::{dealership, one_step};
use serde_json::json;

#[actix_web::test]
async fn a_delivery_starts_one_run_however_often_it_is_repeated() {
    let acme = dealership().await;
    let (_, url) = acme.published(one_step("webhook", json!({}))).await;
    let body = r#"{"phone": "5125550123"}"#;
    let first = acme.deliver(&url, &[], body).await.is(202);
    assert_eq!(first["duplicate"], false);
    let again = acme.deliver(&url, &[], body).await.is(202);
    assert_eq!(again["duplicate"], true);
    assert_eq!(again["execution_id"], first["execution_id"]);

    let named = [("Idempotency-Key", "call-1")];
    let one = acme.deliver(&url, &named, r#"{"n": 1}"#).await.is(202);
    let two = acme.deliver(&url, &named, r#"{"n": 2}"#).await.is(202);
    assert_eq!(two["execution_id"], one["execution_id"]);
    let other = acme.deliver(&url, &[("X-Delivery-Id", "call-2")], r#"{"n": 1}"#);
    assert_eq!(other.await.is(202)["duplicate"], false);
    assert_eq!(acme.count("workflow_executions").await, 3);
}

#[actix_web::test]
async fn the_same_delivery_twice_at_once_starts_one_run() {
    let acme = dealership().await;
    let (_, url) = acme.published(one_step("webhook", json!({}))).await;
    let deliver = || acme.deliver(&url, &[], r#"{"at": "once"}"#);
    let answers = tokio::join!(deliver(), deliver(), deliver(), deliver());
    let answers = [answers.0, answers.1, answers.2, answers.3].map(|answer| answer.is(202));
    let fresh = answers.iter().filter(|a| a["duplicate"] == false).count();
    assert_eq!(fresh, 1);
    assert!(
        answers
            .iter()
            .all(|a| a["execution_id"] == answers[0]["execution_id"])
    );
    assert_eq!(acme.count("workflow_executions").await, 1);
}

#[actix_web::test]
async fn what_is_no_json_object_is_refused_with_its_place_and_starts_nothing() {
    let acme = dealership().await;
    let schema = json!({"type": "object", "required": ["phone"]});
    let (_, url) = acme
        .published(one_step("webhook", json!({"input_schema": schema})))
        .await;
    let malformed = acme.deliver(&url, &[], "{\"a\":").await.is(400);
    assert_eq!(malformed["code"], "malformed_json");
    assert!(malformed["detail"].as_str().unwrap().contains("line 1"));
    assert_eq!(
        acme.deliver(&url, &[], "").await.problem(400),
        "malformed_json"
    );
    assert_eq!(
        acme.deliver(&url, &[], "hello").await.problem(400),
        "malformed_json"
    );
    assert_eq!(
        acme.deliver(&url, &[], "[1]").await.problem(422),
        "validation_failed"
    );
    let missing = acme.deliver(&url, &[], "{}").await.is(422);
    assert_eq!(missing["errors"][0]["pointer"], "/phone");
    let nul = acme
        .deliver(&url, &[], r#"{"phone": "\u0000"}"#)
        .await
        .is(422);
    assert_eq!(nul["errors"][0]["pointer"], "/phone");
    let xml = acme
        .deliver(&url, &[("Content-Type", "application/xml")], "<adf/>")
        .await;
    assert_eq!(xml.problem(415), "unsupported_media_type");
    assert_eq!(acme.count("workflow_executions").await, 0);
    assert_eq!(acme.count("trigger_deliveries").await, 0);
}

#[actix_web::test]
async fn an_unknown_address_and_an_oversized_body_are_refused() {
    let acme = dealership().await;
    let (_, url) = acme.published(one_step("webhook", json!({}))).await;
    let other = platform_workflows::triggers::key::new_key(acme.tenant.id);
    let nobody = platform_workflows::triggers::key::new_key(platform_kernel::id::TenantId::new());
    for key in ["x", other.as_str(), nobody.as_str()] {
        let answer = acme.deliver(&format!("/hooks/{key}"), &[], "{}").await;
        assert_eq!(answer.problem(404), "not_found", "{key}");
    }
    let large = format!("{{\"a\":\"{}\"}}", "x".repeat(1 << 20));
    assert_eq!(
        acme.deliver(&url, &[], &large).await.problem(413),
        "payload_too_large"
    );
    let long = "k".repeat(201);
    let answer = acme
        .deliver(&url, &[("Idempotency-Key", &long)], "{}")
        .await;
    assert_eq!(answer.problem(400), "bad_request");
}

#[actix_web::test]
async fn a_suspended_dealership_takes_no_deliveries() {
    let acme = dealership().await;
    let (_, url) = acme.published(one_step("webhook", json!({}))).await;
    acme.suspend().await;
    assert_eq!(
        acme.deliver(&url, &[], "{}").await.problem(403),
        "tenant_suspended"
    );
}
