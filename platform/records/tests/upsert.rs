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

#[tokio::test(flavor = "multi_thread")]
async fn match_finds_the_record_also_where_the_values_have_the_same_field() {
    let home = Dealership::open().await;
    let ann = json!({ "record": "customer", "values": { "name": "Ann Lee", "email": "old@buyer.example", "phone": "512-555-0123" } });
    let ann = upsert(&home, None, ann).await.unwrap();
    let moved = json!({ "record": "customer", "match": { "email": "old@buyer.example" },
        "values": { "email": "new@buyer.example" } });
    let moved = upsert(&home, None, moved).await.unwrap();
    assert_eq!(
        (&moved["id"], &moved["record"]["email"]),
        (&ann["id"], &json!("new@buyer.example"))
    );
    let by_phone = json!({ "record": "customer", "match": { "phone": 5125550123.0 },
        "values": { "phone": "512-555-0199", "name": "Ann Lee" } });
    let by_phone = upsert(&home, None, by_phone).await.unwrap();
    assert_eq!(
        (&by_phone["id"], &by_phone["record"]["phone"]),
        (&ann["id"], &json!("+15125550199"))
    );
    assert_eq!(home.count("customers").await, 1);

    let car = json!({ "record": "vehicle", "values": { "stock_number": "A1", "make": "Kia", "model": "Soul", "price": 15000 } });
    let car = upsert(&home, None, car).await.unwrap();
    let renumbered = json!({ "record": "vehicle", "match": { "stock_number": "a1" },
        "values": { "stock_number": 4411.0, "trim": "EX", "year": 2025.0, "price": "14.500,00" } });
    let renumbered = upsert(&home, None, renumbered).await.unwrap();
    let record = &renumbered["record"];
    assert_eq!(
        (&renumbered["id"], &record["stock_number"]),
        (&car["id"], &json!("4411"))
    );
    assert_eq!(
        (&record["year"], &record["price"]),
        (&json!(2025), &json!(14_500.0))
    );
    assert_eq!(record["label"], "2025 Kia Soul EX");
    assert_eq!(home.count("vehicles").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_found_by_id_is_renamed() {
    let home = Dealership::open().await;
    let ann = json!({ "record": "customer", "values": { "name": "Ann Lee", "email": "ann@buyer.example" } });
    let id = upsert(&home, None, ann).await.unwrap()["id"].clone();
    let renamed = async |values: Value| {
        let config = json!({ "record": "customer", "match": { "id": id }, "values": values });
        let done = upsert(&home, None, config).await.unwrap();
        assert_eq!(done["id"], id);
        let record = &done["record"];
        [&record["name"], &record["first_name"], &record["last_name"]].map(Clone::clone)
    };
    let name = renamed(json!({ "name": "Ann Smith", "email": "ann.smith@buyer.example" })).await;
    assert_eq!(name, [json!("Ann Smith"), json!("Ann"), json!("Smith")]);
    let name = renamed(json!({ "last_name": "Miller" })).await;
    assert_eq!(name, [json!("Ann Miller"), json!("Ann"), json!("Miller")]);
    let name = renamed(json!({ "name": "Cher" })).await;
    assert_eq!(name, [json!("Cher"), json!("Cher"), Value::Null]);
    let name = renamed(json!({ "phone": "512-555-0123" })).await;
    assert_eq!(name[0], "Cher", "without a name it stays");
    let name = renamed(json!({ "name": "N/A" })).await;
    assert_eq!(name[0], "Cher", "a filler is no name");
    let own = json!({ "record": "customer", "values": { "id": id, "name": "Ann Jones" } });
    assert_eq!(
        upsert(&home, None, own).await.unwrap()["record"]["name"],
        "Ann Jones"
    );
    assert_eq!(home.count("customers").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_step_makes_no_stranger_somebody_on_record() {
    let home = Dealership::open().await;
    let save = async |values: Value| {
        let config = json!({ "record": "customer", "values": values });
        upsert(&home, None, config).await.unwrap()["id"].clone()
    };
    let john = save(json!({ "name": "John Ames", "email": "declined@declined.com" })).await;
    assert_ne!(
        save(json!({ "name": "John Brown", "email": "declined@declined.com" })).await,
        john
    );
    let ann = save(json!({ "name": "Ann Lee", "email": "lees@buyer.example" })).await;
    assert_ne!(
        save(json!({ "name": "Bob Lee", "email": "lees@buyer.example" })).await,
        ann
    );
    assert_eq!(
        save(json!({ "first_name": "ANN", "email": "Lees@Buyer.Example" })).await,
        ann
    );
    let vehicles = [
        json!({ "make": "Kia", "model": "Soul", "stock_number": "N/A" }),
        json!({ "make": "Kia", "model": "Rio", "stock_number": 0 }),
    ];
    let mut ids = Vec::new();
    for values in vehicles {
        let config = json!({ "record": "vehicle", "values": values });
        let car = upsert(&home, None, config).await.unwrap();
        assert_eq!(car["record"]["stock_number"], Value::Null);
        ids.push(car["id"].clone());
    }
    assert_ne!(ids[0], ids[1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vin_of_another_vehicle_is_refused() {
    let home = Dealership::open().await;
    let car = |values: Value| json!({ "record": "vehicle", "values": values });
    upsert(&home, None, car(json!({ "vin": "1HGCM82633A004352" })))
        .await
        .unwrap();
    upsert(
        &home,
        None,
        car(json!({ "stock_number": "A2", "make": "Kia" })),
    )
    .await
    .unwrap();
    let config = json!({ "record": "vehicle", "match": { "stock_number": "A2" }, "values": { "vin": "1HGCM82633A004352" } });
    let error = upsert(&home, None, config).await.unwrap_err();
    assert!(
        error.message.contains("another vehicle has the VIN"),
        "{error}"
    );
}
