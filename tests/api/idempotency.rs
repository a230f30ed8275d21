//! `Idempotency-Key`: which operations take one, and what is left of a request that had one.

use platform_http::middleware::CreatingOperations;
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use tests::{Answer, Person, TestApp};

/// POSTs that take no key, each with the reason. What creates something and answers no secret
/// belongs among those that do: name `IdempotencyKey` among its `params`.
const WITHOUT_A_KEY: [(&str, &[&str]); 4] = [
    (
        "its answer is a token or an address, which must lie in no table",
        &[
            "/api/v1/auth/login",
            "/api/v1/auth/refresh",
            "/api/v1/invitations/accept",
            "/api/v1/signup/verify",
            "/api/v1/socket-tickets",
            "/api/v1/workflows/{id}/triggers/{trigger_id}/rotate",
        ],
    ),
    (
        "it asks, and changes nothing",
        &[
            "/api/v1/approval-links/show",
            "/api/v1/expressions/evaluate",
            "/api/v1/invitations/show",
            "/api/v1/schedules/preview",
            "/api/v1/signup/show",
            "/api/v1/workflows/{id}/try",
            "/api/v1/workflows/{id}/try-step",
            "/api/v1/workflows/{id}/validate",
        ],
    ),
    (
        "it sets a state: the second time there is nothing left to do, or the answer says so",
        &[
            "/api/v1/admin/tenants/{id}/reactivate",
            "/api/v1/admin/tenants/{id}/suspend",
            "/api/v1/approval-links/decide",
            "/api/v1/approvals/{id}/assign",
            "/api/v1/approvals/{id}/claim",
            "/api/v1/approvals/{id}/decide",
            "/api/v1/approvals/{id}/release",
            "/api/v1/auth/logout",
            "/api/v1/auth/reset-password",
            "/api/v1/backtests/{id}/cancel",
            "/api/v1/bulk-replays/{id}/cancel",
            "/api/v1/executions/{id}/cancel",
            "/api/v1/executions/{id}/effects/{key}/settle",
            "/api/v1/executions/{id}/pause",
            "/api/v1/executions/{id}/resume",
            "/api/v1/notifications/read-all",
            "/api/v1/notifications/{id}/read",
            "/api/v1/template-rollouts/{id}/cancel",
            "/api/v1/template-rollouts/{id}/pause",
            "/api/v1/template-rollouts/{id}/resume",
            "/api/v1/workflows/{id}/archive",
            "/api/v1/workflows/{id}/template/upgrade",
            "/api/v1/workflows/{id}/unarchive",
        ],
    ),
    (
        "it counts or names its repetitions itself",
        &[
            "/api/v1/auth/forgotten-password",
            "/api/v1/signup/resend",
            "/hooks/{key}",
        ],
    ),
];

#[test]
fn every_post_takes_a_key_or_has_a_reason_not_to() {
    let document = platform_server::routes::openapi();
    let creating = CreatingOperations::of(&document);
    let keyed: BTreeSet<&str> = creating.iter().collect();
    let without = WITHOUT_A_KEY.iter().flat_map(|(_, paths)| paths.iter());
    let without: BTreeSet<&str> = without.copied().collect();
    let both: Vec<_> = keyed.intersection(&without).collect();
    assert!(both.is_empty(), "{both:?}");
    let listed: BTreeSet<&str> = keyed.union(&without).copied().collect();
    let paths = document.paths.paths.iter();
    let posts = paths.filter(|(_, item)| item.post.is_some());
    let posts: BTreeSet<&str> = posts.map(|(path, _)| path.as_str()).collect();
    let unlisted: Vec<_> = posts.symmetric_difference(&listed).collect();
    assert!(
        unlisted.is_empty(),
        "neither in one list nor the other: {unlisted:?}"
    );
}

async fn keyed(by: &Person, path: &str, key: &str, body: &Value) -> Answer {
    let request = by.request(Method::POST, path);
    by.send(request.header("Idempotency-Key", key).json(body))
        .await
}

#[tokio::test]
async fn a_dealerships_requests_are_repeated_and_lie_in_its_own_schema_alone() {
    let app = TestApp::start().await;
    let acme = app.group("Acme Motors").await;
    let body = json!({ "name": "Answer Pat Q. Customer" });
    let path = "/api/v1/workflows";
    let first = keyed(&acme.admin, path, "k1", &body).await.assert(201);
    let again = keyed(&acme.admin, path, "k1", &body).await.assert(201);
    assert_eq!(again.header("idempotent-replayed"), "true");
    assert_eq!(again.body, first.body);
    let other = keyed(&acme.admin, path, "k1", &json!({ "name": "x" })).await;
    other.assert_problem(422, "idempotency_mismatch");
    let list = acme.admin.get(path).await.assert(200);
    assert_eq!(list.items().len(), 1);
    let schema = app.schema_of(&acme);
    for (sql, what) in [
        (
            format!("SELECT count(*) = 1 FROM {schema}.idempotent_requests"),
            "the answer is kept in the dealership's schema",
        ),
        (
            "SELECT count(*) = 0 FROM control.idempotent_requests".to_owned(),
            "and not in the one that all share",
        ),
        (
            format!(
                "SELECT strpos(answer::text, encode('Customer', 'hex')) = 0 \
                 FROM {schema}.idempotent_requests"
            ),
            "nor in the clear",
        ),
    ] {
        assert!(app.query_bool(&sql).await, "{what}");
    }
}

/// The attack: a path with an encoded letter made answers with tokens lie in a table for a day.
#[tokio::test]
async fn no_spelling_of_a_path_makes_an_answer_with_tokens_be_kept() {
    let app = TestApp::start().await;
    let acme = app.group("Acme Motors").await;
    let anyone = app.anyone();
    let login = json!({
        "email": acme.admin.email, "tenant": acme.slug, "password": Person::PASSWORD,
        "token_delivery": "body",
    });
    for path in [
        "/api/v1/auth/login",
        "/api/v1/auth/%6cogin",
        "/api/v1/%61uth/login",
    ] {
        let request = || keyed(&anyone, path, "stolen", &login);
        let answers = [request().await, request().await];
        for answer in answers {
            assert_eq!(answer.header("idempotent-replayed"), "", "{path}");
        }
    }
    let schema = app.schema_of(&acme);
    for table in [
        "control.idempotent_requests",
        &format!("{schema}.idempotent_requests"),
    ] {
        let empty = format!("SELECT count(*) = 0 FROM {table}");
        assert!(app.query_bool(&empty).await, "{table}");
    }
}

/// Two strangers with one key, and what is left of a sign-up.
#[tokio::test]
async fn a_sign_up_under_a_key_is_repeated_and_tells_nothing() {
    let app = TestApp::start().await;
    let body = json!({
        "group_name": "Acme", "dealership_name": "Acme", "name": "Alex",
        "email": "alex@acme.example",
    });
    let first = keyed(&app.anyone(), "/api/v1/signup", "s1", &body).await;
    let first = first.assert(202);
    let again = keyed(&app.anyone(), "/api/v1/signup", "s1", &body).await;
    assert_eq!(again.header("idempotent-replayed"), "true");
    assert_eq!(again.body, first.body);
    app.mail.wait("alex@acme.example", 1).await;
    assert_eq!(app.mail.to("alex@acme.example").len(), 1);
    let clear = "SELECT count(*) = 1 FROM control.idempotent_requests AS r \
        WHERE strpos(r::text, encode('alex@', 'hex')) = 0 AND strpos(r::text, encode('127.0', 'hex')) = 0";
    assert!(app.query_bool(clear).await);
}
