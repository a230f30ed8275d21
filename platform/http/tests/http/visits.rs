use crate::support::{TOKEN, World, app, state};
use actix_web::test::{TestRequest, call_service, init_service};
use actix_web::{HttpResponse, get, web};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use platform_db::schema::tenant::audit_events;
use platform_http::Authorized;
use platform_testkit::TestDatabase;
use policies::Role;
use policies::markers::LeadsRead;

#[get("/api/v1/things")]
async fn list_things(_auth: Authorized<LeadsRead>) -> HttpResponse {
    HttpResponse::Ok().finish()
}

fn routes(config: &mut web::ServiceConfig) {
    config.service(list_things);
}

/// Actions in the dealership's log, with who did them.
async fn noted(test: &TestDatabase, world: &World) -> Vec<(String, Option<String>)> {
    let tenant = world.tenant.lock().unwrap().clone();
    let mut tx = test.db.tenant(&tenant).await.unwrap();
    audit_events::table
        .select((audit_events::action, audit_events::actor_role))
        .load(tx.conn())
        .await
        .unwrap()
}

#[actix_web::test]
async fn a_super_admins_visit_is_in_the_dealerships_own_log_once() {
    let test = TestDatabase::create().await;
    let world = World::new(Role::SuperAdmin);
    let tenant = test.tenant("Acme").await;
    let host = format!("{}.localhost", tenant.slug);
    *world.tenant.lock().unwrap() = tenant;
    world.principal.lock().unwrap().as_mut().unwrap().tenant_id = None;
    let state = state(&world, test.db.clone(), test.redis.clone()).await;
    let app = init_service(app!(state, routes)).await;
    for _ in 0..3 {
        let request = TestRequest::get()
            .uri("/api/v1/things")
            .insert_header(("host", host.clone()))
            .insert_header(("authorization", format!("Bearer {TOKEN}")));
        assert_eq!(call_service(&app, request.to_request()).await.status(), 200);
    }
    let visit = ("tenant.visited".to_owned(), Some("super_admin".to_owned()));
    assert_eq!(noted(&test, &world).await, [visit]);
}
