//! What workflows and programs tell, and what begins because of it.

use crate::support::{dealership, one_step};
use policies::Role;
use serde_json::{Value, json};

/// A workflow that listens to `heard` and tells `told`.
fn relay(heard: &str, told: &str) -> Value {
    json!({
        "triggers": [{"id": "start", "type": "event", "config": {"name": heard}}],
        "steps": [{"id": "tell", "type": "event.publish", "name": "Tell", "config": {
            "name": told, "key": {"$ref": "trigger.event.key"}, "data": {"$ref": "trigger.event.data"}
        }}],
        "edges": [{"from": "start", "to": "tell"}]
    })
}

#[actix_web::test]
async fn an_event_starts_the_workflows_whose_filter_lets_it_pass() {
    let acme = dealership().await;
    acme.published(one_step(
        "event",
        json!({"name": "deal.funded", "filter": "trigger.event.data.amount > 1000"}),
    ))
    .await;
    acme.published(one_step("event", json!({"name": "deal.funded"})))
        .await;
    acme.published(one_step("event", json!({"name": "deal.lost"})))
        .await;
    let tell = async |amount: Value| {
        let body = json!({"name": "deal.funded", "key": "D-1", "data": {"amount": amount}});
        acme.post(Role::Manager, "/api/v1/events", body)
            .await
            .is(202)
    };
    assert_eq!(
        tell(json!(5000)).await["executions"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
    let small = tell(json!(10)).await;
    assert_eq!(small["executions"].as_array().unwrap().len(), 1);
    assert_eq!(small["warnings"], json!([]));
    let odd = tell(json!("much")).await;
    assert_eq!(odd["executions"].as_array().unwrap().len(), 1);
    assert!(
        odd["warnings"][0].as_str().unwrap().contains("filter"),
        "{odd}"
    );
    acme.work().await;
    let run = odd["executions"][0].as_str().unwrap();
    let path = format!("/api/v1/executions/{run}");
    let run = acme.get(Role::Manager, &path).await.is(200);
    let event = &run["steps"][0]["output"]["seen"]["event"];
    assert_eq!(event["name"], "deal.funded");
    assert_eq!(
        (&event["key"], &event["data"]["amount"]),
        (&json!("D-1"), &json!("much"))
    );
    let events = acme
        .get(Role::Manager, "/api/v1/events?name=deal.funded&limit=2")
        .await
        .is(200);
    assert_eq!(events["items"].as_array().unwrap().len(), 2);
    assert_eq!(events["items"][0]["id"], odd["event_id"]);
    assert!(events["next_cursor"].is_string());
}

#[actix_web::test]
async fn bad_events_are_refused_with_their_place() {
    let acme = dealership().await;
    for (body, pointer) in [
        (json!({"name": "no spaces"}), "/name"),
        (json!({"name": ""}), "/name"),
        (json!({"name": "a", "key": "k".repeat(201)}), "/key"),
        (json!({"name": "a", "data": [1]}), "/data"),
        (json!({"name": "a", "data": {"b": "\u{0}"}}), "/data/b"),
    ] {
        let problem = acme
            .post(Role::Manager, "/api/v1/events", body)
            .await
            .is(422);
        assert_eq!(problem["errors"][0]["pointer"], pointer);
    }
    assert_eq!(acme.count("workflow_events").await, 0);
}

#[actix_web::test]
async fn a_workflow_tells_another_in_the_transaction_of_its_step() {
    let acme = dealership().await;
    acme.published(relay("first", "second")).await;
    acme.published(one_step("event", json!({"name": "second"})))
        .await;
    let body = json!({"name": "first", "key": "K", "data": {"n": 7}});
    acme.post(Role::Manager, "/api/v1/events", body)
        .await
        .is(202);
    acme.work_until("workflow_executions WHERE status = 'succeeded'", |n| n == 2)
        .await;
    let seen = acme
        .text("output::text", "workflow_executions WHERE depth = 1")
        .await;
    let told = acme
        .text(
            "execution_id::text",
            "workflow_events WHERE name = 'second'",
        )
        .await;
    let first = acme
        .text("id::text", "workflow_executions WHERE depth = 0")
        .await;
    assert_eq!(told, first, "{seen}");
    let key = acme
        .text(
            "input #>> '{event,key}'",
            "workflow_executions WHERE depth = 1",
        )
        .await;
    assert_eq!(key, "K");
}

#[actix_web::test]
async fn a_chain_that_feeds_itself_ends() {
    let acme = dealership().await;
    acme.published(relay("again", "again")).await;
    let body = json!({"name": "again", "data": {}});
    acme.post(Role::Manager, "/api/v1/events", body)
        .await
        .is(202);
    acme.work_until("workflow_executions WHERE status = 'failed'", |n| n == 1)
        .await;
    assert_eq!(acme.count("workflow_executions").await, 11);
    let error = acme
        .text("error::text", "workflow_executions WHERE status = 'failed'")
        .await;
    assert!(error.contains("chain_too_long"), "{error}");
    assert_eq!(acme.count("workflow_events").await, 11);
    // All of them came of the first one, and are counted there.
    let of_the_first = "workflow_executions AS e WHERE e.root_execution_id = \
        (SELECT id FROM workflow_executions WHERE depth = 0)";
    assert_eq!(acme.count(of_the_first).await, 10);
}
