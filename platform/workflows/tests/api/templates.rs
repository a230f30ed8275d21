use crate::support::dealership;
use policies::Role;
use serde_json::json;

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
        json!({"id": "post-sale-thank-you", "version": 1})
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
