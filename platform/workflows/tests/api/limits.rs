//! Bursts that become one run, runs that wait for a free moment, and keys that name deliveries.

use crate::support::{dealership, one_step};
use futures_util::future::join_all;
use policies::Role;
use serde_json::{Value, json};

fn limited(config: Value, limits: Value) -> Value {
    let mut definition = one_step("webhook", config);
    definition["triggers"][0]["limits"] = limits;
    definition
}

#[actix_web::test]
async fn a_burst_becomes_one_run_with_what_came_last() {
    let acme = dealership().await;
    let limits = json!({"debounce": {"key": "trigger.vin", "seconds": 60, "max_seconds": 120}});
    let (_, url) = acme.published(limited(json!({}), limits)).await;
    let deliver = async |n: i32, vin: &str| {
        let body = json!({"n": n, "vin": vin}).to_string();
        acme.deliver(&url, &[], &body).await.is(202)
    };
    let first = deliver(1, "A").await;
    let other = deliver(1, "B").await;
    assert_ne!(first["execution_id"], other["execution_id"]);
    for n in 2..6 {
        let next = deliver(n, "A").await;
        assert_eq!(next["execution_id"], first["execution_id"]);
        assert_eq!(next["duplicate"], false);
    }
    assert_eq!(acme.count("workflow_executions").await, 2);
    let row = format!(
        "workflow_executions WHERE id = '{}'",
        first["execution_id"].as_str().unwrap()
    );
    assert_eq!(acme.text("input ->> 'n'", &row).await, "5");
    let found = acme.get(Role::Manager, "/api/v1/executions").await.is(200);
    assert_eq!(found["items"].as_array().unwrap().len(), 2);

    // The burst is over and its run has begun: what comes now begins another.
    let sql = format!(
        "UPDATE control.jobs SET run_at = now() WHERE kind = 'execution'; \
         UPDATE {}.trigger_debounces SET due_at = now()",
        acme.tenant.schema()
    );
    acme.db.run_as_owner(&sql).await;
    acme.work().await;
    let later = deliver(9, "A").await;
    assert_ne!(later["execution_id"], first["execution_id"]);
    assert!(acme.text("output::text", &row).await.contains('5'));
}

#[actix_web::test]
async fn a_burst_at_once_is_one_run() {
    let acme = dealership().await;
    let limits = json!({"debounce": {"seconds": 600}});
    let (_, url) = acme.published(limited(json!({}), limits)).await;
    let bodies: Vec<String> = (0..12).map(|n| json!({ "n": n }).to_string()).collect();
    let answers = join_all(bodies.iter().map(|body| acme.deliver(&url, &[], body))).await;
    let ids: Vec<Value> = answers
        .into_iter()
        .map(|a| a.is(202)["execution_id"].clone())
        .collect();
    assert!(ids.iter().all(|id| id == &ids[0]));
    assert_eq!(acme.count("workflow_executions").await, 1);
}

#[actix_web::test]
async fn a_throttle_spreads_runs_over_its_periods() {
    let acme = dealership().await;
    let limits = json!({"throttle": {"limit": 2, "period_seconds": 3600}});
    let (_, url) = acme.published(limited(json!({}), limits)).await;
    let bodies: Vec<String> = (0..5).map(|n| json!({ "n": n }).to_string()).collect();
    for answer in join_all(bodies.iter().map(|body| acme.deliver(&url, &[], body))).await {
        answer.is(202);
    }
    assert_eq!(acme.count("workflow_executions").await, 5);
    acme.work_until("workflow_executions WHERE status = 'succeeded'", |n| n == 2)
        .await;
    let starts = acme
        .text("array_length(starts, 1)::text", "trigger_throttles")
        .await;
    assert_eq!(starts, "2");
    let later = acme
        .text(
            "(starts[2] > now() + interval '90 minutes')::text",
            "trigger_throttles",
        )
        .await;
    assert_eq!(later, "true");
}

#[actix_web::test]
async fn a_key_names_deliveries_whatever_else_they_are_called() {
    let acme = dealership().await;
    let limits = json!({"deduplication_key": "trigger.order.id"});
    let (_, url) = acme.published(limited(json!({}), limits)).await;
    let first = acme
        .deliver(
            &url,
            &[("X-Delivery-Id", "1")],
            r#"{"order": {"id": 7}, "try": 1}"#,
        )
        .await
        .is(202);
    let again = acme
        .deliver(
            &url,
            &[("X-Delivery-Id", "2")],
            r#"{"order": {"id": 7}, "try": 2}"#,
        )
        .await
        .is(202);
    assert_eq!(
        (&again["duplicate"], &again["execution_id"]),
        (&json!(true), &first["execution_id"])
    );
    // The second name is known from now on, too.
    let named = acme
        .deliver(&url, &[("X-Delivery-Id", "2")], r#"{"order": {"id": 8}}"#)
        .await
        .is(202);
    assert_eq!(named["execution_id"], first["execution_id"]);
    // What has no key starts a run all the same.
    let bare = acme.deliver(&url, &[], r#"{"hello": 1}"#).await.is(202);
    assert_eq!(bare["duplicate"], false);
    assert_eq!(acme.count("workflow_executions").await, 2);
}

#[actix_web::test]
async fn limits_that_cannot_be_are_found_before_they_are_published() {
    let acme = dealership().await;
    let both = json!({"debounce": {"seconds": 1}, "throttle": {"limit": 1, "period_seconds": 1}});
    let body = json!({"name": "Both", "definition": limited(json!({}), both)});
    let made = acme
        .post(Role::Manager, "/api/v1/workflows", body)
        .await
        .is(201);
    let path = format!("/api/v1/workflows/{}/publish", made["id"].as_str().unwrap());
    let problem = acme.post(Role::Manager, &path, json!({})).await.is(422);
    assert_eq!(
        problem["errors"][0]["pointer"],
        "/triggers/0/limits/throttle"
    );
}
