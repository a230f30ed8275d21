//! Who works at a dealership, and how soon a change of that is in force.

use policies::Role;
use serde_json::json;
use std::time::{Duration, Instant};
use tests::TestApp;

#[tokio::test]
async fn a_disabled_member_is_out_within_a_second() {
    let app = TestApp::start().await;
    let acme = app.group("Acme Motors").await;
    let chris = acme.member(&app, Role::Manager).await;
    chris.get("/api/v1/workflows").await.assert(200);
    let path = format!("/api/v1/members/{}", chris.user_id);
    let disabled = Instant::now();
    acme.admin
        .patch(&path, &json!({ "status": "disabled" }))
        .await
        .assert(200);
    let out = tests::eventually("the disabled member being out", || async {
        let answer = chris.get("/api/v1/workflows").await;
        (answer.status == 401).then(Instant::now)
    })
    .await;
    assert!(
        out - disabled < Duration::from_millis(1_500),
        "it took {:?}",
        out - disabled
    );
    let body = json!({ "refresh_token": chris.refresh_token });
    app.anyone()
        .post("/api/v1/auth/refresh", &body)
        .await
        .assert(401);
    let login =
        json!({ "tenant": acme.slug, "email": chris.email, "password": tests::Person::PASSWORD });
    app.anyone()
        .post("/api/v1/auth/login", &login)
        .await
        .assert(401);
}

#[tokio::test]
async fn a_new_role_is_in_force_with_the_next_token() {
    let app = TestApp::start().await;
    let acme = app.group("Acme Motors").await;
    let chris = acme.member(&app, Role::User).await;
    let new = json!({ "name": "Mine" });
    chris
        .post("/api/v1/workflows", &new)
        .await
        .assert_problem(403, "forbidden");
    let path = format!("/api/v1/members/{}", chris.user_id);
    acme.admin
        .patch(&path, &json!({ "role": "manager" }))
        .await
        .assert(200);
    let login =
        json!({ "tenant": acme.slug, "email": chris.email, "password": tests::Person::PASSWORD });
    let session = app
        .anyone()
        .post("/api/v1/auth/login", &login)
        .await
        .assert(200);
    chris
        .with_token(&session.text_of("/access_token"))
        .post("/api/v1/workflows", &new)
        .await
        .assert(201);
}

#[tokio::test]
async fn the_last_admin_stays() {
    let app = TestApp::start().await;
    let acme = app.group("Acme Motors").await;
    let path = format!("/api/v1/members/{}", acme.admin.user_id);
    acme.admin
        .patch(&path, &json!({ "role": "user" }))
        .await
        .assert_problem(409, "last_admin");
    acme.admin
        .patch(&path, &json!({ "status": "disabled" }))
        .await
        .assert_problem(409, "last_admin");
}

#[tokio::test]
async fn an_invitation_is_accepted_once_and_can_be_taken_back() {
    let app = TestApp::start().await;
    let acme = app.group("Acme Motors").await;
    let invite = json!({ "email": "new@acme.example", "role": "user" });
    let invitation = acme
        .admin
        .post("/api/v1/invitations", &invite)
        .await
        .assert(201);
    let token = app.mail.token("new@acme.example", 1).await;
    let preview = app
        .anyone()
        .post("/api/v1/invitations/show", &json!({ "token": token }))
        .await
        .assert(200);
    assert_eq!(preview.body["tenant_slug"], acme.slug);
    acme.admin
        .delete(&format!(
            "/api/v1/invitations/{}",
            invitation.text_of("/id")
        ))
        .await
        .assert(204);
    let accept = json!({ "token": token, "name": "New", "password": tests::Person::PASSWORD });
    app.anyone()
        .post("/api/v1/invitations/accept", &accept)
        .await
        .assert_problem(400, "invalid_token");
}
