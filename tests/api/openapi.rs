//! The document that clients are generated from.

use tests::TestApp;

/// What the API is must not change by accident. After a wanted change:
/// `cargo run -p platform-server -- openapi > docs/openapi.json`, and `npm run generate:api` in `web/`.
#[test]
fn the_committed_document_is_what_the_code_gives() {
    let current = serde_json::to_value(platform_server::routes::openapi()).unwrap();
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/openapi.json");
    let committed = std::fs::read_to_string(path).unwrap_or_default();
    let committed: serde_json::Value = serde_json::from_str(&committed).unwrap_or_default();
    assert!(
        current == committed,
        "docs/openapi.json is stale: `cargo run -p platform-server -- openapi > docs/openapi.json`"
    );
}

#[tokio::test]
async fn the_document_and_its_pages_are_served() {
    let app = TestApp::start().await;
    let document = app.anyone().get("/api/openapi.json").await.assert(200);
    assert!(
        document.body["openapi"]
            .as_str()
            .unwrap()
            .starts_with("3.1")
    );
    let docs = app.anyone().get("/api/docs/").await.assert(200);
    assert!(docs.text.contains("swagger"), "{}", docs.text);
    let keys = app.anyone().get("/.well-known/jwks.json").await.assert(200);
    let key = &keys.body["keys"][0];
    assert_eq!(
        (key["kty"].as_str(), key["alg"].as_str()),
        (Some("RSA"), Some("RS256"))
    );
    assert!(
        key.get("d").is_none(),
        "the private part is nobody's business"
    );
    let health = app.anyone().get("/health/ready").await.assert(200);
    assert_eq!(health.body["status"], "ok");
}
