use crate::support::{World, app, lonely_state};
use actix_web::dev::ServiceResponse;
use actix_web::http::header::HeaderMap;
use actix_web::test::{TestRequest, call_service, init_service};
use actix_web::{HttpRequest, HttpResponse, get, post, web};
use platform_http::{ApiResult, require_csrf};
use policies::Role;

#[get("/")]
async fn page() -> HttpResponse {
    HttpResponse::Ok().finish()
}

#[get("/api/v1/thing")]
async fn thing() -> HttpResponse {
    HttpResponse::Ok().finish()
}

#[get("/api/docs/index.html")]
async fn docs() -> HttpResponse {
    HttpResponse::Ok().finish()
}

#[post("/api/v1/auth/refresh")]
async fn refresh(request: HttpRequest) -> ApiResult<HttpResponse> {
    require_csrf(&request)?;
    Ok(HttpResponse::NoContent().finish())
}

fn routes(config: &mut web::ServiceConfig) {
    config
        .service(page)
        .service(thing)
        .service(docs)
        .service(refresh);
}

async fn answer(request: TestRequest) -> ServiceResponse {
    let world = World::new(Role::User);
    let app = init_service(app!(lonely_state(&world).await, routes)).await;
    let response = call_service(&app, request.to_request()).await;
    response.map_into_boxed_body()
}

async fn headers(request: TestRequest) -> HeaderMap {
    answer(request).await.headers().clone()
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).map(|value| value.to_str().unwrap())
}

#[actix_web::test]
async fn the_app_runs_only_its_own_scripts() {
    let headers = headers(TestRequest::get().uri("/")).await;
    let policy = text(&headers, "content-security-policy").unwrap();
    for part in [
        "default-src 'self'",
        "script-src 'self';",
        "object-src 'none'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "form-action 'self'",
        "wss://*.auterity.example",
    ] {
        assert!(policy.contains(part), "{part} is missing in {policy}");
    }
    assert_eq!(text(&headers, "x-content-type-options"), Some("nosniff"));
    assert!(text(&headers, "strict-transport-security").is_some());
    assert_eq!(text(&headers, "cache-control"), None);
}

#[actix_web::test]
async fn answers_of_the_api_are_not_cached() {
    let headers = headers(TestRequest::get().uri("/api/v1/thing")).await;
    assert_eq!(text(&headers, "cache-control"), Some("no-store"));
}

#[actix_web::test]
async fn the_documentation_has_a_policy_of_its_own() {
    let headers = headers(TestRequest::get().uri("/api/docs/index.html")).await;
    let policy = text(&headers, "content-security-policy").unwrap();
    assert!(policy.starts_with("default-src 'none'"));
}

#[actix_web::test]
async fn only_allowed_origins_may_read_answers() {
    let from = |origin| {
        TestRequest::get()
            .uri("/api/v1/thing")
            .insert_header(("origin", origin))
    };
    let ours = headers(from("https://acme.auterity.example")).await;
    let allowed = text(&ours, "access-control-allow-origin");
    assert_eq!(allowed, Some("https://acme.auterity.example"));
    assert_eq!(text(&ours, "access-control-allow-credentials"), None);
    let other = headers(from("https://evil.example")).await;
    assert_eq!(text(&other, "access-control-allow-origin"), None);
}

#[actix_web::test]
async fn a_preflight_is_answered_for_allowed_origins_only() {
    for (origin, allowed) in [
        ("https://acme.auterity.example", true),
        ("https://evil.example", false),
    ] {
        let request = TestRequest::with_uri("/api/v1/thing")
            .method(actix_web::http::Method::OPTIONS)
            .insert_header(("origin", origin))
            .insert_header(("access-control-request-method", "POST"))
            .insert_header(("access-control-request-headers", "idempotency-key"));
        let response = answer(request).await;
        assert_eq!(response.status().is_success(), allowed, "{origin}");
    }
}

#[actix_web::test]
async fn the_refresh_cookie_needs_its_header_and_our_origin() {
    let post = || TestRequest::post().uri("/api/v1/auth/refresh");
    let marked = || post().insert_header(("x-auterity-csrf", "1"));
    assert_eq!(answer(post()).await.status(), 403);
    assert_eq!(answer(marked()).await.status(), 204);
    let foreign = marked().insert_header(("origin", "https://evil.example"));
    assert_eq!(answer(foreign).await.status(), 403);
    let cross = marked().insert_header(("sec-fetch-site", "cross-site"));
    assert_eq!(answer(cross).await.status(), 403);
}

#[actix_web::test]
async fn a_request_id_is_kept_when_it_is_sane() {
    let get = |id: &str| {
        TestRequest::get()
            .uri("/")
            .insert_header(("x-request-id", id.to_owned()))
    };
    let kept = headers(get("abc-123_DEF.9")).await;
    assert_eq!(text(&kept, "x-request-id"), Some("caller.abc-123_DEF.9"));
    let replaced = headers(get("<script>alert(1)</script>")).await;
    let id = text(&replaced, "x-request-id").unwrap();
    assert!(uuid::Uuid::parse_str(id).is_ok(), "{id}");
}
