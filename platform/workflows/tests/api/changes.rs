//! Runs that begin because a record was made or changed.

use crate::support::{dealership, one_step};
use serde_json::{Value, json};

/// A workflow that writes a customer when it is told to.
fn writer() -> Value {
    json!({
        "triggers": [{"id": "start", "type": "webhook", "config": {}}],
        "steps": [{"id": "save", "type": "record.upsert", "name": "Save", "config": {
            "record": "customer", "values": {"$ref": "trigger.values"}
        }}],
        "edges": [{"from": "start", "to": "save"}]
    })
}

const OF_CHANGES: &str = "workflow_executions WHERE trigger_type = 'record'";

#[actix_web::test]
async fn a_customer_made_or_changed_starts_who_listens() {
    let acme = dealership().await;
    let (_, url) = acme.published(writer()).await;
    let body = |email: &str, phone: &str| {
        json!({"values": {"first_name": "Pat", "last_name": "Buyer", "email": email, "phone": phone}}).to_string()
    };
    // Nobody listens yet: nothing is told.
    acme.deliver(&url, &[], &body("quiet@buyer.example", "+15125550100"))
        .await
        .is(202);
    acme.work().await;
    acme.published(one_step(
        "record",
        json!({"record": "customer", "on": ["created"]}),
    ))
    .await;
    let filter = "'phone' in trigger.changed_fields && trigger.before.phone == '+15125550101'";
    acme.published(one_step(
        "record",
        json!({"record": "customer", "on": ["updated"], "filter": filter}),
    ))
    .await;
    acme.published(one_step(
        "record",
        json!({"record": "vehicle", "on": ["created", "updated"]}),
    ))
    .await;

    acme.deliver(&url, &[], &body("pat@buyer.example", "+15125550101"))
        .await
        .is(202);
    acme.work_until(OF_CHANGES, |n| n == 1).await;
    let made = acme.text("input::text", OF_CHANGES).await;
    let made: Value = serde_json::from_str(&made).unwrap();
    assert_eq!(made["on"], "created");
    assert_eq!(made["record"]["email"], "pat@buyer.example");
    assert!(made["before"].is_null());

    acme.deliver(&url, &[], &body("pat@buyer.example", "+15125550102"))
        .await
        .is(202);
    acme.work_until(OF_CHANGES, |n| n == 2).await;
    let changed = acme
        .text(
            "input::text",
            &format!("{OF_CHANGES} AND input ->> 'on' = 'updated'"),
        )
        .await;
    let changed: Value = serde_json::from_str(&changed).unwrap();
    assert_eq!(
        changed["change"]["phone"],
        json!({"before": "+15125550101", "after": "+15125550102"})
    );
    let depth = acme.text("max(depth)::text", OF_CHANGES).await;
    assert_eq!(depth, "1");
    // What changes nothing tells nothing.
    let same = json!({"values": {"email": "pat@buyer.example"}}).to_string();
    acme.deliver(&url, &[], &same).await.is(202);
    acme.work().await;
    assert_eq!(acme.count(OF_CHANGES).await, 2);
}

#[actix_web::test]
async fn a_lead_that_comes_in_starts_who_listens_to_leads() {
    let acme = dealership().await;
    let (_, url) = acme.published(one_step("adf_lead", json!({}))).await;
    acme.published(one_step(
        "record",
        json!({"record": "lead", "on": ["created"]}),
    ))
    .await;
    let document = r#"<leads>[{"source": "CarFinder", "customer": {"full_name": "Pat Buyer", "email": "pat@buyer.example"}, "comments": "Is it red?"}]</leads>"#;
    let accepted = acme
        .deliver(&url, &[("Content-Type", "application/xml")], document)
        .await
        .is(202);
    acme.work_until(OF_CHANGES, |n| n == 1).await;
    let input = acme.text("input::text", OF_CHANGES).await;
    let input: Value = serde_json::from_str(&input).unwrap();
    assert_eq!(input["id"], accepted["lead_id"]);
    assert_eq!(input["record"]["comments"], "Is it red?", "{input:#}");
    assert_eq!(input["record"]["customer"]["name"], "Pat Buyer");
    let lead = acme.text("lead_id::text", OF_CHANGES).await;
    assert_eq!(lead, accepted["lead_id"].as_str().unwrap());
}

/// A workflow that changes the record that it listens to, differently each time.
fn own(include_own: bool) -> Value {
    json!({
        "triggers": [{"id": "start", "type": "record", "config": {
            "record": "vehicle", "on": ["created", "updated"], "include_own": include_own
        }}],
        "steps": [{"id": "save", "type": "record.upsert", "name": "Save", "config": {
            "record": "vehicle",
            "values": {"id": {"$ref": "trigger.id"}, "odometer": {"$cel": "trigger.record.odometer + '1'"}}
        }}],
        "edges": [{"from": "start", "to": "save"}]
    })
}

#[actix_web::test]
async fn a_workflow_does_not_start_itself_unless_it_wants_to_and_then_not_for_ever() {
    for (include_own, runs) in [(false, 1), (true, 10)] {
        let acme = dealership().await;
        let mut definition = writer();
        definition["steps"][0]["config"]["record"] = json!("vehicle");
        let (_, url) = acme.published(definition).await;
        acme.published(own(include_own)).await;
        let body = json!({"values": {"stock_number": "H1234", "make": "Honda", "odometer": "1"}});
        acme.deliver(&url, &[], &body.to_string()).await.is(202);
        acme.work_until(OF_CHANGES, |n| n == runs).await;
        acme.work().await;
        // The last one's change is told to nobody.
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        acme.work().await;
        assert_eq!(acme.count(OF_CHANGES).await, runs, "{include_own}");
    }
}
