use crate::support::{dealership, one_step};
use platform_db::Database;
use platform_http::{Principal, TopicSource};
use platform_kernel::id::{ExecutionId, GroupId, SessionId, UserId};
use platform_kernel::trace::{self, Trace};
use platform_workflows::ExecutionTopics;
use policies::{Policy, Role};
use serde_json::json;

#[actix_web::test]
async fn a_run_started_by_hand_is_accepted_with_a_checked_input() {
    let acme = dealership().await;
    let schema = json!({"type": "object", "required": ["phone"], "properties": {"phone": {"type": "string"}}});
    let (id, _) = acme
        .published(one_step("manual", json!({"input_schema": schema})))
        .await;
    let path = format!("/api/v1/workflows/{id}/executions");
    let refused = acme
        .post(Role::User, &path, json!({"input": {"phone": 5}}))
        .await
        .is(422);
    assert_eq!(refused["errors"][0]["pointer"], "/input/phone");

    let mut live = acme.live.subscribe();
    let started = acme.post(Role::User, &path, json!({"input": {"phone": "5125550123"}}));
    let started = started.await.is(202);
    let told = live.try_recv().unwrap().message;
    assert_eq!(told.topic, "executions");
    assert_eq!(told.data["id"], started["execution_id"]);
    assert_eq!(told.data["status"], "queued");
    let run = format!(
        "/api/v1/executions/{}",
        started["execution_id"].as_str().unwrap()
    );
    let view = acme.get(Role::User, &run).await.is(200);
    assert_eq!(view["status"], "queued");
    assert_eq!(view["workflow_name"], "Test");
    assert_eq!(view["version"], 1);
    assert_eq!(view["trigger_type"], "manual");
    assert_eq!(view["input"]["phone"], "5125550123");
    assert_eq!(view["steps"][0]["step_id"], "shape");
    assert_eq!(view["steps"][0]["status"], "pending");
    assert_eq!(view["last_seq"], 1);
    assert_eq!(view["definition"]["steps"][0]["id"], "shape");

    let events = acme.get(Role::User, &format!("{run}/events")).await.is(200);
    assert_eq!(events["items"][0]["kind"], "execution_accepted");
    let later = acme
        .get(Role::User, &format!("{run}/events?after=1"))
        .await
        .is(200);
    assert_eq!(later["items"], json!([]));
    let logs = acme.get(Role::User, &format!("{run}/logs")).await.is(200);
    assert_eq!(logs["items"], json!([]));
    assert_eq!(
        acme.count("audit_events WHERE action = 'execution.started'")
            .await,
        1
    );
}

#[actix_web::test]
async fn a_workflow_that_is_not_published_does_not_run() {
    let acme = dealership().await;
    let body = json!({"name": "W", "definition": one_step("manual", json!({}))});
    let made = acme
        .post(Role::Manager, "/api/v1/workflows", body)
        .await
        .is(201);
    let path = format!(
        "/api/v1/workflows/{}/executions",
        made["id"].as_str().unwrap()
    );
    assert_eq!(
        acme.post(Role::User, &path, json!({})).await.problem(409),
        "workflow_not_published"
    );
    let (hooked, _) = acme.published(one_step("webhook", json!({}))).await;
    let path = format!("/api/v1/workflows/{hooked}/executions");
    assert_eq!(
        acme.post(Role::User, &path, json!({})).await.problem(409),
        "conflict"
    );
}

#[actix_web::test]
async fn runs_are_listed_newest_first_and_filtered() {
    let acme = dealership().await;
    let (one, _) = acme.published(one_step("manual", json!({}))).await;
    let (other, _) = acme.published(one_step("manual", json!({}))).await;
    for id in [&one, &one, &other] {
        let path = format!("/api/v1/workflows/{id}/executions");
        acme.post(Role::User, &path, json!({})).await.is(202);
    }
    let all = acme.get(Role::User, "/api/v1/executions").await.is(200);
    assert_eq!(all["items"].as_array().unwrap().len(), 3);
    assert_eq!(all["items"][0]["workflow_id"], json!(other));
    let path = format!("/api/v1/executions?workflow_id={one}&limit=1");
    let page = acme.get(Role::User, &path).await.is(200);
    let cursor = page["next_cursor"].as_str().unwrap();
    let next = acme
        .get(Role::User, &format!("{path}&cursor={cursor}"))
        .await
        .is(200);
    assert_eq!(next["items"][0]["workflow_id"], json!(one));
    assert_ne!(next["items"][0]["id"], page["items"][0]["id"]);
    assert_eq!(next["next_cursor"], json!(null));
    let failed = acme
        .get(Role::User, "/api/v1/executions?status=failed")
        .await
        .is(200);
    assert_eq!(failed["items"], json!([]));
    acme.get(Role::User, "/api/v1/executions?status=nonsense")
        .await
        .is(400);
    let summary = acme
        .get(Role::User, &format!("/api/v1/workflows/{one}"))
        .await
        .is(200);
    assert_eq!(summary["executions_24h"], 2);
    assert!(summary["last_execution_at"].is_string());
}

#[actix_web::test]
async fn a_run_is_cancelled_by_those_who_may() {
    let acme = dealership().await;
    let (id, _) = acme.published(one_step("manual", json!({}))).await;
    let path = format!("/api/v1/workflows/{id}/executions");
    let started = acme.post(Role::User, &path, json!({}));
    let started = started.await.is(202);
    let path = format!(
        "/api/v1/executions/{}/cancel",
        started["execution_id"].as_str().unwrap()
    );
    assert_eq!(
        acme.post(Role::User, &path, json!({})).await.problem(403),
        "forbidden"
    );
    acme.post(Role::Manager, &path, json!({"reason": "Sold already"}))
        .await
        .is(202);
    assert_eq!(
        acme.count("workflow_executions WHERE cancel_requested_at IS NOT NULL")
            .await,
        1
    );
    let nobody = format!("/api/v1/executions/{}/cancel", ExecutionId::new());
    acme.post(Role::Manager, &nobody, json!({})).await.is(404);
}

#[actix_web::test]
async fn a_watcher_of_a_run_gets_its_past_in_order_and_strangers_get_nothing() {
    let acme = dealership().await;
    let (id, _) = acme.published(one_step("manual", json!({}))).await;
    let path = format!("/api/v1/workflows/{id}/executions");
    let started = acme.post(Role::User, &path, json!({}));
    let run = started.await.is(202)["execution_id"]
        .as_str()
        .unwrap()
        .to_owned();
    acme.add_log(&run, 2, "Looked").await;
    let db: Database = acme.db.db.clone();
    let topics = ExecutionTopics::new(db, Policy::load().await.unwrap());
    let topic = format!("execution:{run}");
    let principal = watcher(&acme.tenant);
    assert!(topics.matches(&topic) && topics.matches("executions") && !topics.matches("leads"));
    topics.open(&principal, &acme.tenant, &topic).await.unwrap();
    let past = topics
        .replay(&principal, &acme.tenant, &topic, 0)
        .await
        .unwrap();
    let seen: Vec<_> = past.iter().map(|m| (m.seq, m.type_.as_str())).collect();
    assert_eq!(seen, [(1, "event"), (2, "log")]);
    assert_eq!(past[0].data["kind"], "execution_accepted");
    let rest = topics
        .replay(&principal, &acme.tenant, &topic, 1)
        .await
        .unwrap();
    assert_eq!(rest.len(), 1);
    let unknown = format!("execution:{}", ExecutionId::new());
    assert!(
        topics
            .open(&principal, &acme.tenant, &unknown)
            .await
            .is_err()
    );
}

fn watcher(tenant: &platform_kernel::tenant::TenantContext) -> Principal {
    Principal {
        user_id: UserId::new(),
        group_id: GroupId::new(),
        name: "Pat".to_owned(),
        role: Role::User,
        session_id: SessionId::new(),
        tenant_id: Some(tenant.id),
    }
}

#[actix_web::test]
async fn a_run_and_its_calls_belong_to_the_trace_that_started_it() {
    let acme = dealership().await;
    let (id, _) = acme
        .published(json!({
            "triggers": [{"id": "start", "type": "manual", "config": {}}],
            "steps": [{"id": "ask", "type": "ai.generate", "config": {"prompt": "Hello?"}}],
            "edges": [{"from": "start", "to": "ask"}]
        }))
        .await;
    acme.outside.answers(json!("Hello."));
    let trace = Trace::start();
    let path = format!("/api/v1/workflows/{id}/executions");
    let starting = acme.post(Role::User, &path, json!({"input": {}}));
    let started = trace::within(Some(trace.clone()), starting).await.is(202);
    let run = started["execution_id"].as_str().unwrap();
    let path = format!("/api/v1/executions/{run}/events");
    let events = acme.get(Role::User, &path).await.is(200);
    assert_eq!(events["items"][0]["data"]["trace"], trace.to_string());

    acme.work().await;
    let asked = acme.outside.trace.lock().unwrap().clone().unwrap();
    assert_eq!(asked.trace_id(), trace.trace_id());
    assert_ne!(asked.span_id(), trace.span_id(), "a span of its own");
}
