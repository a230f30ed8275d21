use crate::support::{TOKEN, World, app, state};
use actix_web::dev::ServiceResponse;
use actix_web::test::{TestRequest, call_service, init_service, read_body_json};
use actix_web::{HttpResponse, post, web};
use platform_http::middleware::{CreatingOperations, purge_expired_keys};
use platform_http::{ApiResult, SignedIn};
use platform_kernel::ErrorCode;
use platform_testkit::TestDatabase;
use policies::Role;
use serde_json::{Value, json};
use sha2::Digest;
use std::sync::atomic::{AtomicUsize, Ordering};

/// How often handlers ran.
#[derive(Default)]
struct Runs(AtomicUsize);

impl Runs {
    fn next(&self) -> usize {
        self.0.fetch_add(1, Ordering::SeqCst) + 1
    }
}

#[post("/api/v1/things")]
async fn create_thing(_auth: SignedIn, runs: web::Data<Runs>, body: web::Bytes) -> HttpResponse {
    let run = runs.next();
    HttpResponse::Created()
        .insert_header(("location", format!("/api/v1/things/{run}")))
        .json(json!({"run": run, "length": body.len()}))
}

#[post("/api/v1/requests")]
async fn create_request(runs: web::Data<Runs>) -> HttpResponse {
    HttpResponse::Created().json(json!({"run": runs.next()}))
}

#[post("/api/v1/failing")]
async fn failing(runs: web::Data<Runs>) -> ApiResult<HttpResponse> {
    runs.next();
    Err(ErrorCode::Unavailable.into())
}

#[post("/api/v1/slow")]
async fn slow(runs: web::Data<Runs>, release: web::Data<tokio::sync::Notify>) -> HttpResponse {
    let run = runs.next();
    release.notified().await;
    HttpResponse::Created().json(json!({"run": run}))
}

#[post("/api/v1/auth/login")]
async fn login(runs: web::Data<Runs>) -> HttpResponse {
    HttpResponse::Ok().json(json!({"access_token": runs.next()}))
}

/// A document with the operations that say they take a key.
fn creating() -> web::Data<CreatingOperations> {
    let operation = json!({"post": {
        "parameters": [{"name": "Idempotency-Key", "in": "header", "required": false}], "responses": {},
    }});
    let other = json!({"post": {"responses": {}}});
    let document = json!({
        "openapi": "3.1.0",
        "info": {"title": "t", "version": "1"},
        "paths": {
            "/api/v1/things": operation, "/api/v1/failing": operation, "/api/v1/slow": operation,
            "/api/v1/requests": operation, "/api/v1/auth/login": other,
        },
    });
    web::Data::new(CreatingOperations::of(
        &serde_json::from_value(document).unwrap(),
    ))
}

fn routes(config: &mut web::ServiceConfig) {
    config
        .app_data(creating())
        .app_data(web::Data::new(Runs::default()))
        .app_data(web::Data::new(tokio::sync::Notify::new()))
        .service(create_thing)
        .service(create_request)
        .service(failing)
        .service(slow)
        .service(login);
}

fn post(path: &str, key: &str, body: &Value) -> TestRequest {
    TestRequest::post()
        .uri(path)
        .peer_addr(([127, 0, 0, 1], 4000).into())
        .insert_header(("idempotency-key", key.to_owned()))
        .set_json(body)
}

fn signed(key: &str, body: &Value) -> TestRequest {
    post("/api/v1/things", key, body).insert_header(("authorization", format!("Bearer {TOKEN}")))
}

fn replayed(response: &ServiceResponse) -> bool {
    response.headers().contains_key("idempotent-replayed")
}

macro_rules! send {
    ($app:expr, $request:expr) => {{
        let response = call_service(&$app, $request.to_request()).await;
        let response = response.map_into_boxed_body();
        let facts = (response.status().as_u16(), replayed(&response));
        let location = response.headers().get("location").cloned();
        let body: Value = read_body_json(response).await;
        (facts, body, location)
    }};
}

macro_rules! start {
    ($test:ident) => {{
        let world = World::new(Role::Manager);
        world.work_at($test.tenant("Acme").await);
        init_service(app!(
            state(&world, $test.db.clone(), $test.redis.clone()).await,
            routes
        ))
        .await
    }};
}

#[actix_web::test]
async fn the_same_request_gets_the_same_answer_and_runs_once() {
    let test = TestDatabase::create().await;
    let app = start!(test);
    let first = send!(app, signed("k1", &json!({"name": "a"})));
    assert_eq!(first.0, (201, false));
    assert_eq!(first.1, json!({"run": 1, "length": 12}));
    let second = send!(app, signed("k1", &json!({"name": "a"})));
    assert_eq!(second.0, (201, true));
    assert_eq!((second.1, second.2), (first.1, first.2));
    let other_key = send!(app, signed("k2", &json!({"name": "a"})));
    assert_eq!(other_key.1["run"], 2);
}

#[actix_web::test]
async fn another_body_under_the_same_key_is_refused() {
    let test = TestDatabase::create().await;
    let app = start!(test);
    send!(app, signed("k", &json!({"name": "a"})));
    let (facts, problem, _) = send!(app, signed("k", &json!({"name": "b"})));
    assert_eq!(facts, (422, false));
    assert_eq!(problem["code"], "idempotency_mismatch");
    assert_eq!(problem["instance"], "/api/v1/things");
}

#[actix_web::test]
async fn a_key_in_use_is_a_conflict_until_its_request_ends() {
    let test = TestDatabase::create().await;
    let world = World::new(Role::Manager);
    let notify = web::Data::new(tokio::sync::Notify::new());
    let runs = web::Data::new(Runs::default());
    let (n, r) = (notify.clone(), runs.clone());
    let app = app!(
        state(&world, test.db.clone(), test.redis.clone()).await,
        move |config: &mut web::ServiceConfig| {
            config
                .app_data(creating())
                .app_data(n)
                .app_data(r)
                .service(slow);
        }
    );
    let app = init_service(app).await;
    let request = || post("/api/v1/slow", "k", &json!({}));
    let first = call_service(&app, request().to_request());
    let second = async {
        while runs.0.load(Ordering::SeqCst) == 0 {
            tokio::task::yield_now().await;
        }
        let second = send!(app, request());
        notify.notify_one();
        second
    };
    let (first, (facts, problem, _)) = tokio::join!(first, second);
    assert_eq!(facts.0, 409);
    assert_eq!(problem["code"], "idempotency_in_progress");
    assert_eq!(first.status(), 201);
    assert_eq!(send!(app, request()).0, (201, true));
}

#[actix_web::test]
async fn failures_are_not_kept() {
    let test = TestDatabase::create().await;
    let app = start!(test);
    for _ in 0..2 {
        let (facts, problem, _) = send!(app, post("/api/v1/failing", "k", &json!({})));
        assert_eq!(facts, (503, false));
        assert_eq!(problem["code"], "unavailable");
    }
}

#[actix_web::test]
async fn answers_with_tokens_are_never_kept() {
    let test = TestDatabase::create().await;
    let app = start!(test);
    let request = || post("/api/v1/auth/login", "k", &json!({}));
    assert_eq!(send!(app, request()).1["access_token"], 1);
    assert_eq!(send!(app, request()).1["access_token"], 2);
}

#[actix_web::test]
async fn nobody_gets_an_answer_of_somebody_else() {
    let test = TestDatabase::create().await;
    let app = start!(test);
    send!(app, signed("k", &json!({})));
    let (facts, problem, _) = send!(app, post("/api/v1/things", "k", &json!({})));
    assert_eq!(
        (facts.0, &problem["code"]),
        (401, &json!("unauthenticated"))
    );
}

#[actix_web::test]
async fn expired_keys_are_forgotten() {
    let test = TestDatabase::create().await;
    let app = start!(test);
    let request = || post("/api/v1/requests", "k", &json!({}));
    send!(app, request());
    test.run_as_owner("UPDATE control.idempotent_requests SET expires_at = now() - interval '1 s'")
        .await;
    assert_eq!(purge_expired_keys(&test.db).await.unwrap(), 1);
    assert_eq!(send!(app, request()).1["run"], 2);
}

#[actix_web::test]
async fn an_expired_key_can_be_used_again_before_it_is_purged() {
    let test = TestDatabase::create().await;
    let app = start!(test);
    let request = |body: &Value| post("/api/v1/requests", "k", body);
    send!(app, request(&json!({"a": 1})));
    test.run_as_owner("UPDATE control.idempotent_requests SET expires_at = now() - interval '1 s'")
        .await;
    let again = send!(app, request(&json!({"b": 2})));
    assert_eq!((again.0, &again.1["run"]), ((201, false), &json!(2)));
}

#[actix_web::test]
async fn a_dealerships_answers_lie_sealed_in_its_own_schema() {
    let test = TestDatabase::create().await;
    let world = World::new(Role::Manager);
    let tenant = test.tenant("Acme").await;
    let schema = tenant.schema();
    world.work_at(tenant);
    let state = state(&world, test.db.clone(), test.redis.clone()).await;
    let app = init_service(app!(state, routes)).await;
    let body = json!({"name": "Pat Q. Customer"});
    send!(app, signed("key-of-pat", &body));
    for (place, rows) in [(schema.as_str(), "1"), ("control", "0")] {
        let count = format!("SELECT count(*)::text FROM {place}.idempotent_requests");
        assert_eq!(test.text_as_owner(&count).await, rows, "{place}");
    }
    let row = format!(
        "SELECT encode(key_hash || request_hash || answer, 'hex') \
         FROM {schema}.idempotent_requests"
    );
    let row = test.text_as_owner(&row).await;
    for clear in ["Pat Q", "key-of-pat", "run", "/api/v1/things"] {
        let hex = data_encoding::HEXLOWER.encode(clear.as_bytes());
        assert!(!row.contains(&hex), "{clear} is in the clear");
    }
    // Guessing what was asked needs the key: the bare hash of the version before is not there.
    let known = sha2::Sha256::digest(format!("/api/v1/things\0\0{body}"));
    let known = data_encoding::HEXLOWER.encode(&known);
    let hash = format!("SELECT encode(request_hash, 'hex') FROM {schema}.idempotent_requests");
    assert_ne!(test.text_as_owner(&hash).await, known);
}

#[actix_web::test]
async fn an_encoded_letter_keeps_no_answer() {
    let test = TestDatabase::create().await;
    let app = start!(test);
    let request = || post("/api/v1/auth/%6cogin", "k", &json!({}));
    let (first, second) = (send!(app, request()), send!(app, request()));
    assert!(!first.0.1 && !second.0.1, "it was repeated");
    let count = "SELECT count(*)::text FROM control.idempotent_requests";
    assert_eq!(test.text_as_owner(count).await, "0");
}

#[actix_web::test]
async fn a_dealership_whose_schema_is_behind_is_served_without_keys() {
    let test = TestDatabase::create().await;
    let world = World::new(Role::Manager);
    let tenant = test.tenant("Acme").await;
    let drop = format!("DROP TABLE {}.idempotent_requests", tenant.schema());
    world.work_at(tenant);
    test.run_as_owner(&drop).await;
    let state = state(&world, test.db.clone(), test.redis.clone()).await;
    let app = init_service(app!(state, routes)).await;
    assert_eq!(send!(app, signed("k", &json!({}))).0, (201, false));
}
