//! The same over HTTP: statuses, cookies, problem documents, permissions.

use super::house::{House, Member, PASSWORD, master_of};
use actix_web::http::StatusCode;
use actix_web::test::{self, TestRequest};
use actix_web::{App, web};
use platform_http::HttpState;
use policies::{Policy, Role};
use serde_json::{Value, json};
use std::sync::Arc;
use utoipa_actix_web::AppExt;

/// The slice's routes with their state.
macro_rules! app {
    ($house:expr) => {{
        let state = HttpState::new(
            $house.test.db.clone(),
            $house.test.redis.clone(),
            Policy::load().await.unwrap(),
            master_of(&$house.test),
            Arc::new($house.identity.clone()),
            Arc::new($house.identity.registry.clone()),
        );
        let app = App::new()
            .into_utoipa_app()
            .app_data(web::Data::new(state))
            .app_data(web::Data::new($house.identity.clone()))
            .app_data(platform_http::path_config())
            .configure(crate::configure)
            .into_app();
        test::init_service(app).await
    }};
}

fn get(path: &str) -> TestRequest {
    TestRequest::get()
        .uri(path)
        .insert_header(("host", "localhost"))
}

fn post(path: &str, body: Value) -> TestRequest {
    TestRequest::post()
        .uri(path)
        .insert_header(("host", "localhost"))
        .set_json(body)
}

fn by(request: TestRequest, member: &Member) -> TestRequest {
    request.insert_header(("authorization", format!("Bearer {}", member.access)))
}

/// Status and body of a request; the body is null when there is none.
macro_rules! call {
    ($app:expr, $request:expr) => {{
        let response = test::call_service(&$app, $request.to_request()).await;
        let status = response.status();
        let bytes = test::read_body(response).await;
        let body: Value = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        (status, body)
    }};
}

#[actix_web::test]
async fn a_browser_gets_a_cookie_and_needs_the_csrf_header() {
    let house = House::new().await;
    house.sign_up("Acme", "ann@acme.example").await;
    let app = app!(house);
    let login = json!({ "tenant": "acme", "email": "ann@acme.example", "password": PASSWORD });
    let request = post("/api/v1/auth/login", login).to_request();
    let response = test::call_service(&app, request).await;
    assert_eq!(response.status(), StatusCode::OK);
    let cookie = response.response().cookies().next().unwrap().into_owned();
    assert_eq!(cookie.name(), "__Host-auterity_refresh");
    let text = cookie.to_string();
    for part in [
        "HttpOnly",
        "Secure",
        "SameSite=Strict",
        "Path=/",
        "Max-Age=2592000",
    ] {
        assert!(
            text.contains(part) || text.contains("Max-Age=2591999"),
            "{text} has no {part}"
        );
    }
    assert!(!text.contains("Domain"));
    let body: Value = test::read_body_json(response).await;
    assert!(body.get("refresh_token").is_none());
    assert_eq!(body["token_type"], "Bearer");
    assert_eq!(body["expires_in"], 1800);

    let bare = post("/api/v1/auth/refresh", json!({})).cookie(cookie.clone());
    let (status, problem) = call!(app, bare);
    assert_eq!(
        (status, problem["code"].as_str()),
        (StatusCode::FORBIDDEN, Some("csrf_required"))
    );
    let stolen = post("/api/v1/auth/refresh", json!({ "token_delivery": "body" }))
        .insert_header(("x-auterity-csrf", "1"))
        .cookie(cookie.clone());
    assert_eq!(call!(app, stolen).0, StatusCode::UNPROCESSABLE_ENTITY);
    let good = post("/api/v1/auth/refresh", json!({}))
        .insert_header(("x-auterity-csrf", "1"))
        .cookie(cookie.clone());
    let response = test::call_service(&app, good.to_request()).await;
    assert_eq!(response.status(), StatusCode::OK);
    let next = response.response().cookies().next().unwrap().into_owned();
    assert_ne!(next.value(), cookie.value());

    let out = post("/api/v1/auth/logout", json!({}))
        .insert_header(("x-auterity-csrf", "1"))
        .cookie(next.clone());
    let response = test::call_service(&app, out.to_request()).await;
    assert_eq!(response.status(), StatusCode::NO_CONTENT);
    assert_eq!(response.response().cookies().next().unwrap().value(), "");
    let late = post("/api/v1/auth/refresh", json!({}))
        .insert_header(("x-auterity-csrf", "1"))
        .cookie(next);
    assert_eq!(call!(app, late).0, StatusCode::UNAUTHORIZED);
}

#[actix_web::test]
async fn a_browser_that_signed_in_before_is_known_by_its_cookie() {
    let house = House::new().await;
    house.sign_up("Acme", "ann@acme.example").await;
    let app = app!(house);
    let login = |password: &str| {
        let body = json!({ "tenant": "acme", "email": "ann@acme.example", "password": password });
        post("/api/v1/auth/login", body)
    };
    let response = test::call_service(&app, login(PASSWORD).to_request()).await;
    let device = response
        .response()
        .cookies()
        .find(|cookie| cookie.name().starts_with("__Host-auterity_device_"))
        .unwrap()
        .into_owned();
    let text = device.to_string();
    for part in ["HttpOnly", "Secure", "SameSite=Strict", "Path=/"] {
        assert!(text.contains(part), "{text} has no {part}");
    }
    assert!(!text.contains("Domain"));
    for _ in 0..11 {
        call!(app, login("wrong"));
    }
    assert_eq!(call!(app, login(PASSWORD)).0, StatusCode::TOO_MANY_REQUESTS);
    let known = login(PASSWORD).cookie(device.clone());
    assert_eq!(call!(app, known).0, StatusCode::OK);
    let mut forged = device;
    forged.set_value(forged.value().replace('.', "1."));
    // The sign-in forgave nothing of what the network is refused for.
    let unknown = login(PASSWORD).cookie(forged);
    assert_eq!(call!(app, unknown).0, StatusCode::TOO_MANY_REQUESTS);
}

#[actix_web::test]
async fn an_api_client_gets_everything_in_the_body() {
    let house = House::new().await;
    house.sign_up("Acme", "ann@acme.example").await;
    let app = app!(house);
    let login = json!({ "tenant": "acme", "email": "ann@acme.example", "password": PASSWORD, "token_delivery": "body" });
    let response = test::call_service(&app, post("/api/v1/auth/login", login).to_request()).await;
    assert!(response.response().cookies().next().is_none());
    let body: Value = test::read_body_json(response).await;
    let refresh = json!({ "refresh_token": body["refresh_token"] });
    let (status, next) = call!(app, post("/api/v1/auth/refresh", refresh));
    assert_eq!(status, StatusCode::OK);
    assert_ne!(next["refresh_token"], body["refresh_token"]);
    assert!(next["refresh_token"].is_string());
    let (status, me) = call!(
        app,
        get("/api/v1/me").insert_header((
            "authorization",
            format!("Bearer {}", next["access_token"].as_str().unwrap())
        ))
    );
    assert_eq!(status, StatusCode::OK);
    assert_eq!(me["user"]["email"], "ann@acme.example");
    assert_eq!(me["tenant"]["slug"], "acme");
    assert!(
        me["permissions"]
            .as_array()
            .unwrap()
            .contains(&json!("members:manage"))
    );
    let (status, jwks) = call!(app, get("/.well-known/jwks.json"));
    assert_eq!(status, StatusCode::OK);
    assert_eq!(jwks["keys"][0]["alg"], "RS256");
}

#[actix_web::test]
async fn every_faulty_field_is_named() {
    let house = House::new().await;
    let app = app!(house);
    let body = json!({ "group_name": "", "dealership_name": "see www.evil.example", "name": "Ann\u{7}",
        "email": "ann" });
    let (status, problem) = call!(app, post("/api/v1/signup", body));
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    let pointers: Vec<&str> = problem["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| e["pointer"].as_str().unwrap())
        .collect();
    assert_eq!(
        pointers,
        ["/group_name", "/dealership_name", "/name", "/email"]
    );
    let (status, problem) = call!(app, post("/api/v1/signup", json!({ "plan": "gold" })));
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(problem["errors"][0]["pointer"], "/plan");
}

#[actix_web::test]
async fn each_role_may_do_what_the_policy_says() {
    let house = House::new().await;
    let ann = house.sign_up("Acme", "ann@acme.example").await;
    let max = house.join(&ann, "max@acme.example", Role::Manager).await;
    let uma = house.join(&ann, "uma@acme.example", Role::User).await;
    let app = app!(house);
    for (path, admin, manager, user) in [
        ("/api/v1/me", 200, 200, 200),
        ("/api/v1/members", 200, 200, 403),
        ("/api/v1/invitations", 200, 200, 403),
        ("/api/v1/audit-events", 200, 403, 403),
    ] {
        for (member, expected) in [(&ann, admin), (&max, manager), (&uma, user)] {
            let (status, body) = call!(app, by(get(path), member));
            assert_eq!(status.as_u16(), expected, "{path} {body}");
        }
        assert_eq!(call!(app, get(path)).0, StatusCode::UNAUTHORIZED);
    }
    let person = json!({ "name": "Zoe", "email": "zoe@acme.example", "role": "user" });
    for member in [&max, &uma] {
        let (status, _) = call!(app, by(post("/api/v1/members", person.clone()), member));
        assert_eq!(status, StatusCode::FORBIDDEN);
    }
    let (status, invitation) = call!(app, by(post("/api/v1/members", person), &ann));
    assert_eq!(
        (status, invitation["status"].as_str()),
        (StatusCode::CREATED, Some("pending"))
    );
    let boss = json!({ "email": "boss@acme.example", "role": "super_admin" });
    let (status, problem) = call!(app, by(post("/api/v1/invitations", boss), &ann));
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(problem["errors"][0]["pointer"], "/role");
    let path = format!("/api/v1/members/{}", ann.principal.user_id);
    let demote = TestRequest::patch()
        .uri(&path)
        .insert_header(("host", "localhost"))
        .set_json(json!({ "role": "user" }));
    let (status, problem) = call!(app, by(demote, &ann));
    assert_eq!(
        (status, problem["code"].as_str()),
        (StatusCode::CONFLICT, Some("last_admin"))
    );
    let (_, audit) = call!(app, by(get("/api/v1/audit-events?limit=1"), &ann));
    assert_eq!(audit["items"][0]["action"], "invitation.created");
    assert_eq!(audit["items"][0]["actor_name"], "Ann Smith");
    assert!(audit["next_cursor"].is_string());
}
