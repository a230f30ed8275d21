//! A dealership that is shut out, and let in again.

use serde_json::json;
use std::time::{Duration, Instant};
use tests::{Person, TestApp};

/// Somebody who runs the platform.
async fn super_admin(app: &TestApp) -> Person {
    let email = "root@platform.example";
    app.make_super_admin(email).await;
    let body = json!({ "tenant": "platform", "email": email, "password": Person::PASSWORD, "token_delivery": "body" });
    let session = app
        .anyone()
        .post("/api/v1/auth/login", &body)
        .await
        .assert(200);
    assert_eq!(session.body["role"], "super_admin");
    Person::signed_in(app, &session.body, email)
}

#[tokio::test]
async fn suspending_is_in_force_within_a_second_and_reactivating_undoes_it() {
    let app = TestApp::start().await;
    let acme = app.group("Acme Motors").await;
    let birch = app.group("Birch Cars").await;
    let (_, hook) = acme
        .admin
        .publish_template("answer-internet-lead", json!({}))
        .await;
    let root = super_admin(&app).await;
    let tenants = root.get("/api/v1/admin/tenants").await.assert(200);
    assert_eq!(tenants.items().len(), 2);

    let path = |action: &str| format!("/api/v1/admin/tenants/{}/{action}", acme.tenant_id);
    let suspended = Instant::now();
    root.post(&path("suspend"), &json!({ "reason": "unpaid" }))
        .await
        .assert(200);
    tests::eventually("the dealership being shut out", || async {
        let answer = acme.admin.get("/api/v1/leads").await;
        [401, 403].contains(&answer.status).then_some(())
    })
    .await;
    assert!(
        suspended.elapsed() < Duration::from_secs(1),
        "it took {:?}",
        suspended.elapsed()
    );
    let lead = crate::lead("Pat", "pat@buyer.example", "1HGCM82633A004352");
    app.anyone()
        .post_adf(&hook, &lead)
        .await
        .assert_problem(403, "tenant_suspended");
    birch.admin.get("/api/v1/leads").await.assert(200);

    // The database refuses as well, once the job has run.
    let sql = format!(
        "SELECT has_schema_privilege('t_{0}', 't_{0}', 'USAGE')",
        platform_kernel::tenant::encode_id(acme.tenant_id)
    );
    tests::eventually("the database rights being taken", || async {
        (!app.query_bool(&sql).await).then_some(())
    })
    .await;

    root.post(&path("reactivate"), &json!({})).await.assert(200);
    tests::eventually("the database rights being given back", || async {
        app.query_bool(&sql).await.then_some(())
    })
    .await;
    let login =
        json!({ "tenant": acme.slug, "email": acme.admin.email, "password": Person::PASSWORD });
    let session = app
        .anyone()
        .post("/api/v1/auth/login", &login)
        .await
        .assert(200);
    let admin = acme.admin.with_token(&session.text_of("/access_token"));
    admin.get("/api/v1/leads").await.assert(200);
    let audit = tests::eventually("the deed being in the dealership's log", || async {
        let audit = admin.get("/api/v1/audit-events").await.assert(200);
        let actions: Vec<_> = audit
            .items()
            .iter()
            .map(|e| e["action"].as_str().unwrap().to_owned())
            .collect();
        actions
            .contains(&"tenant.reactivated".to_owned())
            .then_some(actions)
    })
    .await;
    assert!(audit.contains(&"tenant.suspended".to_owned()), "{audit:?}");
}
