use crate::support::dealership;
use policies::Role;
use serde_json::{Value, json};

#[actix_web::test]
async fn the_library_shows_its_templates() {
    let acme = dealership().await;
    let list = acme
        .get(Role::User, "/api/v1/templates?limit=2")
        .await
        .is(200);
    let ids: Vec<_> = list["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|t| t["id"].as_str().unwrap())
        .collect();
    assert_eq!(ids, ["answer-internet-lead", "missed-call-follow-up"]);
    let cursor = list["next_cursor"].as_str().unwrap();
    let rest = acme
        .get(
            Role::User,
            &format!("/api/v1/templates?limit=2&cursor={cursor}"),
        )
        .await
        .is(200);
    assert_eq!(rest["items"][0]["id"], "post-sale-thank-you");
    let one = acme
        .get(Role::User, "/api/v1/templates/answer-internet-lead")
        .await
        .is(200);
    assert_eq!(one["trigger_types"], json!(["adf_lead"]));
    acme.get(Role::User, "/api/v1/templates/no-such-template")
        .await
        .is(404);
}

#[actix_web::test]
async fn a_workflow_made_from_a_template_remembers_where_it_came_from() {
    let acme = dealership().await;
    let path = "/api/v1/templates/post-sale-thank-you/instantiate";
    let parameters = json!({"review_url": "https://reviews.example/acme"});
    let made = acme
        .post(Role::User, path, json!({"parameters": parameters}))
        .await
        .is(201);
    assert_eq!(
        made["template"],
        json!({"id": "post-sale-thank-you", "version": 2})
    );
    assert_eq!(
        made["parameters"]["review_url"],
        "https://reviews.example/acme"
    );
    assert!(
        made["parameters"]["thank_after_days"].is_number(),
        "defaults are filled in"
    );
    assert_eq!(made["status"], "draft");
}

#[actix_web::test]
async fn faulty_parameters_are_told_by_their_place() {
    let acme = dealership().await;
    let path = "/api/v1/templates/post-sale-thank-you/instantiate";
    let refused = acme.post(
        Role::User,
        path,
        json!({"parameters": {"thank_after_days": -1, "nonsense": 1}}),
    );
    let refused = refused.await.is(422);
    let pointers: Vec<_> = refused["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| e["pointer"].as_str().unwrap())
        .collect();
    for expected in [
        "/parameters/review_url",
        "/parameters/thank_after_days",
        "/parameters/nonsense",
    ] {
        assert!(pointers.contains(&expected), "{expected} in {pointers:?}");
    }
    assert_eq!(acme.count("workflows").await, 0);
}

#[actix_web::test]
async fn every_template_can_be_published_as_it_is() {
    let acme = dealership().await;
    let list = acme.get(Role::User, "/api/v1/templates").await.is(200);
    for template in list["items"].as_array().unwrap() {
        let id = template["id"].as_str().unwrap();
        let path = format!("/api/v1/templates/{id}/instantiate");
        let parameters = examples(&template["parameters_schema"]);
        let made = acme
            .post(Role::User, &path, json!({"parameters": parameters}))
            .await
            .is(201);
        let path = format!("/api/v1/workflows/{}", made["id"].as_str().unwrap());
        let found = acme
            .post(Role::User, &format!("{path}/validate"), json!({}))
            .await
            .is(200);
        assert_eq!(found["findings"], json!([]), "{id}");
        acme.post(Role::Manager, &format!("{path}/publish"), json!({}))
            .await
            .is(201);
    }
}

/// What a person has to fill in: required parameters without a default.
fn examples(schema: &Value) -> Value {
    let required = schema["required"].as_array().unwrap().iter();
    let example = |name: &Value| {
        let name = name.as_str().unwrap();
        (
            name.to_owned(),
            schema["properties"][name]["examples"][0].clone(),
        )
    };
    Value::Object(required.map(example).collect())
}

#[actix_web::test]
async fn every_parameter_has_a_title_and_every_optional_one_a_default() {
    let acme = dealership().await;
    let list = acme.get(Role::User, "/api/v1/templates").await.is(200);
    for template in list["items"].as_array().unwrap() {
        let schema = &template["parameters_schema"];
        let required = schema["required"].as_array().unwrap();
        for (name, property) in schema["properties"].as_object().unwrap() {
            assert!(property["title"].is_string(), "{name}");
            let needed = required.contains(&json!(name));
            assert_ne!(needed, property.get("default").is_some(), "{name}");
        }
    }
}
