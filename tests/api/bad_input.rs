//! Wrong and hostile input: a problem document with the place of the fault, never a 500.

use reqwest::Method;
use serde_json::json;
use tests::TestApp;

#[tokio::test]
async fn faulty_fields_are_named_all_at_once() {
    let app = TestApp::start().await;
    let body = json!({ "group_name": "", "dealership_name": "x".repeat(300), "name": "A", "email": "nope" });
    let answer = app
        .anyone()
        .post("/api/v1/signup", &body)
        .await
        .assert_problem(422, "validation_failed");
    let mut pointers = answer.pointers();
    pointers.sort_unstable();
    assert_eq!(pointers, ["/dealership_name", "/email", "/group_name"]);
}

#[tokio::test]
async fn broken_bodies_are_refused_with_their_place() {
    let app = TestApp::start().await;
    let acme = app.group("Acme Motors").await;
    let post = |body: String, content_type: &'static str| {
        let request = acme
            .admin
            .request(Method::POST, "/api/v1/workflows")
            .header("Content-Type", content_type);
        let admin = acme.admin.clone();
        async move { admin.send(request.body(body)).await }
    };
    let broken = post("{\"name\": ".to_owned(), "application/json")
        .await
        .assert_problem(400, "malformed_json");
    assert!(
        broken.text_of("/detail").contains("line 1"),
        "{}",
        broken.text
    );
    post("name=x".to_owned(), "application/x-www-form-urlencoded")
        .await
        .assert_problem(415, "unsupported_media_type");
    post(
        format!("{}1{}", "[".repeat(5_000), "]".repeat(5_000)),
        "application/json",
    )
    .await
    .assert_problem(400, "malformed_json");
    post(
        format!("{{\"name\":\"{}\"}}", "x".repeat(2 << 20)),
        "application/json",
    )
    .await
    .assert_problem(413, "payload_too_large");
    let typo = post("{\"nmae\":\"x\"}".to_owned(), "application/json")
        .await
        .assert(422);
    assert!(
        typo.text.contains("nmae") || typo.text.contains("name"),
        "{}",
        typo.text
    );
    post("{\"name\":\"a\\u0000b\"}".to_owned(), "application/json")
        .await
        .assert(422);
    post("{\"name\":\"\\ud800\"}".to_owned(), "application/json")
        .await
        .assert(400);
}

#[tokio::test]
async fn odd_paths_methods_hosts_and_queries_are_problems_too() {
    let app = TestApp::start().await;
    let acme = app.group("Acme Motors").await;
    acme.admin
        .get("/api/v1/workflows/not-a-uuid")
        .await
        .assert_problem(404, "not_found");
    acme.admin
        .get("/api/v1/nothing")
        .await
        .assert_problem(404, "not_found");
    acme.admin
        .delete("/api/v1/me")
        .await
        .assert_problem(405, "method_not_allowed");
    acme.admin
        .get("/api/v1/leads?limit=0")
        .await
        .assert_problem(400, "bad_request");
    acme.admin
        .get("/api/v1/leads?limit=ten")
        .await
        .assert_problem(400, "bad_request");
    acme.admin
        .get("/api/v1/leads?cursor=%25%25")
        .await
        .assert_problem(400, "bad_request");
    acme.admin.get("/api/v1/leads?q=%00").await.assert(400);
    acme.admin
        .get("/api/v1/leads?q=%27%3B%20DROP%20TABLE%20leads%3B--")
        .await
        .assert(200);
    let unknown = acme.admin.on_host("nobody.localhost");
    unknown
        .get("/api/v1/leads")
        .await
        .assert_problem(404, "tenant_not_found");
    let strange = acme.admin.on_host("evil.example");
    strange
        .get("/api/v1/leads")
        .await
        .assert_problem(404, "tenant_not_found");
}

#[tokio::test]
async fn every_answer_carries_its_id_and_the_security_headers() {
    let app = TestApp::start().await;
    for path in ["/api/v1/me", "/api/v1/nothing", "/health/live"] {
        let answer = app.anyone().get(path).await;
        assert!(!answer.header("x-request-id").is_empty(), "{path}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert!(
            answer
                .header("content-security-policy")
                .contains("object-src 'none'"),
            "{path}"
        );
        assert!(
            !answer
                .header("content-security-policy")
                .contains("unsafe-eval"),
            "{path}"
        );
    }
    let request = app
        .anyone()
        .request(Method::GET, "/api/v1/me")
        .header("Origin", "https://evil.example");
    let answer = app.anyone().send(request).await;
    assert_ne!(
        answer.header("access-control-allow-origin"),
        "https://evil.example"
    );
    assert_ne!(answer.header("access-control-allow-origin"), "*");
}

#[tokio::test]
async fn a_repeated_post_with_its_key_is_done_once() {
    let app = TestApp::start().await;
    let acme = app.group("Acme Motors").await;
    let post = |name: &str| {
        let request = acme
            .admin
            .request(Method::POST, "/api/v1/workflows")
            .header("Idempotency-Key", "one-of-a-kind");
        let (request, admin) = (request.json(&json!({ "name": name })), acme.admin.clone());
        async move { admin.send(request).await }
    };
    let first = post("Once").await.assert(201);
    let again = post("Once").await.assert(201);
    assert_eq!(first.body["id"], again.body["id"]);
    post("Twice")
        .await
        .assert_problem(422, "idempotency_mismatch");
    let all = acme.admin.get("/api/v1/workflows").await.assert(200);
    assert_eq!(all.items().len(), 1);
}

#[tokio::test]
async fn too_many_sign_ins_are_slowed_down_with_a_time_to_come_back() {
    let app = TestApp::start_with(|config| config.http.rate_limits = true).await;
    let body =
        json!({ "tenant": "acme", "email": "pat@acme.example", "password": "wrong password" });
    let mut limited = None;
    for _ in 0..200 {
        let answer = app.anyone().post("/api/v1/auth/login", &body).await;
        if answer.status == 429 {
            limited = Some(answer);
            break;
        }
        answer.assert(401);
    }
    let limited = limited
        .expect("two hundred guesses were all answered")
        .assert_problem(429, "rate_limited");
    assert!(limited.header("retry-after").parse::<u64>().unwrap() >= 1);
}
