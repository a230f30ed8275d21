use crate::support::{Answer, dealership, one_step};
use serde_json::{Value, json};

const XML: [(&str, &str); 1] = [("Content-Type", "application/x-adf+xml")];

fn lead(id: &str, email: &str, model: &str) -> Value {
    json!({
        "ids": [["cars.example", id]],
        "provider_name": "Cars Example",
        "comments": "Is it still there?",
        "customer": {"first_name": "Ann", "last_name": email, "email": email},
        "vehicles": [{"interest": "buy", "year": 2025, "make": "Toyota", "model": model}]
    })
}

fn document(leads: &[Value]) -> String {
    format!("<leads>{}</leads>", json!(leads))
}

fn accepted(answer: Answer) -> Vec<Value> {
    answer.is(202)["accepted"].as_array().unwrap().clone()
}

#[actix_web::test]
async fn every_new_lead_of_a_document_becomes_a_record_and_a_run_at_once() {
    let acme = dealership().await;
    let (_, url) = acme.published(one_step("adf_lead", json!({}))).await;
    let two = document(&[
        lead("1", "ann@example.com", "RAV4"),
        lead("2", "bob@example.com", "Camry"),
    ]);
    let answer = acme.deliver(&url, &XML, &two).await.is(202);
    let accepted = answer["accepted"].as_array().unwrap();
    assert_eq!(accepted.len(), 2);
    assert_eq!(answer["execution_id"], accepted[0]["execution_id"]);
    assert_eq!(answer["lead_id"], accepted[0]["lead_id"]);
    assert!(
        accepted
            .iter()
            .all(|a| a["execution_id"].is_string() && a["duplicate"] == false)
    );
    assert_eq!(acme.count("leads").await, 2);
    assert_eq!(acme.count("workflow_executions").await, 2);
    assert_eq!(acme.count("leads WHERE execution_id IS NOT NULL").await, 2);
    assert_eq!(
        acme.count("workflow_executions WHERE input #>> '{customer,email}' = 'ann@example.com'")
            .await,
        1
    );
}

#[actix_web::test]
async fn a_lead_sent_again_starts_no_second_run() {
    let acme = dealership().await;
    let (_, url) = acme.published(one_step("adf_lead", json!({}))).await;
    let same = document(&[lead("1", "ann@example.com", "RAV4")]);
    let first = accepted(acme.deliver(&url, &XML, &same).await);
    let again = accepted(acme.deliver(&url, &XML, &same).await);
    assert_eq!(again[0]["duplicate"], true);
    assert_eq!(again[0]["lead_id"], first[0]["lead_id"]);
    assert_eq!(again[0]["execution_id"], first[0]["execution_id"]);
    assert_eq!(acme.count("workflow_executions").await, 1);
    assert_eq!(acme.count("lead_events WHERE kind = 'resent'").await, 1);
}

#[actix_web::test]
async fn whatever_comes_to_the_address_of_leads_is_kept() {
    let acme = dealership().await;
    let (_, url) = acme.published(one_step("adf_lead", json!({}))).await;
    let documents = [
        ("application/x-adf+xml", "<newsletter/>"),
        ("application/x-adf+xml", "<?xml?>\n<!DOCTYPE x><adf/>"),
        ("application/xml", "<a><b></a>"),
        ("application/xml", ""),
        ("application/json", "{\"a\":1}"),
        ("application/json", "[1, 2"),
        ("image/png", "\u{89}PNG\r\n\u{1}\u{2}\u{3}"),
        ("text/plain", "Is the RAV4 still there?"),
        ("", "x"),
        ("application/x-www-form-urlencoded", "a=b"),
    ];
    for (index, (kind, body)) in documents.iter().enumerate() {
        let kept = acme
            .deliver(&url, &[("Content-Type", kind)], body)
            .await
            .is(202);
        assert_eq!(kept["execution_id"], Value::Null, "{kind} {body}");
        assert!(kept["lead_id"].is_string(), "{kind} {body}");
        let stored = acme.count("leads WHERE status = 'needs_review'").await;
        assert_eq!(stored, index as i64 + 1, "{kind} {body}");
    }
    assert_eq!(acme.count("workflow_executions").await, 0);
}

#[actix_web::test]
async fn a_lead_that_was_read_only_in_part_waits_for_a_person() {
    let acme = dealership().await;
    let (_, url) = acme.published(one_step("adf_lead", json!({}))).await;
    let mut part = lead("1", "ann@example.com", "RAV4");
    part["review"] = json!("its root element is Lead");
    let whole = lead("2", "bob@example.com", "Camry");
    let leads = accepted(acme.deliver(&url, &XML, &document(&[part, whole])).await);
    assert_eq!(leads[0]["execution_id"], Value::Null);
    assert!(leads[1]["execution_id"].is_string());
    let reviewed = "leads WHERE status = 'needs_review' AND review_reason LIKE 'its root%'";
    assert_eq!(acme.count(reviewed).await, 1);
    assert_eq!(
        acme.count("customers WHERE email = 'ann@example.com'")
            .await,
        1
    );
    assert_eq!(acme.count("workflow_executions").await, 1);
}

#[actix_web::test]
async fn xml_that_is_labelled_as_something_else_is_read_all_the_same() {
    let acme = dealership().await;
    let (_, url) = acme.published(one_step("adf_lead", json!({}))).await;
    let one = document(&[lead("1", "ann@example.com", "RAV4")]);
    let label = [("Content-Type", "application/json")];
    assert_eq!(accepted(acme.deliver(&url, &label, &one).await).len(), 1);
}
