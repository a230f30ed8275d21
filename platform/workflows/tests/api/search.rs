use crate::support::{Dealership, dealership};
use actix_http::Request;
use actix_web::body::BoxBody;
use actix_web::dev::{Service, ServiceResponse};
use policies::Role;
use serde_json::{Value, json};

fn definition() -> Value {
    json!({
        "triggers": [{"id": "start", "type": "manual"}, {"id": "hook", "type": "webhook"}],
        "steps": [{"id": "shape", "type": "transform", "config": {"values": {"a": {"$cel": "1 / trigger.n"}}}}],
        "edges": [{"from": "start", "to": "shape"}, {"from": "hook", "to": "shape"}],
        "settings": {"business_key": "'deal-' + string(trigger.n)"}
    })
}

impl<S> Dealership<S>
where
    S: Service<Request, Response = ServiceResponse<BoxBody>, Error = actix_web::Error>,
{
    /// The numbers of the runs that are found.
    async fn found(&self, query: &str) -> Vec<i64> {
        let path = format!("/api/v1/executions?{query}");
        let page = self.get(Role::User, &path).await.is(200);
        let mut numbers = Vec::new();
        for item in page["items"].as_array().unwrap() {
            let path = format!("/api/v1/executions/{}", item["id"].as_str().unwrap());
            let run = self.get(Role::User, &path).await.is(200);
            numbers.push(run["input"]["n"].as_i64().unwrap());
        }
        numbers
    }
}

#[actix_web::test]
async fn runs_are_found_by_what_is_known_of_them() {
    let acme = dealership().await;
    let (workflow, hook) = acme.published(definition()).await;
    let (other, _) = acme.published(definition()).await;
    for (n, workflow, name) in [
        (0, &workflow, "Ann O'Hara"),
        (1, &workflow, "Bob Lee"),
        (2, &other, "Ann Lee"),
    ] {
        let input = json!({"n": n, "name": name, "phone": "+1 (555) 010-2233", "car": {"vin": "1HGCM82633A004352"}});
        let path = format!("/api/v1/workflows/{workflow}/executions");
        acme.post(Role::User, &path, json!({ "input": input }))
            .await
            .is(202);
    }
    acme.deliver(&hook, &[], r#"{"n": 3, "name": "Zoë Lee"}"#)
        .await
        .is(202);
    acme.work().await;

    assert_eq!(acme.found("").await, [3, 2, 1, 0]);
    assert_eq!(acme.found("status=failed").await, [0]);
    assert_eq!(acme.found("status=failed,succeeded").await, [3, 2, 1, 0]);
    assert_eq!(acme.found(&format!("workflow_id={other}")).await, [2]);
    assert_eq!(acme.found("trigger_type=webhook").await, [3]);
    assert_eq!(acme.found("business_key=deal-2").await, [2]);
    assert_eq!(acme.found("search=ann").await, [2, 0]);
    assert_eq!(acme.found("search=lee%20BOB").await, [1]);
    assert_eq!(acme.found("search=o%27hara").await, [0]);
    assert_eq!(acme.found("search=1hgcm*").await, [2, 1, 0]);
    assert_eq!(acme.found("search=5550102233").await, [2, 1, 0]);
    assert_eq!(acme.found("search=zo%C3%AB").await, [3]);
    assert_eq!(acme.found("search=deal&trigger_type=webhook").await, [3]);
    assert_eq!(acme.found("search=ann&status=succeeded").await, [2]);
    assert_eq!(
        acme.found(&format!("search=ann&workflow_id={workflow}"))
            .await,
        [0]
    );
    assert_eq!(acme.found("search=nobody").await, [0; 0]);
    assert_eq!(
        acme.found("created_from=2026-01-01T00:00:00Z&created_to=2026-01-02T00:00:00Z")
            .await,
        [0; 0]
    );
    for query in [
        "status=lost",
        "search=a",
        "created_from=2026-01-02T00:00:00Z&created_to=2026-01-01T00:00:00Z",
    ] {
        acme.get(Role::User, &format!("/api/v1/executions?{query}"))
            .await
            .is(400);
    }
}

#[actix_web::test]
async fn pages_of_what_is_found_follow_each_other_without_gap_or_double() {
    let acme = dealership().await;
    let (workflow, _) = acme.published(definition()).await;
    let path = format!("/api/v1/workflows/{workflow}/executions");
    for n in 0..7 {
        let input = json!({"n": n, "name": if n % 2 == 0 { "even" } else { "odd" }});
        acme.post(Role::User, &path, json!({ "input": input }))
            .await
            .is(202);
    }
    for (query, count) in [
        ("search=even", 4),
        ("status=queued,failed", 7),
        ("status=queued&search=odd", 3),
    ] {
        let (mut seen, mut cursor) = (Vec::new(), String::new());
        loop {
            let path = format!("/api/v1/executions?{query}&limit=2{cursor}");
            let page = acme.get(Role::User, &path).await.is(200);
            seen.extend(
                page["items"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|run| run["id"].to_string()),
            );
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        assert_eq!(seen.len(), count, "{query}");
        let newest_first = seen.iter().rev().is_sorted();
        seen.dedup();
        assert!(newest_first && seen.len() == count, "{query}: {seen:?}");
    }
}

#[actix_web::test]
async fn a_word_that_is_rare_among_many_runs_is_found_by_its_index() {
    let acme = dealership().await;
    let (workflow, _) = acme.published(definition()).await;
    let path = format!("/api/v1/workflows/{workflow}/executions");
    let input = json!({"n": 1, "name": "needle"});
    acme.post(Role::User, &path, json!({ "input": input }))
        .await
        .is(202);
    let schema = acme.tenant.schema();
    acme.db.run_as_owner(&format!(
        "INSERT INTO {schema}.workflow_executions (id, workflow_id, version_id, status, trigger_id, trigger_type, input)
         SELECT gen_random_uuid(), '{workflow}', v.id, 'succeeded', 'start', 'webhook', '{{\"n\": 0}}'
         FROM generate_series(1, 7000), {schema}.workflow_versions AS v;
         INSERT INTO {schema}.execution_search (execution_id, created_at, words)
         SELECT id, created_at, array_to_tsvector(ARRAY['hay', 'trigger:webhook', 'workflow:{workflow}'])
         FROM {schema}.workflow_executions WHERE trigger_type = 'webhook'"
    )).await;
    for query in [
        "search=needle".to_owned(),
        "trigger_type=manual".to_owned(),
        "search=needle&status=queued".to_owned(),
        "search=needle&business_key=deal-1".to_owned(),
        format!("search=needle&workflow_id={workflow}&status=queued,failed"),
    ] {
        assert_eq!(acme.found(&query).await, [1], "{query}");
    }
    assert_eq!(acme.found("search=needle&status=failed").await, [0; 0]);
    assert_eq!(
        acme.found("search=needle&trigger_type=webhook").await,
        [0; 0]
    );
    assert_eq!(acme.found("search=hay&limit=3").await, [0; 3]);

    // And where as many have failed.
    acme.db.run_as_owner(&format!(
        "UPDATE {schema}.workflow_executions SET status = 'failed' WHERE trigger_type = 'webhook';
         UPDATE {schema}.execution_search AS s SET words = words || array_to_tsvector(ARRAY['status:failed'])
         FROM {schema}.workflow_executions AS e WHERE e.id = s.execution_id AND e.status = 'failed';
         UPDATE {schema}.execution_search SET words = words || array_to_tsvector(ARRAY['pin'])
         WHERE execution_id = (SELECT min(execution_id::text)::uuid FROM {schema}.execution_search
             WHERE words @@ to_tsquery('simple', 'hay'))"
    )).await;
    for status in ["failed", "failed,cancelled", "failed,succeeded"] {
        let query = format!("search=pin&status={status}");
        assert_eq!(acme.found(&query).await, [0], "{query}");
    }
    assert_eq!(acme.found("search=pin&status=cancelled").await, [0; 0]);
}
