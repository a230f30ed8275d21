use crate::support::{TOKEN, World, app, lonely_state, state};
use actix_web::dev::ServiceResponse;
use actix_web::test::{TestRequest, call_service, init_service};
use actix_web::{HttpRequest, HttpResponse, get, post, web};
use platform_http::middleware::charge_hooks;
use platform_http::{ApiResult, Authorized, HttpState, Limit};
use platform_kernel::id::TenantId;
use platform_testkit::TestDatabase;
use policies::Role;
use policies::markers::MembersRead;

#[get("/api/v1/open")]
async fn open() -> HttpResponse {
    HttpResponse::Ok().finish()
}

#[post("/api/v1/auth/login")]
async fn login() -> HttpResponse {
    HttpResponse::Ok().finish()
}

#[get("/api/v1/members")]
async fn members(_auth: Authorized<MembersRead>) -> HttpResponse {
    HttpResponse::Ok().finish()
}

#[post("/deliveries/{tenant}")]
async fn deliver(request: HttpRequest, tenant: web::Path<TenantId>) -> ApiResult<HttpResponse> {
    charge_hooks(&request, *tenant).await?;
    Ok(HttpResponse::Accepted().finish())
}

fn routes(config: &mut web::ServiceConfig) {
    let services = (open, login, members, deliver);
    config.service(services);
}

/// Sends the request of `make` as often as `times` and gives the statuses and the last answer.
async fn burst(
    state: HttpState,
    times: usize,
    make: impl Fn() -> TestRequest,
) -> (Vec<u16>, ServiceResponse) {
    let app = init_service(app!(state, routes)).await;
    // An address of its own, because the buckets in Redis outlive the test.
    let id = uuid::Uuid::now_v7().as_u128();
    let ip = std::net::Ipv6Addr::from(id.rotate_left(64));
    let peer = std::net::SocketAddr::from((ip, 4000));
    let mut statuses = Vec::new();
    let mut last = None;
    for _ in 0..times {
        let response = call_service(&app, make().peer_addr(peer).to_request()).await;
        statuses.push(response.status().as_u16());
        last = Some(response.map_into_boxed_body());
    }
    (statuses, last.unwrap())
}

fn number(response: &ServiceResponse, name: &str) -> u64 {
    let value = response
        .headers()
        .get(name)
        .unwrap_or_else(|| panic!("{name} is missing"));
    value.to_str().unwrap().parse().unwrap()
}

async fn assert_limits_per_address(mut state: HttpState) {
    state.rate_limits.ip = Limit::new(3, 6);
    let (statuses, last) = burst(state, 4, || TestRequest::get().uri("/api/v1/open")).await;
    assert_eq!(statuses, [200, 200, 200, 429]);
    assert!((1..=10).contains(&number(&last, "retry-after")));
    assert_eq!(number(&last, "ratelimit-limit"), 3);
    assert_eq!(number(&last, "ratelimit-remaining"), 0);
    let kind = last.headers().get("content-type").unwrap();
    assert_eq!(kind, "application/problem+json");
}

#[actix_web::test]
async fn an_address_is_limited_with_redis() {
    let test = TestDatabase::create().await;
    let world = World::new(Role::Manager);
    assert_limits_per_address(state(&world, test.db.clone(), test.redis.clone()).await).await;
}

#[actix_web::test]
async fn an_address_is_limited_while_redis_is_away() {
    let world = World::new(Role::Manager);
    assert_limits_per_address(lonely_state(&world).await).await;
}

#[actix_web::test]
async fn the_deliveries_of_a_dealership_are_limited_together() {
    let world = World::new(Role::Manager);
    let mut state = lonely_state(&world).await;
    state.rate_limits.hooks = Limit::new(3, 1);
    let one = format!("/deliveries/{}", TenantId::new());
    let delivery = || TestRequest::post().uri(&one);
    let (statuses, last) = burst(state, 4, delivery).await;
    assert_eq!(statuses, [202, 202, 202, 429]);
    assert_eq!(number(&last, "ratelimit-limit"), 3);
}

/// A megabyte costs as much as 257 requests, and never more than a full bucket.
async fn assert_large_bodies_cost_more(mut state: HttpState, burst_of_address: u32) -> u64 {
    state.rate_limits.credentials = Limit::new(1_000, 1);
    state.rate_limits.ip = Limit::new(burst_of_address, 60);
    let large = || {
        TestRequest::post()
            .uri("/api/v1/auth/login")
            .insert_header(("content-length", "1048576"))
    };
    let (statuses, last) = burst(state, 2, large).await;
    assert_eq!(statuses, [200, 429]);
    number(&last, "retry-after")
}

#[actix_web::test]
async fn a_large_body_costs_more_with_redis() {
    let test = TestDatabase::create().await;
    let world = World::new(Role::Manager);
    for (burst, wait) in [(300, 200..=214), (10, 9..=10)] {
        let state = state(&world, test.db.clone(), test.redis.clone()).await;
        assert!(wait.contains(&assert_large_bodies_cost_more(state, burst).await));
    }
}

#[actix_web::test]
async fn a_large_body_costs_more_while_redis_is_away() {
    let world = World::new(Role::Manager);
    for (burst, wait) in [(300, 200..=214), (10, 9..=10)] {
        let state = lonely_state(&world).await;
        assert!(wait.contains(&assert_large_bodies_cost_more(state, burst).await));
    }
}

#[actix_web::test]
async fn sign_in_is_limited_more_strictly() {
    let mut state = lonely_state(&World::new(Role::Manager)).await;
    state.rate_limits.credentials = Limit::new(2, 1);
    let (statuses, _) = burst(state, 3, || TestRequest::post().uri("/api/v1/auth/login")).await;
    assert_eq!(statuses, [200, 200, 429]);
}

#[actix_web::test]
async fn a_person_is_limited_wherever_they_come_from() {
    let mut state = lonely_state(&World::new(Role::Manager)).await;
    state.rate_limits.user = Limit::new(2, 1);
    let signed = || {
        TestRequest::get()
            .uri("/api/v1/members")
            .insert_header(("authorization", format!("Bearer {TOKEN}")))
    };
    let (statuses, last) = burst(state, 3, signed).await;
    assert_eq!(statuses, [200, 200, 429]);
    assert_eq!(number(&last, "ratelimit-limit"), 2);
}
