//! Documents of providers that made one car of two, one customer of strangers, or swallowed what
//! somebody wrote: what becomes of them from the hook to the mail.

use serde_json::{Value, json};
use tests::{Group, TestApp};

macro_rules! document {
    ($name:literal) => {
        include_str!(concat!("fixtures/leads/", $name, ".xml"))
    };
}

async fn start() -> (TestApp, Group, String) {
    let app = TestApp::start().await;
    let acme = app.group("Acme Motors").await;
    let (_, hook) = acme
        .admin
        .publish_template("answer-internet-lead", json!({}))
        .await;
    (app, acme, hook)
}

/// Posts a document that starts a run, and waits for the run: the answer, and what the run knew.
async fn answered(app: &TestApp, acme: &Group, hook: &str, document: &str) -> (Value, Value) {
    let answer = app.anyone().post_adf(hook, document).await.assert(202).body;
    assert_eq!(answer["duplicate"], false, "{answer}");
    let id = answer["execution_id"].as_str().unwrap();
    let run = acme.admin.execution(id, &["succeeded"]).await;
    let trigger = run["input"].clone();
    (answer, trigger)
}

async fn lead(acme: &Group, answer: &Value) -> Value {
    let id = answer["lead_id"].as_str().unwrap();
    let path = format!("/api/v1/leads/{id}");
    acme.admin.get(&path).await.assert(200).body
}

#[tokio::test]
async fn each_mail_names_the_car_that_its_customer_asked_about() {
    let (app, acme, hook) = start().await;
    let (first, _) = answered(&app, &acme, &hook, document!("stock_na_1")).await;
    let (second, trigger) = answered(&app, &acme, &hook, document!("stock_na_2")).await;
    assert_eq!(trigger["vehicle"]["stock_number"], Value::Null);
    for (answer, mail, label, other) in [
        (
            &first,
            "ann.one@buyer.example",
            "2022 Toyota Camry",
            "Tacoma",
        ),
        (
            &second,
            "ben.two@buyer.example",
            "2024 Toyota Tacoma",
            "Camry",
        ),
    ] {
        assert_eq!(lead(&acme, answer).await["vehicle"]["label"], label);
        let mail = app.mail.wait(mail, 1).await;
        let text = format!("{} {}", mail.subject, mail.text);
        assert!(text.contains(label) && !text.contains(other), "{text}");
    }
}

#[tokio::test]
async fn a_second_question_is_answered_too() {
    let (app, acme, hook) = start().await;
    let (first, _) = answered(&app, &acme, &hook, document!("not_specified_1")).await;
    let (second, trigger) = answered(&app, &acme, &hook, document!("not_specified_2")).await;
    assert_ne!(first["execution_id"], second["execution_id"]);
    assert_eq!(trigger["vehicle"], Value::Null);
    assert_eq!(
        trigger["lead"]["comments"],
        "Can I finance with a thin file?"
    );
    app.mail.wait("eve.five@buyer.example", 2).await;
    let leads = acme.admin.get("/api/v1/leads").await.assert(200);
    assert!(leads.items().iter().all(|lead| lead["vehicle"].is_null()));
}

#[tokio::test]
async fn an_id_that_every_lead_carries_swallows_nobodys_words() {
    let (app, acme, hook) = start().await;
    answered(&app, &acme, &hook, document!("constant_id_1")).await;
    let (second, trigger) = answered(&app, &acme, &hook, document!("constant_id_2")).await;
    assert_eq!(trigger["lead"]["comments"], "I am back, and ready to buy");
    app.mail.wait("gus.seven@buyer.example", 2).await;
    let lead = lead(&acme, &second).await;
    let kept = format!("{} {}", lead["comments"], lead["timeline"]);
    assert!(kept.contains("I am back, and ready to buy"), "{lead:#}");
    let again = app
        .anyone()
        .post_adf(&hook, document!("constant_id_2"))
        .await
        .assert(202);
    assert_eq!(again.body["duplicate"], true, "the same words once more");
}

#[tokio::test]
async fn a_bid_never_becomes_the_dealers_price() {
    let (app, acme, hook) = start().await;
    answered(&app, &acme, &hook, document!("dealers_listing")).await;
    let (bid, trigger) = answered(&app, &acme, &hook, document!("customers_bid")).await;
    let vehicle = &trigger["vehicle"];
    assert_eq!(
        (&vehicle["price"], &vehicle["offer"]),
        (&json!(34_995), &json!(1))
    );
    let shown = &lead(&acme, &bid).await["vehicles"][0];
    assert_eq!(
        (&shown["price"], &shown["stated"]["offer"]),
        (&json!(34_995.0), &json!(1.0))
    );
    assert_eq!(shown["stock_number"], "F100");
    let (next, trigger) = answered(&app, &acme, &hook, document!("next_customer")).await;
    let vehicle = &trigger["vehicle"];
    assert_eq!(
        (&vehicle["price"], &vehicle["offer"]),
        (&json!(34_995), &Value::Null)
    );
    let shown = &lead(&acme, &next).await["vehicles"][0];
    assert_eq!(
        (&shown["price"], &shown["stated"]["offer"]),
        (&json!(34_995.0), &Value::Null)
    );
}

#[tokio::test]
async fn two_trims_are_shown_as_two_vehicles() {
    let (app, acme, hook) = start().await;
    let (answer, trigger) = answered(&app, &acme, &hook, document!("two_trims")).await;
    let labels = ["2026 Toyota RAV4 LE", "2026 Toyota RAV4 Limited"];
    let lead = lead(&acme, &answer).await;
    for (index, label) in labels.iter().enumerate() {
        assert_eq!(trigger["vehicles"][index]["label"], *label);
        assert_eq!(lead["vehicles"][index]["stated"]["label"], *label);
    }
    let found = acme
        .admin
        .get("/api/v1/leads?q=rav4+limited")
        .await
        .assert(200);
    assert_eq!(found.items().len(), 1);
}

#[tokio::test]
async fn who_declines_to_give_an_address_is_not_who_declined_before() {
    let (app, acme, hook) = start().await;
    for document in [document!("declined_1"), document!("declined_2")] {
        let answer = app.anyone().post_adf(&hook, document).await.assert(202);
        assert_eq!(answer.body["duplicate"], false);
    }
    let customers = acme.admin.get("/api/v1/customers").await.assert(200);
    let mut names: Vec<&str> = customers
        .items()
        .iter()
        .map(|c| c["name"].as_str().unwrap())
        .collect();
    names.sort_unstable();
    assert_eq!(names, ["John Ames", "John Brown"]);
    assert!(
        customers
            .items()
            .iter()
            .all(|customer| customer["email"].is_null())
    );
    assert!(app.mail.to("declined@declined.com").is_empty());
    let leads = acme.admin.get("/api/v1/leads").await.assert(200);
    assert_eq!(leads.items().len(), 2);
}

#[tokio::test]
async fn numbers_are_saved_the_same_however_they_are_spelt() {
    let app = TestApp::start().await;
    let acme = app.group("Acme Motors").await;
    let reference = |path: &str| json!({ "$ref": path });
    let definition = json!({
        "triggers": [{ "id": "hook", "type": "webhook", "config": {} }],
        "steps": [
            { "id": "car", "type": "record.upsert", "name": "Car", "config": { "record": "vehicle", "values": {
                "make": "Honda", "model": "Accord", "stock_number": reference("trigger.stock"),
                "year": reference("trigger.year"), "odometer": reference("trigger.miles") } } },
            { "id": "buyer", "type": "record.upsert", "name": "Buyer", "config": { "record": "customer", "values": {
                "name": reference("trigger.name"), "phone": reference("trigger.phone") } } }
        ],
        "edges": [{ "from": "hook", "port": "out", "to": "car" }, { "from": "car", "port": "out", "to": "buyer" }]
    });
    let workflow = acme
        .admin
        .post(
            "/api/v1/workflows",
            &json!({ "name": "Save", "definition": definition }),
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
    let floats = include_str!("fixtures/leads/floats.json");
    let body: Value = serde_json::from_str(floats).unwrap();
    let accepted = app.anyone().post(hook, &body).await.assert(202);
    let run = acme
        .admin
        .execution(&accepted.text_of("/execution_id"), &["succeeded"])
        .await;
    let car = &run["steps"][0]["output"]["record"];
    assert_eq!(
        (&car["year"], &car["stock_number"]),
        (&json!(2025), &json!("4411")),
        "{run:#}"
    );
    assert_eq!(run["steps"][1]["output"]["record"]["phone"], "+16502530000");
}
