use crate::support::{dealership, one_step};
use policies::Role;
use serde_json::json;

#[actix_web::test]
async fn a_workflow_is_made_changed_listed_and_put_away() {
    let acme = dealership().await;
    let body = json!({"name": "  Greet  ", "description": "Says hello"});
    let made = acme.post(Role::Manager, "/api/v1/workflows", body).await;
    let made = made.is(201);
    assert_eq!(made["name"], "Greet");
    assert_eq!(made["status"], "draft");
    assert_eq!(made["draft_revision"], 1);
    assert_eq!(made["has_unpublished_changes"], true);
    assert_eq!(made["draft"]["steps"], json!([]));

    let path = format!("/api/v1/workflows/{}", made["id"].as_str().unwrap());
    let changed = acme.patch(Role::Manager, &path, json!({"name": "Hello"}));
    let changed = changed.await.is(200);
    assert_eq!(changed["name"], "Hello");
    assert_eq!(changed["description"], "Says hello");

    let list = acme.get(Role::User, "/api/v1/workflows").await.is(200);
    assert_eq!(list["items"][0]["name"], "Hello");

    acme.delete(Role::Manager, &path).await.is(204);
    let list = acme.get(Role::User, "/api/v1/workflows").await.is(200);
    assert_eq!(list["items"], json!([]));
    let archived = acme.get(Role::User, "/api/v1/workflows?status=archived");
    assert_eq!(archived.await.is(200)["items"][0]["status"], "archived");
    let draft = format!("{path}/draft");
    let saved = acme.put(Role::Manager, &draft, json!({"definition": {}}));
    assert_eq!(saved.await.problem(409), "workflow_archived");
}

#[actix_web::test]
async fn lists_are_read_page_by_page_without_gap_or_double() {
    let acme = dealership().await;
    for n in 0..5 {
        let body = json!({"name": format!("W{n}")});
        acme.post(Role::Manager, "/api/v1/workflows", body)
            .await
            .is(201);
    }
    let mut names = Vec::new();
    let mut path = "/api/v1/workflows?limit=2".to_owned();
    loop {
        let page = acme.get(Role::User, &path).await.is(200);
        let items = page["items"].as_array().unwrap();
        names.extend(items.iter().map(|i| i["name"].as_str().unwrap().to_owned()));
        let Some(cursor) = page["next_cursor"].as_str() else {
            break;
        };
        path = format!("/api/v1/workflows?limit=2&cursor={cursor}");
    }
    assert_eq!(names, ["W4", "W3", "W2", "W1", "W0"]);
    let nonsense = acme.get(Role::User, "/api/v1/workflows?cursor=%25");
    assert_eq!(nonsense.await.problem(400), "bad_request");
}

#[actix_web::test]
async fn a_stale_draft_is_refused_and_errors_do_not_keep_one_from_being_saved() {
    let acme = dealership().await;
    let made = acme.post(Role::Manager, "/api/v1/workflows", json!({"name": "W"}));
    let made = made.await.is(201);
    let path = format!("/api/v1/workflows/{}/draft", made["id"].as_str().unwrap());

    let broken = json!({
        "triggers": [{"id": "start", "type": "manual"}],
        "steps": [{"id": "x", "type": "no.such.step"}],
        "edges": [{"from": "start", "to": "x"}]
    });
    let body = json!({"definition": broken, "draft_revision": 1});
    let saved = acme.put(Role::Manager, &path, body.clone()).await.is(200);
    assert_eq!(saved["draft_revision"], 2);
    assert_eq!(saved["findings"][0]["code"], "unknown_step_type");
    assert_eq!(saved["findings"][0]["pointer"], "/steps/0/type");
    assert_eq!(saved["findings"][0]["step_id"], "x");

    assert_eq!(
        acme.put(Role::Manager, &path, body).await.problem(409),
        "draft_conflict"
    );
    let again = json!({"definition": broken, "draft_revision": 2});
    let again = acme.put(Role::Manager, &path, again).await.is(200);
    assert_eq!(
        again["draft_revision"], 2,
        "the same draft is no new revision"
    );
}

#[actix_web::test]
async fn what_could_not_be_drawn_or_stored_is_refused_with_its_place() {
    let acme = dealership().await;
    let made = acme.post(Role::Manager, "/api/v1/workflows", json!({"name": "W"}));
    let made = made.await.is(201);
    let path = format!("/api/v1/workflows/{}/draft", made["id"].as_str().unwrap());
    let misspelt =
        json!({"definition": {"steps": [{"id": "a", "type": "transform", "confg": {}}]}});
    let refused = acme.put(Role::Manager, &path, misspelt).await.is(422);
    assert_eq!(refused["code"], "validation_failed");
    assert!(
        refused["errors"][0]["pointer"]
            .as_str()
            .unwrap()
            .starts_with("/definition/steps/0")
    );
    let mut nul = one_step("manual", json!({}));
    nul["steps"][0]["name"] = json!("a\u{0}b");
    let refused = acme
        .put(Role::Manager, &path, json!({"definition": nul}))
        .await
        .is(422);
    assert_eq!(refused["errors"][0]["pointer"], "/definition/steps/0/name");
}

#[actix_web::test]
async fn an_input_schema_that_is_none_is_found_before_publishing() {
    let acme = dealership().await;
    let made = acme.post(Role::Manager, "/api/v1/workflows", json!({"name": "W"}));
    let made = made.await.is(201);
    let path = format!(
        "/api/v1/workflows/{}/validate",
        made["id"].as_str().unwrap()
    );
    let definition = one_step("manual", json!({"input_schema": {"type": 7}}));
    let found = acme
        .post(Role::User, &path, json!({"definition": definition}))
        .await
        .is(200);
    assert_eq!(
        found["findings"][0]["pointer"],
        "/triggers/0/config/input_schema"
    );
    let sound = json!({"definition": one_step("manual", json!({}))});
    let found = acme.post(Role::User, &path, sound).await.is(200);
    assert_eq!(found["findings"], json!([]));
}

#[actix_web::test]
async fn team_members_may_look_and_run_but_not_change() {
    let acme = dealership().await;
    let (id, _) = acme.published(one_step("manual", json!({}))).await;
    let path = format!("/api/v1/workflows/{id}");
    acme.get(Role::User, &path).await.is(200);
    acme.post(Role::User, &format!("{path}/executions"), json!({}))
        .await
        .is(202);
    for (method, sub) in [
        ("post", "/publish"),
        ("post", "/archive"),
        ("delete", ""),
        ("patch", ""),
    ] {
        let path = format!("{path}{sub}");
        let answer = match method {
            "post" => acme.post(Role::User, &path, json!({})).await,
            "patch" => acme.patch(Role::User, &path, json!({})).await,
            _ => acme.delete(Role::User, &path).await,
        };
        assert_eq!(answer.problem(403), "forbidden", "{method} {sub}");
    }
    let unknown = acme.get(Role::User, "/api/v1/workflows/not-an-id").await;
    assert_eq!(unknown.problem(404), "not_found");
}

#[actix_web::test]
async fn the_builder_is_told_every_type() {
    let acme = dealership().await;
    let types = acme.get(Role::User, "/api/v1/step-types").await.is(200);
    let triggers: Vec<_> = types["triggers"].as_array().unwrap().iter().collect();
    let names: Vec<_> = triggers
        .iter()
        .map(|t| t["type"].as_str().unwrap())
        .collect();
    assert_eq!(
        names,
        [
            "adf_lead", "event", "manual", "record", "schedule", "webhook"
        ]
    );
    let steps = types["steps"].as_array().unwrap();
    assert!(
        steps
            .iter()
            .any(|s| s["type"] == "condition" && s["ports"] == json!(["true", "false"]))
    );
}
