use crate::support::{World, lonely_state};
use actix_web::test::{TestRequest, call_service, init_service, read_body_json};
use actix_web::{App, web};
use platform_db::Redis;
use platform_http::{Health, health};
use platform_kernel::secret::SecretString;
use platform_testkit::TestDatabase;
use policies::Role;
use serde_json::{Value, json};

async fn look(health: Health, path: &str) -> (u16, bool, Value) {
    let app = App::new()
        .app_data(web::Data::new(health))
        .configure(health::configure_internal);
    let app = init_service(app).await;
    let response = call_service(&app, TestRequest::get().uri(path).to_request()).await;
    let status = response.status().as_u16();
    let retry = response.headers().contains_key("retry-after");
    (status, retry, read_body_json(response).await)
}

#[actix_web::test]
async fn all_parts_there_is_ok_and_draining_is_not() {
    let test = TestDatabase::create().await;
    let health = Health::new(test.db.clone(), test.redis.clone());
    let (status, _, body) = look(health.clone(), "/health").await;
    let checks = json!({"postgres": "ok", "redis": "ok"});
    assert_eq!(
        (status, body),
        (200, json!({"status": "ok", "checks": checks}))
    );
    health.drain();
    let (status, retry, _) = look(health, "/health/ready").await;
    assert_eq!((status, retry), (503, true));
}

#[actix_web::test]
async fn without_redis_it_is_degraded_and_still_ready() {
    let test = TestDatabase::create().await;
    let away = Redis::new(
        &SecretString::from("redis://127.0.0.1:1"),
        &platform_db::Transport::default(),
    )
    .unwrap();
    let (status, _, body) = look(Health::new(test.db.clone(), away), "/health/ready").await;
    assert_eq!((status, &body["status"]), (200, &json!("degraded")));
    assert_eq!(body["checks"]["redis"], "unavailable");
}

#[actix_web::test]
async fn without_postgres_it_is_not_ready_but_alive() {
    let state = lonely_state(&World::new(Role::User)).await;
    let health = Health::new(state.db.clone(), state.redis.clone());
    let (status, retry, body) = look(health.clone(), "/health/ready").await;
    assert_eq!(
        (status, retry, &body["status"]),
        (503, true, &json!("unavailable"))
    );
    let (status, _, _) = look(health, "/health/live").await;
    assert_eq!(status, 200);
}
