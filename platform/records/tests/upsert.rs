//! The step types `record.upsert` and `record.find`, against a real database.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::large_futures,
    reason = "tests may fail loudly"
)]

mod support;

use platform_engine::registry::StepRegistry;
use platform_engine::step::{StepError, StepKind};
use platform_kernel::id::{LeadId, UserId};
use serde_json::{Value, json};
use std::time::Duration;
use support::Dealership;

async fn upsert(
    home: &Dealership,
    lead: Option<LeadId>,
    config: Value,
) -> Result<Value, StepError> {
    run(home, "record.upsert", lead, config).await
}

async fn find(home: &Dealership, config: Value) -> Value {
    run(home, "record.find", None, config).await.unwrap()
}

async fn run(
    home: &Dealership,
    type_: &str,
    lead: Option<LeadId>,
    config: Value,
) -> Result<Value, StepError> {
    let mut registry = StepRegistry::new();
    platform_records::upsert::register(&mut registry, home.bus.clone()).unwrap();
    let StepKind::Transactional(step) = registry.step(type_).unwrap().kind.clone() else {
        panic!("it changes tables");
    };
    let mut tx = home.tx().await;
    let done = step.run(&mut tx, &home.step(lead), config).await?;
    tx.commit().await.unwrap();
    Ok(done.output)
}

#[tokio::test(flavor = "multi_thread")]
async fn customers_and_vehicles_are_found_again() {
    let home = Dealership::open().await;
    let ann = json!({ "record": "customer", "values": { "name": "Ann Lee", "email": "Ann@Example.com", "phone": "512 555 0123" } });
    let first = upsert(&home, None, ann.clone()).await.unwrap();
    assert_eq!(first["record"]["first_name"], "Ann");
    assert_eq!(upsert(&home, None, ann).await.unwrap()["id"], first["id"]);
    let by_id = json!({ "record": "customer", "match": { "id": first["id"] }, "values": { "address": { "city": "Austin", "region": "TX" } } });
    assert_eq!(
        upsert(&home, None, by_id).await.unwrap()["record"]["address"],
        "Austin, TX"
    );
    let car = json!({ "record": "vehicle", "values": { "vin": "1hgcm82633a004352", "year": "2003", "make": "Honda", "price": "$4,500" } });
    let first = upsert(&home, None, car.clone()).await.unwrap();
    assert_eq!(
        (&first["record"]["year"], &first["record"]["vin_valid"]),
        (&json!(2003), &json!(true))
    );
    assert_eq!(upsert(&home, None, car).await.unwrap()["id"], first["id"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_runs_lead_is_changed_and_told_live() {
    let home = Dealership::open().await;
    let person = json!({ "record": "customer", "values": { "full_name": "Ann Lee", "phone": "5125550123" } });
    let customer = upsert(&home, None, person).await.unwrap();
    let mut news = home.bus.subscribe();
    let made = json!({ "record": "lead", "values": { "source": "Missed call", "customer_id": customer["id"], "comments": "Called at noon" } });
    let lead = upsert(&home, None, made).await.unwrap();
    assert_eq!(lead["record"]["customer"]["name"], "Ann Lee");
    let id: LeadId = lead["id"].as_str().unwrap().parse().unwrap();
    let alice = home.member("manager", "Alice").await;
    let changes = json!({ "record": "lead", "values": { "status": "working", "assigned_to": alice, "ai": { "summary": "Wants a RAV4\u{0}", "intent": "buy" } } });
    let changed = upsert(&home, Some(id), changes).await.unwrap();
    assert_eq!(
        (&changed["id"], &changed["record"]["status"]),
        (&lead["id"], &json!("working"))
    );
    // What is told is the state at that moment, so the first message may tell the second change.
    let told = async {
        while news.recv().await.unwrap().message.data != json!({ "id": id, "status": "working" }) {}
    };
    tokio::time::timeout(Duration::from_secs(5), told)
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_is_refused_with_its_reason() {
    let home = Dealership::open().await;
    for (config, reason) in [
        (
            json!({ "record": "customer", "values": {} }),
            "a customer needs",
        ),
        (
            json!({ "record": "vehicle", "values": { "trim": "XLE" } }),
            "a vehicle needs",
        ),
        (
            json!({ "record": "lead", "values": { "status": "nonsense" } }),
            "status is no status",
        ),
        (
            json!({ "record": "lead", "values": { "id": "nonsense" } }),
            "id is no id",
        ),
        (
            json!({ "record": "lead", "values": { "customer_id": UserId::new() } }),
            "customer_id is no customer",
        ),
        (json!({ "record": "deal", "values": {} }), "record must be"),
    ] {
        let error = upsert(&home, None, config.clone()).await.unwrap_err();
        assert!(error.message.contains(reason), "{config}: {error}");
        assert!(!error.retryable);
    }
    let missing = json!({ "record": "lead", "match": { "id": LeadId::new() }, "values": { "status": "lost" } });
    assert_eq!(
        upsert(&home, None, missing).await.unwrap_err().code,
        "not_found"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn records_are_found_by_what_they_are_known_by() {
    let home = Dealership::open().await;
    let make = async |record: &str, values: Value| {
        let config = json!({ "record": record, "values": values });
        upsert(&home, None, config).await.unwrap()["id"].clone()
    };
    let ann = make(
        "customer",
        json!({ "name": "Ann Lee", "email": "Ann@Example.com", "phone": "512 555 0123" }),
    )
    .await;
    let bob = make(
        "customer",
        json!({ "name": "Bob Ray", "email": "bob@example.com" }),
    )
    .await;
    let car = make("vehicle", json!({ "vin": "1hgcm82633a004352", "stock_number": "a12", "make": "Honda", "model": "Accord" })).await;
    let first = make(
        "lead",
        json!({ "source": "Desk", "customer_id": ann, "vehicle_id": car }),
    )
    .await;
    let second = make(
        "lead",
        json!({ "source": "Desk", "customer_id": ann, "status": "working" }),
    )
    .await;
    let other = make("lead", json!({ "source": "Desk", "customer_id": bob })).await;

    let found = find(
        &home,
        json!({ "record": "customer", "email": "ann@example.COM", "phone": "(512) 555-0123" }),
    )
    .await;
    assert_eq!(
        (&found["found"], &found["count"]),
        (&json!(true), &json!(1))
    );
    assert_eq!(
        (&found["record"]["id"], &found["records"][0]["name"]),
        (&ann, &json!("Ann Lee"))
    );
    let both = json!({ "record": "customer", "email": "bob@example.com", "phone": "5125550123" });
    assert_eq!(find(&home, both).await["found"], false);
    assert_eq!(
        find(&home, json!({ "record": "customer", "id": bob })).await["record"]["id"],
        bob
    );
    for by in [
        json!({ "vin": "1HGCM82633A004352" }),
        json!({ "stock_number": "A12" }),
        json!({ "id": car }),
    ] {
        let mut config = by;
        config["record"] = json!("vehicle");
        assert_eq!(find(&home, config).await["record"]["id"], car);
    }
    let ids = |found: &Value| -> Vec<Value> {
        let records = found["records"].as_array().unwrap();
        records.iter().map(|record| record["id"].clone()).collect()
    };
    let anns = json!({ "record": "lead", "phone": "5125550123" });
    assert_eq!(
        ids(&find(&home, anns).await),
        [second.clone(), first.clone()]
    );
    let one = json!({ "record": "lead", "status": "new", "limit": 1 });
    assert_eq!(ids(&find(&home, one).await), [other]);
    let about = json!({ "record": "lead", "vin": "1HGCM82633A004352", "stock_number": "a12" });
    assert_eq!(ids(&find(&home, about).await), [first]);
    let nobody = find(
        &home,
        json!({ "record": "customer", "email": null, "phone": " " }),
    )
    .await;
    assert_eq!(
        nobody,
        json!({ "found": false, "count": 0, "record": null, "records": [] })
    );
}
