//! Signing in, staying in, getting out.

use serde_json::json;
use tests::{Person, TestApp};

#[tokio::test]
async fn a_wrong_password_and_an_unknown_person_are_answered_alike() {
    let app = TestApp::start().await;
    let acme = app.group("Acme Motors").await;
    let login = |tenant: &str, email: &str, password: &str| {
        let body = json!({ "tenant": tenant, "email": email, "password": password });
        let anyone = app.anyone();
        async move { anyone.post("/api/v1/auth/login", &body).await }
    };
    let wrong = login(&acme.slug, &acme.admin.email, "wrong password")
        .await
        .assert_problem(401, "invalid_credentials");
    let unknown = login(&acme.slug, "nobody@acme.example", "wrong password")
        .await
        .assert_problem(401, "invalid_credentials");
    let nowhere = login("no-such-store", &acme.admin.email, Person::PASSWORD)
        .await
        .assert_problem(401, "invalid_credentials");
    assert_eq!(wrong.body["title"], unknown.body["title"]);
    assert_eq!(wrong.body["detail"], nowhere.body["detail"]);
    let good = login(
        &acme.slug,
        &acme.admin.email.to_uppercase(),
        Person::PASSWORD,
    )
    .await
    .assert(200);
    assert_eq!(good.body["token_type"], "Bearer");
    assert_eq!(good.body["expires_in"], 1800);
    assert!(
        good.body.get("refresh_token").is_none_or(|t| t.is_null()),
        "a browser gets it as a cookie"
    );
    let cookie = good.header("set-cookie").to_owned();
    for part in [
        "__Host-auterity_refresh=",
        "HttpOnly",
        "Secure",
        "SameSite=Strict",
        "Path=/",
    ] {
        assert!(cookie.contains(part), "{cookie}");
    }
}

#[tokio::test]
async fn the_same_address_in_two_groups_is_two_people() {
    let app = TestApp::start().await;
    let acme = app.group_of("Acme Motors", "pat@people.example").await;
    let birch = app.group_of("Birch Cars", "pat@people.example").await;
    assert_ne!(acme.admin.user_id, birch.admin.user_id);
    let body =
        json!({ "tenant": acme.slug, "email": "pat@people.example", "password": Person::PASSWORD });
    let session = app
        .anyone()
        .post("/api/v1/auth/login", &body)
        .await
        .assert(200);
    assert_eq!(session.text_of("/user/id"), acme.admin.user_id);
}

#[tokio::test]
async fn a_refresh_token_works_once_and_its_reuse_ends_the_session() {
    let app = TestApp::start().await;
    let acme = app.group("Acme Motors").await;
    let refresh = |token: String| {
        let anyone = app.anyone();
        async move {
            let body = json!({ "refresh_token": token, "token_delivery": "body" });
            anyone.post("/api/v1/auth/refresh", &body).await
        }
    };
    let first = acme.admin.refresh_token.clone().unwrap();
    let second = refresh(first.clone())
        .await
        .assert(200)
        .text_of("/refresh_token");
    assert_ne!(first, second);
    // Within the grace a repeated request gets the same successor.
    let repeated = refresh(first.clone())
        .await
        .assert(200)
        .text_of("/refresh_token");
    assert_eq!(second, repeated);
    let third = refresh(second.clone()).await.assert(200);
    let token = third.text_of("/access_token");
    acme.admin
        .with_token(&token)
        .get("/api/v1/me")
        .await
        .assert(200);
    // Long after, the first one is shown again: somebody has a copy.
    let mut tx = app.database.db.control().await.unwrap();
    diesel_async::SimpleAsyncConnection::batch_execute(
        tx.conn(),
        "UPDATE control.refresh_tokens SET used_at = used_at - interval '1 hour' WHERE used_at IS NOT NULL",
    )
    .await
    .unwrap();
    tx.commit().await.unwrap();
    refresh(first).await.assert_problem(401, "refresh_reused");
    refresh(third.text_of("/refresh_token")).await.assert(401);
    tests::eventually("the access token dying with its session", || async {
        let answer = acme.admin.with_token(&token).get("/api/v1/me").await;
        (answer.status == 401).then_some(())
    })
    .await;
}

#[tokio::test]
async fn logging_out_ends_the_session() {
    let app = TestApp::start().await;
    let acme = app.group("Acme Motors").await;
    let token = acme.admin.refresh_token.clone().unwrap();
    acme.admin
        .post("/api/v1/auth/logout", &json!({ "refresh_token": token }))
        .await
        .assert(204);
    app.anyone()
        .post("/api/v1/auth/refresh", &json!({ "refresh_token": token }))
        .await
        .assert(401);
}

#[tokio::test]
async fn a_forgotten_password_is_set_anew_once() {
    let app = TestApp::start().await;
    let acme = app.group("Acme Motors").await;
    let ask = |email: &str| json!({ "tenant": acme.slug, "email": email });
    app.anyone()
        .post(
            "/api/v1/auth/forgotten-password",
            &ask("nobody@acme.example"),
        )
        .await
        .assert(202);
    app.anyone()
        .post("/api/v1/auth/forgotten-password", &ask(&acme.admin.email))
        .await
        .assert(202);
    // The first mail was the sign-up's.
    let token = app.mail.token(&acme.admin.email, 2).await;
    let body = json!({ "token": token, "password": "another long password" });
    app.anyone()
        .post("/api/v1/auth/reset-password", &body)
        .await
        .assert(204);
    app.anyone()
        .post("/api/v1/auth/reset-password", &body)
        .await
        .assert_problem(400, "invalid_token");
    let login = |password: &str| json!({ "tenant": acme.slug, "email": acme.admin.email, "password": password });
    app.anyone()
        .post("/api/v1/auth/login", &login(Person::PASSWORD))
        .await
        .assert(401);
    app.anyone()
        .post("/api/v1/auth/login", &login("another long password"))
        .await
        .assert(200);
    let old = acme.admin.refresh_token.clone().unwrap();
    app.anyone()
        .post("/api/v1/auth/refresh", &json!({ "refresh_token": old }))
        .await
        .assert(401);
}

#[tokio::test]
async fn a_sign_up_link_works_once_and_a_forged_one_never() {
    let app = TestApp::start().await;
    let body = json!({
        "group_name": "Acme", "dealership_name": "Acme", "name": "Alex",
        "email": "alex@acme.example",
    });
    app.anyone().post("/api/v1/signup", &body).await.assert(202);
    let token = app.mail.token("alex@acme.example", 1).await;
    let verify = |token: &str| json!({ "token": token, "password": Person::PASSWORD, "token_delivery": "body" });
    app.anyone()
        .post("/api/v1/signup/verify", &verify("a".repeat(32).as_str()))
        .await
        .assert_problem(400, "invalid_token");
    app.anyone()
        .post("/api/v1/signup/verify", &verify(&token))
        .await
        .assert(201);
    app.anyone()
        .post("/api/v1/signup/verify", &verify(&token))
        .await
        .assert_problem(400, "invalid_token");
}

#[tokio::test]
async fn a_sign_up_takes_no_password_and_its_link_shows_before_it_decides() {
    let app = TestApp::start().await;
    let body = json!({
        "group_name": "Acme", "dealership_name": "Acme", "name": "Alex",
        "email": "alex@acme.example", "password": "chosen by a stranger",
    });
    app.anyone()
        .post("/api/v1/signup", &body)
        .await
        .assert_problem(422, "validation_failed");
    let group = json!({
        "group_name": "Acme", "dealership_name": "Acme", "name": "Alex", "email": "alex@acme.example",
    });
    app.anyone()
        .post("/api/v1/signup", &group)
        .await
        .assert(202);
    let mail = app.mail.wait("alex@acme.example", 1).await;
    assert!(!mail.text.contains("?token="), "{}", mail.text);
    let token = app.mail.token("alex@acme.example", 1).await;
    for _ in 0..2 {
        let shown = app
            .anyone()
            .post("/api/v1/signup/show", &json!({ "token": token }))
            .await
            .assert(200);
        assert_eq!(shown.body["email"], "alex@acme.example");
    }
    app.anyone()
        .post("/api/v1/signup/verify", &json!({ "token": token }))
        .await
        .assert(422);
    let verify = json!({ "token": token, "password": Person::PASSWORD, "name": "Alexandra" });
    let session = app
        .anyone()
        .post("/api/v1/signup/verify", &verify)
        .await
        .assert(201);
    assert_eq!(session.text_of("/user/name"), "Alexandra");
}
