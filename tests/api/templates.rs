//! The template library at work, workflows that stay linked to it, and drafts that are tried out.

use policies::Role;
use serde_json::{Value, json};
use tests::{Group, TestApp, eventually};

async fn post(group: &Group, hook: &str, body: Value) -> String {
    let accepted = group.admin.post(hook, &body).await.assert(202);
    accepted.text_of("/execution_id")
}

async fn ends_well(group: &Group, execution: &str) -> Value {
    let path = format!("/api/v1/executions/{execution}");
    let run = tokio::time::timeout(std::time::Duration::from_secs(15), async {
        let ended = ["succeeded", "failed", "cancelled"];
        group.admin.execution(execution, &ended).await
    });
    let Ok(run) = run.await else {
        panic!("{:#}", group.admin.get(&path).await.body["steps"]);
    };
    assert_eq!(run["status"], "succeeded", "{run:#}");
    run
}

/// The titles of everybody's notifications, the admin's.
async fn told(group: &Group) -> Vec<String> {
    let list = group.admin.get("/api/v1/notifications").await.assert(200);
    let title = |item: &Value| item["title"].as_str().unwrap().to_owned();
    list.items().iter().map(title).collect()
}

/// Fails the test when a run has failed, and says why.
async fn none_failed(group: &Group) {
    let path = "/api/v1/executions?status=failed";
    let failed = group.admin.get(path).await.assert(200);
    let errors: Vec<&Value> = failed.items().iter().map(|run| &run["error"]).collect();
    assert!(errors.is_empty(), "{errors:#?}");
}

/// The decision that a run waits for.
async fn asked(group: &Group) -> Value {
    eventually("a decision being asked for", || async {
        none_failed(group).await;
        let list = group
            .admin
            .get("/api/v1/approvals?state=pending")
            .await
            .assert(200);
        list.items().first().cloned()
    })
    .await
}

async fn decide(group: &Group, approval: &Value, body: Value) {
    let path = format!(
        "/api/v1/approvals/{}/decide",
        approval["id"].as_str().unwrap()
    );
    group.admin.post(&path, &body).await.assert(200);
}

fn ann(phone: &str) -> Value {
    json!({ "name": "Ann Lee", "email": "ann@buyer.example", "phone": phone })
}

#[tokio::test]
async fn every_template_is_published_as_it_is() {
    let app = TestApp::start().await;
    let acme = app.group("Acme Motors").await;
    let list = acme
        .admin
        .get("/api/v1/templates?limit=100")
        .await
        .assert(200);
    assert!(list.items().len() >= 12, "{}", list.items().len());
    for template in list.items() {
        let id = template["id"].as_str().unwrap();
        let parameters = match id {
            "post-sale-thank-you" => json!({ "review_url": "https://reviews.example/acme" }),
            _ => json!({}),
        };
        let body = json!({ "parameters": parameters });
        let path = format!("/api/v1/templates/{id}/instantiate");
        let made = acme.admin.post(&path, &body).await.assert(201);
        let path = format!("/api/v1/workflows/{}", made.text_of("/id"));
        let check = acme
            .admin
            .post(&format!("{path}/validate"), &json!({}))
            .await
            .assert(200);
        assert_eq!(check.body["findings"], json!([]), "{id}");
        acme.admin
            .post(&format!("{path}/publish"), &json!({}))
            .await
            .assert(201);
        let link = acme
            .admin
            .get(&format!("{path}/template"))
            .await
            .assert(200);
        assert_eq!(link.body["template_id"], id);
        assert_eq!(link.body["overrides"], json!([]));
        assert_eq!(link.body["upgrade"], Value::Null);
    }
}

#[tokio::test]
async fn service_customers_are_reminded_chased_and_followed_up() {
    let app = TestApp::start().await;
    let acme = app.group("Acme Motors").await;

    let in_ten_days = platform_kernel::clock::now() + std::time::Duration::from_secs(864_000);
    let in_ten_days = in_ten_days.format("%Y-%m-%dT%H:%M:%SZ").to_string();
    let (_, hook) = acme
        .admin
        .publish_template("service-appointment-reminder", json!({}))
        .await;
    let soon = json!({ "id": "A-1", "customer": ann("512-555-0101"), "starts_at": in_ten_days, "vehicle": "2024 Honda Civic" });
    let waits = post(&acme, &hook, soon).await;
    let run = acme.admin.execution(&waits, &["waiting", "failed"]).await;
    none_failed(&acme).await;
    assert_eq!(run["business_key"], "A-1");
    let cancelled = json!({ "name": "appointment.cancelled", "key": "A-1" });
    acme.admin
        .post("/api/v1/events", &cancelled)
        .await
        .assert(202);
    ends_well(&acme, &waits).await;
    assert!(
        app.texts_to("+15125550101").is_empty(),
        "cancelled: nobody is reminded"
    );

    let parameters = json!({ "first_after_days": 0, "second_after_days": 0 });
    let (_, hook) = acme
        .admin
        .publish_template("declined-service-follow-up", parameters)
        .await;
    let declined = json!({ "order": "RO-7", "customer": ann("512-555-0102"), "vehicle": "2024 Honda Civic",
        "declined": [{ "name": "Front brake pads", "price": 289, "safety": true }, { "name": "Cabin filter" }] });
    let run = post(&acme, &hook, declined).await;
    ends_well(&acme, &run).await;
    let texts = app.texts_to("+15125550102");
    assert_eq!(texts.len(), 2, "{texts:#?}");
    assert!(
        texts[0].body.contains("Front brake pads and 1 more"),
        "{texts:#?}"
    );
    assert!(
        told(&acme)
            .await
            .iter()
            .any(|t| t == "Call about declined work: Ann Lee")
    );

    let (_, hook) = acme
        .admin
        .publish_template(
            "no-show-rescue",
            json!({ "grace_minutes": 0, "call_after_hours": 0 }),
        )
        .await;
    let run = post(&acme, &hook, json!({ "id": "N-1", "customer": { "name": "Bo Park", "email": "bo@buyer.example" }, "kind": "test drive" })).await;
    ends_well(&acme, &run).await;
    assert_eq!(app.mail.to("bo@buyer.example").len(), 1);
    assert!(
        told(&acme)
            .await
            .iter()
            .any(|t| t == "Call the no-show: Bo Park")
    );

    let (_, hook) = acme
        .admin
        .publish_template("fi-document-chase", json!({ "wait_days": [0, 30] }))
        .await;
    let missing = json!({ "deal": "D-9", "customer": { "name": "Cy Ray", "email": "cy@buyer.example" }, "documents": ["Proof of insurance", "Pay stub"] });
    let run = post(&acme, &hook, missing).await;
    app.mail.wait("cy@buyer.example", 2).await;
    acme.admin.execution(&run, &["waiting"]).await;
    acme.admin
        .post(
            "/api/v1/events",
            &json!({ "name": "documents.received", "key": "D-9" }),
        )
        .await
        .assert(202);
    ends_well(&acme, &run).await;
    assert!(
        told(&acme)
            .await
            .iter()
            .any(|t| t == "Documents are complete: deal D-9")
    );
}

#[tokio::test]
async fn managers_decide_on_prices_offers_and_recalls() {
    let app = TestApp::start().await;
    let acme = app.group("Acme Motors").await;
    let admin = json!({ "approver": "dealership_admin", "notify": "dealership_admin" });

    let (_, hook) = acme
        .admin
        .publish_template("aged-inventory-price-review", admin.clone())
        .await;
    let vehicle = |stock: &str, days: u32| json!({ "stock_number": stock, "description": "2023 Ford F-150", "days_in_stock": days, "price": 40000 });
    let run = post(
        &acme,
        &hook,
        json!({ "vehicles": [vehicle("A1", 90), vehicle("A2", 10)] }),
    )
    .await;
    let approval = asked(&acme).await;
    assert!(
        approval["title"]
            .as_str()
            .unwrap()
            .contains("2023 Ford F-150 (A1)"),
        "{approval:#}"
    );
    let path = format!(
        "/api/v1/approvals/{}/decide",
        approval["id"].as_str().unwrap()
    );
    let refused = acme
        .admin
        .post(&path, &json!({ "decision": "approved", "values": {} }))
        .await
        .assert(422);
    assert!(
        refused.pointers().contains(&"/values/price"),
        "{:?}",
        refused.pointers()
    );
    decide(
        &acme,
        &approval,
        json!({ "decision": "approved", "values": { "price": 38500 } }),
    )
    .await;
    ends_well(&acme, &run).await;
    let events = acme.admin.get("/api/v1/events").await.assert(200);
    let event = &events.items()[0];
    assert_eq!(event["name"], "inventory.price_approved");
    assert_eq!(event["data"]["new_price"], 38500);

    let (_, hook) = acme
        .admin
        .publish_template("trade-in-offer", admin.clone())
        .await;
    let run = post(&acme, &hook, json!({ "customer": ann("512-555-0103"), "vehicle": { "year": 2019, "make": "Toyota", "model": "RAV4", "odometer": 61000 } })).await;
    let approval = asked(&acme).await;
    decide(
        &acme,
        &approval,
        json!({ "decision": "approved", "values": { "offer": 17500, "valid_days": 7 } }),
    )
    .await;
    ends_well(&acme, &run).await;
    let texts = app.texts_to("+15125550103");
    assert!(texts[0].body.contains("17500"), "{texts:#?}");
    assert!(
        !app.mail.to(&acme.admin.email).is_empty(),
        "the decision came with a link by mail"
    );

    let (_, hook) = acme.admin.publish_template("recall-notice", admin).await;
    let car = |vin: &str, customer: Value| json!({ "vin": vin, "vehicle": "2022 Ram 1500", "customer": customer });
    let recall = json!({ "campaign": "26V-123", "title": "Tailgate may open", "vehicles": [
        car("1C6RR7GT0NS000001", ann("512-555-0104")),
        car("1C6RR7GT0NS000002", json!({ "name": "Di Fox", "email": "di@buyer.example" })),
        car("1C6RR7GT0NS000003", json!({ "name": "Ed Orr" }))] });
    let run = post(&acme, &hook, recall).await;
    assert!(
        app.mail.to("di@buyer.example").is_empty(),
        "nothing goes out before it is released"
    );
    let approval = asked(&acme).await;
    decide(&acme, &approval, json!({ "decision": "approved" })).await;
    ends_well(&acme, &run).await;
    assert_eq!(app.texts_to("+15125550104").len(), 1);
    assert_eq!(app.mail.to("di@buyer.example").len(), 1);
    let list = acme.admin.get("/api/v1/notifications").await.assert(200);
    let summary = list
        .items()
        .iter()
        .find(|n| n["title"] == "Recall 26V-123: 3 customers")
        .unwrap();
    assert!(
        summary["body"]
            .as_str()
            .unwrap()
            .contains("Ed Orr, VIN 1C6RR7GT0NS000003"),
        "{summary:#}"
    );
}

#[tokio::test]
async fn leases_lost_leads_and_open_leads_are_looked_after() {
    let app = TestApp::start().await;
    let acme = app.group("Acme Motors").await;
    let notify = json!({ "notify": "dealership_admin" });

    let mut parameters = notify.clone();
    parameters["days_before"] = json!([180, 90]);
    let (_, hook) = acme
        .admin
        .publish_template("lease-end-outreach", parameters)
        .await;
    // So near the end that both times to write have come.
    let lease = json!({ "contract": "L-3", "customer": ann("512-555-0105"), "ends_at": "2026-01-01T00:00:00Z", "vehicle": "2023 Kia EV6" });
    let run = post(&acme, &hook, lease).await;
    ends_well(&acme, &run).await;
    assert_eq!(app.texts_to("+15125550105").len(), 2);

    acme.admin
        .publish_template(
            "lost-lead-win-back",
            json!({ "after_days": 0, "notify": "dealership_admin" }),
        )
        .await;
    let (_, hook) = acme
        .admin
        .publish_template("answer-internet-lead", notify.clone())
        .await;
    acme.admin
        .post_adf(
            &hook,
            &crate::lead("Pat", "pat@buyer.example", "1HGCM82633A004352"),
        )
        .await
        .assert(202);
    app.mail.wait("pat@buyer.example", 1).await;
    let leads = acme.admin.get("/api/v1/leads").await.assert(200);
    let lead = leads.items()[0]["id"].as_str().unwrap().to_owned();
    acme.admin
        .patch(
            &format!("/api/v1/leads/{lead}"),
            &json!({ "status": "lost" }),
        )
        .await
        .assert(200);
    eventually("the win-back", || async {
        none_failed(&acme).await;
        (app.mail.to("pat@buyer.example").len() == 2).then_some(())
    })
    .await;
    let again = app.mail.wait("pat@buyer.example", 2).await;
    assert_eq!(again.subject, "Still looking for a car?");

    acme.admin
        .patch(
            &format!("/api/v1/leads/{lead}"),
            &json!({ "status": "new" }),
        )
        .await
        .assert(200);
    let (workflow, _) = acme
        .admin
        .publish_template("morning-lead-list", notify)
        .await;
    let view = acme
        .admin
        .get(&format!("/api/v1/workflows/{workflow}"))
        .await
        .assert(200);
    let schedule = view.body["triggers"]
        .as_array()
        .unwrap()
        .iter()
        .find(|t| t["type"] == "schedule")
        .unwrap();
    assert!(schedule["next_run_at"].is_string(), "{schedule:#}");
    let path = format!("/api/v1/workflows/{workflow}/executions");
    let run = acme
        .admin
        .post(&path, &json!({}))
        .await
        .assert(202)
        .text_of("/execution_id");
    ends_well(&acme, &run).await;
    assert!(
        told(&acme)
            .await
            .iter()
            .any(|t| t == "1 leads wait for an answer"),
        "{:?}",
        told(&acme).await
    );
}

/// Makes a workflow of the version before the latest one, as one that was made some time ago.
pub(crate) async fn made_of_an_earlier_version(app: &TestApp, group: &Group) -> String {
    let (workflow, _) = group
        .admin
        .publish_template("missed-call-follow-up", json!({ "delay_minutes": 5 }))
        .await;
    let earlier: Value = serde_json::from_str(include_str!(
        "../../platform/workflows/templates/history/missed-call-follow-up.1.json"
    ))
    .unwrap();
    let definition = earlier["definition"].to_string().replace('\'', "''");
    let schema = app.schema_of(group);
    app.database
        .run_as_owner(&format!(
            "UPDATE {schema}.workflows SET template_version = 1, template_base = '{definition}'::jsonb WHERE id = '{workflow}'"
        ))
        .await;
    let path = format!("/api/v1/workflows/{workflow}");
    group
        .admin
        .put(
            &format!("{path}/draft"),
            &json!({ "definition": earlier["definition"] }),
        )
        .await
        .assert(200);
    group
        .admin
        .post(&format!("{path}/publish"), &json!({}))
        .await
        .assert(201);
    workflow
}

#[tokio::test]
async fn a_newer_version_is_compared_and_taken_over_by_choice() {
    let app = TestApp::start().await;
    let acme = app.group("Acme Motors").await;
    let workflow = made_of_an_earlier_version(&app, &acme).await;
    let path = format!("/api/v1/workflows/{workflow}");
    let view = acme.admin.get(&path).await.assert(200);
    let mut draft = view.body["draft"].clone();
    let steps = draft["steps"].as_array_mut().unwrap();
    let step = steps
        .iter_mut()
        .find(|step| step["id"] == "call_back")
        .unwrap();
    step["config"]["severity"] = json!("critical");
    acme.admin
        .put(&format!("{path}/draft"), &json!({ "definition": draft }))
        .await
        .assert(200);

    let link = acme
        .admin
        .get(&format!("{path}/template"))
        .await
        .assert(200);
    assert_eq!(link.body["version"], 1);
    assert_eq!(link.body["latest_version"], 2);
    assert_eq!(
        link.body["overrides"][0]["path"],
        "steps/call_back/config/severity"
    );
    let changes = link.body["upgrade"]["changes"].as_array().unwrap();
    assert!(
        changes
            .iter()
            .any(|change| change["path"] == "steps/text_caller/type"),
        "{changes:#?}"
    );
    assert!(changes.iter().all(|change| change["conflict"] == false));

    let user = acme.member(&app, Role::User).await;
    let upgrade = format!("{path}/template/upgrade");
    user.post(&upgrade, &json!({})).await.assert(403);
    let upgraded = acme.admin.post(&upgrade, &json!({})).await.assert(200);
    assert_eq!(upgraded.body["findings"], json!([]));
    let steps = upgraded.body["definition"]["steps"].as_array().unwrap();
    let step = |id: &str| steps.iter().find(|step| step["id"] == id);
    assert!(step("text_caller").is_some());
    assert_eq!(step("call_back").unwrap()["config"]["severity"], "critical");
    let view = acme.admin.get(&path).await.assert(200);
    assert_eq!(view.body["parameters"]["delay_minutes"], 5);
    assert_eq!(view.body["parameters"]["text_at_once"], true);
    acme.admin.post(&upgrade, &json!({})).await.assert(409);
    acme.admin
        .post(&format!("{path}/publish"), &json!({}))
        .await
        .assert(201);
}

#[tokio::test]
async fn a_rollout_goes_on_in_stages_and_stops_when_runs_fail() {
    let app = TestApp::start().await;
    let acme = app.group("Acme Motors").await;
    let first = made_of_an_earlier_version(&app, &acme).await;
    let second = made_of_an_earlier_version(&app, &acme).await;
    let other = app.group("Other Motors").await;
    let stranger = made_of_an_earlier_version(&app, &other).await;
    let body = json!({ "template_id": "missed-call-follow-up", "stages": [50, 100], "stage_minutes": 0, "min_runs": 0 });
    let made = acme
        .admin
        .post("/api/v1/template-rollouts", &body)
        .await
        .assert(202);
    assert_eq!(made.body["targets"].as_array().unwrap().len(), 2);
    let path = format!("/api/v1/template-rollouts/{}", made.text_of("/id"));
    other.admin.get(&path).await.assert(404);
    acme.admin
        .post("/api/v1/template-rollouts", &body)
        .await
        .assert(409);
    let done = eventually("the rollout's end", || async {
        let view = acme.admin.get(&path).await.assert(200).body;
        (view["state"] == "done").then_some(view)
    })
    .await;
    let states: Vec<_> = done["targets"]
        .as_array()
        .unwrap()
        .iter()
        .map(|t| t["state"].clone())
        .collect();
    assert_eq!(states, ["upgraded", "upgraded"], "{done:#}");
    for workflow in [&first, &second] {
        let link = acme
            .admin
            .get(&format!("/api/v1/workflows/{workflow}/template"))
            .await
            .assert(200);
        assert_eq!(link.body["version"], 2);
    }
    let link = other
        .admin
        .get(&format!("/api/v1/workflows/{stranger}/template"))
        .await
        .assert(200);
    assert_eq!(link.body["version"], 1, "another group is not touched");
}

#[tokio::test]
async fn a_draft_and_a_step_are_tried_without_anything_leaving_the_house() {
    let app = TestApp::start().await;
    let acme = app.group("Acme Motors").await;
    let (workflow, _) = acme
        .admin
        .publish_template("trade-in-offer", json!({}))
        .await;
    let path = format!("/api/v1/workflows/{workflow}");
    let input = json!({ "customer": ann("512-555-0106"), "vehicle": { "year": 2019, "make": "Toyota", "model": "RAV4" } });
    let tried = acme
        .admin
        .post(&format!("{path}/try"), &json!({ "input": input }))
        .await
        .assert(200);
    assert_eq!(tried.body["status"], "succeeded", "{:#}", tried.body);
    let effects = tried.body["effects"].as_array().unwrap();
    assert_eq!(effects[0]["kind"], "sms", "{effects:#?}");
    assert!(
        effects[0]["request"]
            .to_string()
            .contains("2019 Toyota RAV4")
    );
    let pinned =
        json!({ "appraise": { "decision": "rejected", "values": {}, "comment": "too old" } });
    let tried = acme
        .admin
        .post(
            &format!("{path}/try"),
            &json!({ "input": input, "pinned": pinned }),
        )
        .await
        .assert(200);
    assert_eq!(tried.body["effects"], json!([]), "{:#}", tried.body);

    let step = json!({ "step_id": "send_text", "input": { "trigger": input, "steps": { "appraise": { "output": { "values": { "offer": 9000, "valid_days": 3 } } } } } });
    let tried = acme
        .admin
        .post(&format!("{path}/try-step"), &step)
        .await
        .assert(200);
    assert_eq!(tried.body["status"], "succeeded", "{:#}", tried.body);
    assert!(tried.body["effect"]["request"].to_string().contains("9000"));
    let refused = acme
        .admin
        .post(&format!("{path}/try-step"), &json!({ "step_id": "nobody" }))
        .await
        .assert(422);
    assert_eq!(refused.pointers(), ["/step_id"]);

    let ask = |expression: Value| json!({ "expression": expression, "scope": { "trigger": { "n": 20 } } });
    let value = acme
        .admin
        .post(
            "/api/v1/expressions/evaluate",
            &ask(json!({ "$cel": "trigger.n * 2 + 2" })),
        )
        .await
        .assert(200);
    assert_eq!(value.body, json!({ "value": 42 }));
    let value = acme
        .admin
        .post(
            "/api/v1/expressions/evaluate",
            &ask(json!({ "$cel": "trigger.m + 1" })),
        )
        .await
        .assert(200);
    assert!(value.body["error"].is_string(), "{}", value.body);

    assert!(app.texts_to("+15125550106").is_empty(), "nothing went out");
    let customers = acme.admin.get("/api/v1/customers").await.assert(200);
    assert!(customers.items().is_empty(), "nothing stayed");
    let approvals = acme.admin.get("/api/v1/approvals").await.assert(200);
    assert!(approvals.items().is_empty());
}

#[tokio::test]
async fn a_backtest_shows_what_a_draft_would_have_changed() {
    let app = TestApp::start().await;
    let acme = app.group("Acme Motors").await;
    let (workflow, hook) = acme
        .admin
        .publish_template("answer-internet-lead", json!({}))
        .await;
    for (number, name) in ["Pat", "Kim"].iter().enumerate() {
        let lead = crate::lead(
            name,
            &format!("{name}@buyer.example"),
            &format!("1HGCM82633A00435{number}"),
        );
        let lead = lead.replace("555-0142", &format!("555-014{number}"));
        let accepted = acme.admin.post_adf(&hook, &lead).await.assert(202);
        ends_well(&acme, &accepted.text_of("/execution_id")).await;
    }
    let sent = app.mail.all().len();
    let path = format!("/api/v1/workflows/{workflow}");
    let run = |body: Value| {
        let (acme, path) = (&acme, &path);
        async move {
            let made = acme
                .admin
                .post(&format!("{path}/backtests"), &body)
                .await
                .assert(202);
            let one = format!("/api/v1/backtests/{}", made.text_of("/id"));
            eventually("the backtest's end", || async {
                let view = acme.admin.get(&one).await.assert(200).body;
                (view["state"] == "done").then_some(view)
            })
            .await
        }
    };
    let same = run(json!({ "count": 10 })).await;
    assert_eq!(same["summary"]["runs"], 2, "{same:#}");
    assert_eq!(same["summary"]["same"], 2, "{same:#}");

    let mut draft = acme.admin.get(&path).await.assert(200).body["draft"].clone();
    let steps = draft["steps"].as_array_mut().unwrap();
    for step in steps.iter_mut().filter(|step| step["type"] == "email.send") {
        step["config"]["subject"] = json!("Another subject");
    }
    let other = run(json!({ "count": 10, "definition": draft })).await;
    assert_eq!(other["summary"]["different"], 2, "{other:#}");
    assert_eq!(other["summary"]["messages"]["changed"], 2, "{other:#}");
    assert_eq!(other["runs"][0]["differences"][0]["kind"], "message");
    assert_eq!(app.mail.all().len(), sent, "a backtest sends nothing");
    acme.admin
        .post(&format!("{path}/backtests"), &json!({ "count": 0 }))
        .await
        .assert(422);
}
