//! Schedules, events and signed webhooks through the public API, with workers running.

use policies::Role;
use serde_json::{Value, json};
use tests::{Group, Person, TestApp};

async fn published(admin: &Person, definition: Value) -> (String, Value) {
    let body = json!({ "name": "Test", "definition": definition });
    let made = admin.post("/api/v1/workflows", &body).await.assert(201);
    let path = format!("/api/v1/workflows/{}", made.text_of("/id"));
    admin
        .post(&format!("{path}/publish"), &json!({}))
        .await
        .assert(201);
    let view = admin.get(&path).await.assert(200);
    (path, view.body["triggers"][0].clone())
}

fn one_step(trigger: &str, config: Value) -> Value {
    json!({
        "triggers": [{ "id": "start", "type": trigger, "config": config }],
        "steps": [{ "id": "shape", "type": "transform", "name": "Shape",
                    "config": { "values": { "seen": { "$ref": "trigger" } } } }],
        "edges": [{ "from": "start", "port": "out", "to": "shape" }]
    })
}

async fn start() -> (TestApp, Group) {
    let app = TestApp::start().await;
    let acme = app.group("Acme Motors").await;
    (app, acme)
}

async fn signed_in(app: &TestApp, tenant: &str, email: &str) -> Person {
    let body = json!({ "tenant": tenant, "email": email, "password": Person::PASSWORD, "token_delivery": "body" });
    let session = app.anyone().post("/api/v1/auth/login", &body).await;
    Person::signed_in(app, &session.assert(200).body, email)
}

/// Lets the schedules of a dealership be due now.
async fn make_due(app: &TestApp, acme: &Group) {
    let schema = platform_kernel::tenant::schema_name(acme.tenant_id.into());
    let sql = format!(
        "UPDATE {schema}.workflow_triggers SET next_run_at = date_trunc('minute', now()) WHERE next_run_at IS NOT NULL; \
         UPDATE control.jobs SET run_at = now(), wake = wake + 1 WHERE kind = 'schedule'"
    );
    app.database.run_as_owner(&sql).await;
}

#[tokio::test]
async fn a_schedule_fires_and_tells_when_it_fires_next() {
    let (app, acme) = start().await;
    let (path, trigger) = published(
        &acme.admin,
        one_step("schedule", json!({ "cron": "* * * * *" })),
    )
    .await;
    assert!(trigger["next_run_at"].is_string(), "{trigger}");
    make_due(&app, &acme).await;
    let run = tests::eventually("the run of the schedule", || async {
        let runs = acme.admin.get("/api/v1/executions").await.assert(200);
        let ended = runs.items().iter().find(|run| run["status"] == "succeeded");
        ended.cloned()
    })
    .await;
    assert_eq!(run["trigger_type"], "schedule");
    let view = acme.admin.get(&path).await.assert(200);
    assert!(view.body["triggers"][0]["last_run_at"].is_string());
}

#[tokio::test]
async fn schedules_rest_while_the_dealership_is_suspended() {
    let (app, acme) = start().await;
    published(
        &acme.admin,
        one_step("schedule", json!({ "cron": "* * * * *" })),
    )
    .await;
    app.make_super_admin("root@auterity.example").await;
    let root = signed_in(&app, "platform", "root@auterity.example").await;
    let tenant = format!("/api/v1/admin/tenants/{}", acme.tenant_id);
    root.post(&format!("{tenant}/suspend"), &json!({ "reason": "test" }))
        .await
        .assert(200);
    make_due(&app, &acme).await;
    let rests = "EXISTS (SELECT FROM control.jobs WHERE kind = 'schedule' AND run_at > now() + interval '2 minutes')";
    tests::eventually("the schedule rests", || async {
        app.query_bool(rests).await.then_some(())
    })
    .await;
    root.post(&format!("{tenant}/reactivate"), &json!({}))
        .await
        .assert(200);
    let admin = tests::eventually("signing in again", || async {
        let body =
            json!({ "tenant": acme.slug, "email": acme.admin.email, "password": Person::PASSWORD });
        let session = app.anyone().post("/api/v1/auth/login", &body).await;
        let active = session.status == 200;
        active.then(|| Person::signed_in(&app, &session.body, &acme.admin.email))
    })
    .await;
    tests::eventually("the run of the schedule", || async {
        let runs = admin.get("/api/v1/executions").await;
        (runs.status == 200 && !runs.items().is_empty()).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_program_tells_an_event_and_a_salesperson_may_not() {
    let (app, acme) = start().await;
    published(
        &acme.admin,
        one_step("event", json!({ "name": "deal.funded" })),
    )
    .await;
    let body = json!({ "name": "deal.funded", "key": "D-7", "data": { "amount": 31000 } });
    let told = acme.admin.post("/api/v1/events", &body).await.assert(202);
    let run = told.text_of("/executions/0");
    let run = acme.admin.execution(&run, &["succeeded", "failed"]).await;
    assert_eq!(
        run["steps"][0]["output"]["seen"]["event"]["data"]["amount"],
        31000
    );
    let chris = acme.member(&app, Role::User).await;
    chris
        .post("/api/v1/events", &body)
        .await
        .assert_problem(403, "forbidden");
}

#[tokio::test]
async fn a_sold_lead_starts_who_listens_to_it() {
    let (app, acme) = start().await;
    let (_, hook) = acme
        .admin
        .publish_template("answer-internet-lead", json!({}))
        .await;
    let filter = "'status' in trigger.changed_fields && trigger.record.status == 'sold'";
    let config = json!({ "record": "lead", "on": ["updated"], "filter": filter });
    published(&acme.admin, one_step("record", config)).await;
    let lead = crate::lead("Pat", "pat@buyer.example", "1HGCM82633A004352");
    let accepted = app.anyone().post_adf(&hook, &lead).await.assert(202);
    acme.admin
        .execution(&accepted.text_of("/execution_id"), &["succeeded"])
        .await;
    let path = format!("/api/v1/leads/{}", accepted.text_of("/lead_id"));
    acme.admin
        .patch(&path, &json!({ "status": "sold" }))
        .await
        .assert(200);
    let run = tests::eventually("the run for the sold lead", || async {
        let runs = acme
            .admin
            .get("/api/v1/executions?trigger_type=record")
            .await;
        let items = runs.assert(200).items().to_vec();
        items
            .into_iter()
            .find(|run| run["trigger_type"] == "record")
    })
    .await;
    assert_eq!(run["lead_id"], accepted.body["lead_id"]);
}

#[tokio::test]
async fn a_signed_webhook_answers_with_its_result() {
    let (app, acme) = start().await;
    let config = json!({
        "signature": { "scheme": "hmac_sha256", "secret": "three blue kayaks" },
        "respond": { "mode": "result", "timeout_seconds": 20 }
    });
    let (_, trigger) = published(&acme.admin, one_step("webhook", config)).await;
    let url = trigger["url"].as_str().unwrap();
    let hook = &url[url.find("/hooks/").unwrap()..];
    let body = r#"{"order": {"id": 7}}"#;
    // printf %s "$body" | openssl dgst -sha256 -hmac 'three blue kayaks'
    let right = "cf7e81e652867b88a5b0d5c775b41b1c8543de1bfa27c666b0770dbef0394cad";
    let deliver = |signature: &str| {
        let request = app
            .anyone()
            .request(reqwest::Method::POST, hook)
            .header("Content-Type", "application/json")
            .header("X-Signature", signature)
            .body(body);
        let anyone = app.anyone();
        async move { anyone.send(request).await }
    };
    let answer = deliver(right).await.assert(200);
    assert_eq!(answer.body["status"], "succeeded", "{}", answer.text);
    deliver(&right.replace(&right[..4], "0000"))
        .await
        .assert_problem(401, "signature_invalid");
}
