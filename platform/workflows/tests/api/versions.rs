use crate::support::{dealership, one_step};
use policies::Role;
use serde_json::json;

#[actix_web::test]
async fn a_draft_with_errors_is_not_published_and_all_of_them_are_told() {
    let acme = dealership().await;
    let made = acme.post(Role::Manager, "/api/v1/workflows", json!({"name": "W", "definition": {
        "triggers": [{"id": "start", "type": "manual"}],
        "steps": [
            {"id": "a", "type": "no.such.step"},
            {"id": "b", "type": "transform", "config": {"values": {"a": {"$ref": "steps.nobody.output"}}}}
        ],
        "edges": [{"from": "start", "to": "a"}, {"from": "a", "to": "b"}]
    }}));
    let made = made.await.is(201);
    let path = format!("/api/v1/workflows/{}/publish", made["id"].as_str().unwrap());
    let refused = acme.post(Role::Manager, &path, json!({})).await.is(422);
    assert_eq!(refused["code"], "definition_invalid");
    let pointers: Vec<_> = refused["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| e["pointer"].as_str().unwrap())
        .collect();
    assert!(pointers.contains(&"/steps/0/type"), "{pointers:?}");
    assert!(
        pointers
            .iter()
            .any(|p| p.starts_with("/steps/1/config/values")),
        "{pointers:?}"
    );
    assert_eq!(acme.count("workflow_versions").await, 0);
}

#[actix_web::test]
async fn a_version_is_immutable_and_an_unchanged_draft_makes_no_new_one() {
    let acme = dealership().await;
    let first = one_step("webhook", json!({}));
    let (id, url) = acme.published(first.clone()).await;
    let path = format!("/api/v1/workflows/{id}");
    let view = acme.get(Role::Manager, &path).await.is(200);
    assert_eq!(view["status"], "active");
    assert_eq!(view["published_version"], 1);
    assert_eq!(view["has_unpublished_changes"], false);

    let publish = format!("{path}/publish");
    let again = acme.post(Role::Manager, &publish, json!({})).await.is(201);
    assert_eq!(again["version"], 1);
    assert_eq!(again["published_by"], "Pat the manager");

    let mut second = first.clone();
    second["steps"][0]["name"] = json!("Renamed");
    acme.put(
        Role::Manager,
        &format!("{path}/draft"),
        json!({"definition": second}),
    )
    .await
    .is(200);
    let view = acme.get(Role::Manager, &path).await.is(200);
    assert_eq!(view["has_unpublished_changes"], true);
    let next = acme.post(Role::Manager, &publish, json!({})).await.is(201);
    assert_eq!(next["version"], 2);

    let list = acme
        .get(Role::User, &format!("{path}/versions"))
        .await
        .is(200);
    let versions: Vec<_> = list["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|v| v["version"].as_i64().unwrap())
        .collect();
    assert_eq!(versions, [2, 1]);
    assert!(list["items"][0].get("definition").is_none());
    let old = acme
        .get(Role::User, &format!("{path}/versions/1"))
        .await
        .is(200);
    assert_eq!(old["definition"]["steps"][0]["name"], "Shape");
    acme.get(Role::User, &format!("{path}/versions/3"))
        .await
        .is(404);

    let view = acme.get(Role::Manager, &path).await.is(200);
    assert_eq!(
        view["triggers"][0]["url"],
        json!(url),
        "the address stays over versions"
    );
}

#[actix_web::test]
async fn a_removed_trigger_stops_listening_and_gets_its_address_back_when_it_returns() {
    let acme = dealership().await;
    let (id, url) = acme.published(one_step("webhook", json!({}))).await;
    let path = format!("/api/v1/workflows/{id}");
    let republish = async |definition: serde_json::Value| {
        let body = json!({"definition": definition});
        acme.put(Role::Manager, &format!("{path}/draft"), body)
            .await
            .is(200);
        acme.post(Role::Manager, &format!("{path}/publish"), json!({}))
            .await
            .is(201);
    };
    let mut by_hand = one_step("manual", json!({}));
    by_hand["triggers"][0]["id"] = json!("desk");
    by_hand["edges"][0]["from"] = json!("desk");
    republish(by_hand).await;
    assert_eq!(
        acme.deliver(&url, &[], "{}").await.problem(404),
        "not_found"
    );
    let view = acme.get(Role::Manager, &path).await.is(200);
    let ids: Vec<_> = view["triggers"]
        .as_array()
        .unwrap()
        .iter()
        .map(|t| t["id"].as_str())
        .collect();
    assert_eq!(ids, [Some("desk")]);

    let body = json!({"definition": one_step("webhook", json!({}))});
    acme.put(Role::Manager, &format!("{path}/draft"), body)
        .await
        .is(200);
    let view = acme.get(Role::Manager, &path).await.is(200);
    let start = view["triggers"]
        .as_array()
        .unwrap()
        .iter()
        .find(|t| t["id"] == "start")
        .unwrap()
        .clone();
    assert_eq!(
        (&start["url"], &start["enabled"]),
        (&json!(url), &json!(false))
    );

    republish(one_step("webhook", json!({}))).await;
    acme.deliver(&url, &[], "{}").await.is(202);
}

#[actix_web::test]
async fn an_archived_workflow_starts_nothing_until_it_is_taken_out_again() {
    let acme = dealership().await;
    let (id, url) = acme.published(one_step("webhook", json!({}))).await;
    let path = format!("/api/v1/workflows/{id}");
    let view = acme
        .post(Role::Manager, &format!("{path}/archive"), json!({}))
        .await
        .is(200);
    assert_eq!(view["status"], "archived");
    assert_eq!(view["triggers"][0]["enabled"], false);
    acme.deliver(&url, &[], "{}").await.is(404);
    let run = acme
        .post(Role::User, &format!("{path}/executions"), json!({}))
        .await;
    assert_eq!(run.problem(409), "workflow_archived");
    let publish = acme
        .post(Role::Manager, &format!("{path}/publish"), json!({}))
        .await;
    assert_eq!(publish.problem(409), "workflow_archived");
    let view = acme
        .post(Role::Manager, &format!("{path}/unarchive"), json!({}))
        .await
        .is(200);
    assert_eq!(view["status"], "active");
    acme.deliver(&url, &[], "{}").await.is(202);
}
