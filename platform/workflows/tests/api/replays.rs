use crate::support::{Dealership, dealership};
use actix_http::Request;
use actix_web::body::BoxBody;
use actix_web::dev::{Service, ServiceResponse};
use policies::Role;
use serde_json::{Value, json};

/// Looks, asks the model, writes to the customer, notes it.
fn answering() -> Value {
    json!({
        "triggers": [{"id": "start", "type": "manual", "config": {"input_schema": {
            "type": "object", "required": ["email"], "properties": {"email": {"type": "string"}}
        }}}],
        "steps": [
            {"id": "look", "type": "transform", "config": {"values": {"to": {"$ref": "trigger.email"}}}},
            {"id": "ask", "type": "ai.generate", "config": {
                "prompt": "Answer the customer.",
                "output_schema": {"type": "object", "required": ["body"], "properties": {"body": {"type": "string"}}}
            }},
            {"id": "send", "type": "email.send", "config": {
                "to": {"$ref": "steps.look.output.to"}, "subject": "Hello",
                "text": {"$ref": "steps.ask.output.body"}
            }},
            {"id": "note", "type": "transform", "config": {"values": {"sent": true}}}
        ],
        "edges": [
            {"from": "start", "to": "look"}, {"from": "look", "to": "ask"},
            {"from": "ask", "to": "send"}, {"from": "send", "to": "note"}
        ]
    })
}

impl<S> Dealership<S>
where
    S: Service<Request, Response = ServiceResponse<BoxBody>, Error = actix_web::Error>,
{
    async fn start(&self, workflow: &str, input: Value) -> String {
        let path = format!("/api/v1/workflows/{workflow}/executions");
        let started = self
            .post(Role::User, &path, json!({ "input": input }))
            .await;
        id(&started.is(202))
    }

    async fn run(&self, id: &str) -> Value {
        let path = format!("/api/v1/executions/{id}");
        self.get(Role::Manager, &path).await.is(200)
    }

    async fn replay(&self, run: &str, body: Value) -> String {
        let path = format!("/api/v1/executions/{run}/replay");
        id(&self.post(Role::Manager, &path, body).await.is(202))
    }
}

fn id(accepted: &Value) -> String {
    accepted["execution_id"].as_str().unwrap().to_owned()
}

fn status<'a>(run: &'a Value, step: &str) -> &'a str {
    let steps = run["steps"].as_array().unwrap();
    let found = steps.iter().find(|found| found["step_id"] == step);
    found.unwrap()["status"].as_str().unwrap()
}

#[actix_web::test]
async fn a_failed_run_goes_on_where_it_failed_and_pays_for_nothing_twice() {
    let acme = dealership().await;
    let (workflow, _) = acme.published(answering()).await;
    acme.outside.answers(json!({"body": "Come and see it."}));
    *acme.outside.refuse_mail.lock().unwrap() = true;
    let first = acme
        .start(&workflow, json!({"email": "ann@buyer.example"}))
        .await;
    acme.work().await;
    assert_eq!(acme.run(&first).await["status"], "failed");
    let asked = acme.outside.prompts.lock().unwrap().len();

    *acme.outside.refuse_mail.lock().unwrap() = false;
    let path = format!("/api/v1/executions/{first}/retry");
    let second = id(&acme.post(Role::Manager, &path, json!({})).await.is(202));
    let waiting = acme.run(&second).await;
    assert_eq!(waiting["status"], "queued");
    assert_eq!(waiting["forked_from"], first.as_str());
    assert_eq!(waiting["forked_step_id"], "send");
    assert_eq!(status(&waiting, "ask"), "succeeded");
    assert_eq!(status(&waiting, "send"), "pending");
    acme.work().await;
    let ended = acme.run(&second).await;
    assert_eq!(ended["status"], "succeeded", "{ended:#}");
    assert_eq!(acme.outside.mails().len(), 1);
    assert_eq!(acme.outside.mails()[0].text, "Come and see it.");
    assert_eq!(
        acme.outside.prompts.lock().unwrap().len(),
        asked,
        "asked again"
    );
    assert_eq!(ended["effects"].as_array().unwrap().len(), 1, "{ended:#}");
    let path = format!("/api/v1/executions/{second}/retry");
    let refused = acme.post(Role::Manager, &path, json!({})).await;
    assert_eq!(refused.problem(409), "conflict");
    assert_eq!(
        acme.count("audit_events WHERE action = 'execution.retried'")
            .await,
        1
    );
}

#[actix_web::test]
async fn a_run_is_repeated_from_a_step_with_what_a_person_changed() {
    let acme = dealership().await;
    let (workflow, _) = acme.published(answering()).await;
    acme.outside.answers(json!({"body": "Come and see it."}));
    let first = acme
        .start(&workflow, json!({"email": "ann@buyer.example"}))
        .await;
    acme.work().await;

    let outputs = json!({"ask": {"body": "Written by a person."}});
    let second = acme
        .replay(&first, json!({"from_step": "send", "outputs": outputs}))
        .await;
    acme.work().await;
    let mails = acme.outside.mails();
    assert_eq!(mails.len(), 2);
    assert_eq!(mails[1].text, "Written by a person.");
    let events = acme
        .get(
            Role::Manager,
            &format!("/api/v1/executions/{second}/events"),
        )
        .await
        .is(200);
    let forked = events["items"]
        .as_array()
        .unwrap()
        .iter()
        .find(|e| e["kind"] == "forked")
        .unwrap();
    assert_eq!(forked["data"]["edited"], json!(["ask"]));
    assert_eq!(acme.outside.prompts.lock().unwrap().len(), 1);

    let input = json!({"email": "bob@buyer.example"});
    let third = acme.replay(&first, json!({ "input": input })).await;
    acme.work().await;
    assert_eq!(acme.run(&third).await["input"], input);
    assert_eq!(acme.outside.mails().len(), 3);
    assert_eq!(acme.outside.prompts.lock().unwrap().len(), 2);
    assert_eq!(
        acme.count("audit_events WHERE action = 'execution.replayed'")
            .await,
        2
    );
}

#[actix_web::test]
async fn what_cannot_be_repeated_is_refused_with_its_place() {
    let acme = dealership().await;
    let (workflow, _) = acme.published(answering()).await;
    acme.outside.answers(json!({"body": "Come and see it."}));
    let run = acme
        .start(&workflow, json!({"email": "ann@buyer.example"}))
        .await;
    acme.work().await;
    let path = format!("/api/v1/executions/{run}/replay");
    for (body, pointer) in [
        (json!({"from_step": "gone"}), "/from_step"),
        (
            json!({"from_step": "send", "outputs": {"note": 1}}),
            "/outputs/note",
        ),
        (
            json!({"from_step": "send", "outputs": {"gone": 1}}),
            "/outputs/gone",
        ),
        (json!({"outputs": {"look": {}}}), "/outputs/look"),
        (json!({"input": []}), "/input"),
        (json!({"input": {"phone": 1}}), "/input/email"),
        (json!({"input": {"email": "a\u{0}b"}}), "/input/email"),
        (
            json!({"from_step": "send", "outputs": {"ask": "\u{0}"}}),
            "/outputs/ask",
        ),
    ] {
        let refused = acme.post(Role::Manager, &path, body.clone()).await.is(422);
        assert_eq!(refused["errors"][0]["pointer"], pointer, "{body}");
    }
    let nobody = format!("/api/v1/executions/{}/replay", uuid::Uuid::now_v7());
    acme.post(Role::Manager, &nobody, json!({})).await.is(404);
    acme.post(Role::User, &path, json!({})).await.is(403);
    let archive = format!("/api/v1/workflows/{workflow}/archive");
    acme.post(Role::Manager, &archive, json!({})).await.is(200);
    let refused = acme.post(Role::Manager, &path, json!({})).await;
    assert_eq!(refused.problem(409), "workflow_archived");
}

#[actix_web::test]
async fn a_run_is_repeated_with_the_published_version() {
    let acme = dealership().await;
    let (workflow, _) = acme.published(answering()).await;
    acme.outside.answers(json!({"body": "Come and see it."}));
    let first = acme
        .start(&workflow, json!({"email": "ann@buyer.example"}))
        .await;
    acme.work().await;
    let mut definition = answering();
    definition["steps"][2]["config"]["subject"] = json!("Hello again");
    let path = format!("/api/v1/workflows/{workflow}");
    let draft = json!({ "definition": definition });
    acme.put(Role::Manager, &format!("{path}/draft"), draft)
        .await
        .is(200);
    acme.post(Role::Manager, &format!("{path}/publish"), json!({}))
        .await
        .is(201);
    let body = json!({"from_step": "send", "version": "published"});
    let second = acme.replay(&first, body).await;
    acme.work().await;
    assert_eq!(acme.run(&second).await["version"], 2);
    assert_eq!(acme.outside.mails()[1].subject, "Hello again");
    assert_eq!(acme.outside.prompts.lock().unwrap().len(), 1);
}

#[actix_web::test]
async fn a_run_whose_history_is_gone_can_only_begin_anew() {
    let acme = dealership().await;
    let (workflow, _) = acme.published(answering()).await;
    acme.outside.answers(json!({"body": "Come and see it."}));
    let run = acme
        .start(&workflow, json!({"email": "ann@buyer.example"}))
        .await;
    acme.work().await;
    let schema = acme.tenant.schema();
    acme.db
        .run_as_owner(&format!("DELETE FROM {schema}.execution_events"))
        .await;
    let view = acme.run(&run).await;
    assert_eq!(view["history_removed"], true);
    assert_eq!(view["steps"], json!([]));
    let path = format!("/api/v1/executions/{run}/replay");
    let refused = acme
        .post(Role::Manager, &path, json!({"from_step": "send"}))
        .await;
    assert_eq!(refused.problem(409), "conflict");
    acme.replay(&run, json!({})).await;
    acme.work().await;
    assert_eq!(acme.outside.mails().len(), 2);
}

#[actix_web::test]
async fn a_paused_run_starts_nothing_until_it_is_resumed() {
    let acme = dealership().await;
    let (workflow, _) = acme.published(answering()).await;
    acme.outside.answers(json!({"body": "Come and see it."}));
    let run = acme
        .start(&workflow, json!({"email": "ann@buyer.example"}))
        .await;
    let path = format!("/api/v1/executions/{run}");
    let (pausing, resuming) = (format!("{path}/pause"), format!("{path}/resume"));
    let pause = || acme.post(Role::Manager, &pausing, json!({"reason": "Wait"}));
    assert_eq!(pause().await.is(200)["paused"], true);
    pause().await.is(200);
    acme.work_until_none("workflow_executions WHERE status <> 'paused'")
        .await;
    assert_eq!(acme.outside.mails().len(), 0);
    let resume = || acme.post(Role::Manager, &resuming, json!({}));
    assert_eq!(resume().await.is(200)["paused"], false);
    resume().await.is(200);
    acme.work_until_none("workflow_executions WHERE status <> 'succeeded'")
        .await;
    assert_eq!(acme.outside.mails().len(), 1);
    for action in ["pause", "resume"] {
        let late = acme
            .post(Role::Manager, &format!("{path}/{action}"), json!({}))
            .await;
        assert_eq!(late.problem(409), "execution_ended");
    }
    for action in ["execution.paused", "execution.resumed"] {
        assert_eq!(
            acme.count(&format!("audit_events WHERE action = '{action}'"))
                .await,
            1
        );
    }
}

/// Writes to each of three customers and then works something out, which fails for the second.
fn writing_to_many() -> Value {
    json!({
        "triggers": [{"id": "start", "type": "manual"}],
        "steps": [
            {"id": "each", "type": "for_each", "config": {"items": [1, 0, 2]}},
            {"id": "send", "type": "email.send", "config": {"to": "ann@buyer.example", "subject": "Hello", "text": "Hello"}},
            {"id": "work", "type": "transform", "config": {"values": {"a": {"$cel": "10 / item"}}}}
        ],
        "edges": [
            {"from": "start", "to": "each"}, {"from": "each", "port": "item", "to": "send"},
            {"from": "send", "to": "work"}
        ]
    })
}

#[actix_web::test]
async fn trying_a_loop_again_keeps_its_finished_iterations_and_replaying_it_does_not() {
    let acme = dealership().await;
    let (workflow, _) = acme.published(writing_to_many()).await;
    let first = acme.start(&workflow, json!({})).await;
    acme.work().await;
    let run = acme.run(&first).await;
    assert_eq!(run["status"], "failed", "{run:#}");
    assert_eq!(status(&run, "work[1]"), "failed", "{run:#}");
    assert_eq!(acme.outside.mails().len(), 2);

    let path = format!("/api/v1/executions/{first}/retry");
    let second = id(&acme.post(Role::Manager, &path, json!({})).await.is(202));
    acme.work().await;
    let run = acme.run(&second).await;
    assert_eq!(run["status"], "failed");
    assert_eq!(run["error"]["step_id"], "work[1]");
    assert_eq!(status(&run, "send[0]"), "succeeded");
    assert_eq!(acme.outside.mails().len(), 2, "nobody got it twice");

    let third = acme.replay(&first, json!({"from_step": "send[1]"})).await;
    acme.work().await;
    let run = acme.run(&third).await;
    assert_eq!(run["forked_step_id"], "each");
    assert_eq!(acme.outside.mails().len(), 4);
}
