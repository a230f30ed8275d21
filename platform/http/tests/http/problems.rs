use crate::support::{TOKEN, World, app, lonely_state};
use actix_web::test::{TestRequest, call_service, init_service, read_body_json};
use actix_web::{HttpResponse, get, post, web};
use platform_http::openapi::{Operations, base_document};
use platform_http::{ApiResult, Authorized, Problem, Query, ValidJson, Validate};
use platform_kernel::error::FieldError;
use platform_kernel::id::WorkflowId;
use platform_kernel::{Error, ErrorCode};
use policies::Role;
use policies::markers::{MembersManage, MembersRead};
use utoipa::openapi::{HttpMethod, PathItem};

#[derive(serde::Deserialize, Debug)]
#[serde(deny_unknown_fields)]
struct Body {
    email: String,
}

impl Validate for Body {
    fn validate(&self) -> Vec<FieldError> {
        let mut faults = Vec::new();
        platform_http::body::check_text(&mut faults, "/email", &self.email, 10);
        faults
    }
}

#[derive(serde::Deserialize)]
struct ThingQuery {
    limit: Option<u8>,
}

#[get("/api/v1/things/{id}")]
async fn get_thing(id: web::Path<WorkflowId>, query: Query<ThingQuery>) -> String {
    format!("{} {:?}", id.0, query.limit)
}

#[post("/api/v1/things")]
async fn create_thing(body: ValidJson<Body>) -> HttpResponse {
    HttpResponse::Created().body(body.0.email)
}

#[get("/api/v1/broken")]
async fn broken() -> ApiResult<HttpResponse> {
    Err(Error::internal("the secret cause").into())
}

#[get("/api/v1/readable")]
async fn readable(_auth: Authorized<MembersRead>) -> HttpResponse {
    HttpResponse::Ok().finish()
}

#[get("/api/v1/manageable")]
async fn manageable(_auth: Authorized<MembersManage>) -> HttpResponse {
    HttpResponse::Ok().finish()
}

fn routes(config: &mut web::ServiceConfig) {
    let mut document = base_document("1");
    let operation = utoipa::openapi::path::Operation::new();
    let path = PathItem::new(HttpMethod::Post, operation);
    document
        .paths
        .paths
        .insert("/api/v1/things".to_owned(), path);
    config
        .app_data(web::Data::new(Operations::of(&document)))
        .service(get_thing)
        .service(create_thing)
        .service(broken)
        .service(readable)
        .service(manageable);
}

/// Status, `Allow`, and the problem document.
async fn problem(world_role: Role, request: TestRequest) -> (u16, Option<String>, Problem) {
    let world = World::new(world_role);
    let app = init_service(app!(lonely_state(&world).await, routes)).await;
    let request = request.insert_header(("x-request-id", "request-0001"));
    let response = call_service(&app, request.to_request()).await;
    let status = response.status().as_u16();
    let headers = response.headers();
    assert_eq!(
        headers.get("content-type").unwrap(),
        "application/problem+json"
    );
    assert_eq!(headers.get("x-request-id").unwrap(), "caller.request-0001");
    let allow = headers.get("allow");
    let allow = allow.map(|allow| allow.to_str().unwrap().to_owned());
    let problem: Problem = read_body_json(response).await;
    assert_eq!(problem.request_id, "caller.request-0001");
    assert_eq!(problem.status, status);
    (status, allow, problem)
}

#[actix_web::test]
async fn a_faulty_field_is_named_by_its_pointer() {
    let request = TestRequest::post().uri("/api/v1/things");
    let request = request.set_json(serde_json::json!({"email": ""}));
    let (status, _, problem) = problem(Role::User, request).await;
    assert_eq!((status, problem.code.as_str()), (422, "validation_failed"));
    assert_eq!(problem.instance.as_deref(), Some("/api/v1/things"));
    assert_eq!(problem.errors[0].pointer, "/email");
}

#[actix_web::test]
async fn the_faults_of_a_large_body_have_a_place_too() {
    let body = serde_json::json!({"email": "a".repeat(100_000)});
    let request = TestRequest::post().uri("/api/v1/things").set_json(body);
    let (status, _, refused) = problem(Role::User, request).await;
    assert_eq!(
        (status, refused.errors[0].pointer.as_str()),
        (422, "/email")
    );
}

#[actix_web::test]
async fn unknown_paths_and_ids_are_not_found() {
    for uri in ["/api/v1/nowhere", "/api/v1/things/not-an-id"] {
        let (status, _, problem) = problem(Role::User, TestRequest::get().uri(uri)).await;
        assert_eq!((status, problem.code.as_str()), (404, "not_found"), "{uri}");
    }
}

/// Paths may hold secrets, and problem documents are passed on.
#[actix_web::test]
async fn the_instance_shows_ids_and_no_other_part_of_a_path() {
    let id = WorkflowId::new();
    for (uri, instance) in [
        ("/api/v1/things/not-an-id", Some("/api/v1/things/{id}")),
        ("/api/v1/secret-of-a-link", None),
        (
            &format!("/api/v1/things/{id}?limit=many"),
            Some(format!("/api/v1/things/{id}").as_str()),
        ),
    ] {
        let (_, _, problem) = problem(Role::User, TestRequest::get().uri(uri)).await;
        assert_eq!(problem.instance.as_deref(), instance, "{uri}");
    }
}

#[actix_web::test]
async fn a_known_path_with_another_method_says_which_are_allowed() {
    let request = TestRequest::delete().uri("/api/v1/things");
    let (status, allow, problem) = problem(Role::User, request).await;
    assert_eq!((status, problem.code.as_str()), (405, "method_not_allowed"));
    assert_eq!(allow.as_deref(), Some("POST"));
}

#[actix_web::test]
async fn a_query_that_cannot_be_read_names_the_parameter() {
    let uri = format!("/api/v1/things/{}?limit=many", WorkflowId::new());
    let (status, _, problem) = problem(Role::User, TestRequest::get().uri(&uri)).await;
    assert_eq!((status, problem.code.as_str()), (400, "bad_request"));
    assert_eq!(problem.errors[0].pointer, "/limit");
}

#[actix_web::test]
async fn an_error_of_ours_tells_no_cause() {
    let (status, _, problem) = problem(Role::User, TestRequest::get().uri("/api/v1/broken")).await;
    assert_eq!((status, problem.code.as_str()), (500, "internal"));
    assert!(!format!("{problem:?}").contains("secret"));
}

#[actix_web::test]
async fn rights_are_asked_for_in_the_right_order() {
    let bearer = ("authorization", format!("Bearer {TOKEN}"));
    let get = || TestRequest::get().uri("/api/v1/manageable");
    let (status, _, unsigned) = problem(Role::Manager, get()).await;
    assert_eq!((status, unsigned.code.as_str()), (401, "unauthenticated"));
    let signed = get().insert_header(bearer.clone());
    let (status, _, refused) = problem(Role::Manager, signed).await;
    assert_eq!((status, refused.code.as_str()), (403, "forbidden"));
    let elsewhere = get()
        .insert_header(bearer)
        .insert_header(("host", "other.localhost"));
    let (status, _, unknown) = problem(Role::Manager, elsewhere).await;
    assert_eq!((status, unknown.code.as_str()), (404, "tenant_not_found"));
}

#[actix_web::test]
async fn a_suspended_dealership_is_told_so() {
    let world = World::new(Role::Manager);
    world.suspend();
    let app = init_service(app!(lonely_state(&world).await, routes)).await;
    let request = TestRequest::get()
        .uri("/api/v1/readable")
        .insert_header(("authorization", format!("Bearer {TOKEN}")));
    let problem: Problem = read_body_json(call_service(&app, request.to_request()).await).await;
    assert_eq!(problem.code, ErrorCode::TenantSuspended.as_str());
}

#[actix_web::test]
async fn every_problem_type_resolves_to_its_explanation() {
    let world = World::new(Role::User);
    let configure = platform_http::openapi::configure;
    let app = init_service(app!(lonely_state(&world).await, configure)).await;
    for code in ErrorCode::ALL {
        let uri = format!("/problems/{}", code.as_str());
        let response = call_service(&app, TestRequest::get().uri(&uri).to_request()).await;
        assert_eq!(response.status(), 200, "{uri}");
    }
}
