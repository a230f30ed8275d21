//! Deliveries that must be signed, and senders who wait for the result.

use crate::support::{dealership, one_step};
use hmac::{Hmac, KeyInit, Mac};
use policies::Role;
use serde_json::{Value, json};
use sha2::Sha256;

fn sign(secret: &str, body: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(body.as_bytes());
    format!(
        "sha256={}",
        data_encoding::HEXLOWER.encode(&mac.finalize().into_bytes())
    )
}

#[actix_web::test]
async fn only_signed_deliveries_start_runs_and_the_secret_is_never_shown() {
    let acme = dealership().await;
    let config = json!({"signature": {"scheme": "github", "secret": "three blue kayaks"}});
    let definition = one_step("webhook", config);
    let (id, url) = acme.published(definition.clone()).await;
    let body = r#"{"n": 1}"#;
    let signature = sign("three blue kayaks", body);
    let signed = [("X-Hub-Signature-256", signature.as_str())];
    acme.deliver(&url, &signed, body).await.is(202);
    for (headers, body) in [
        (vec![], body),
        (
            vec![("X-Hub-Signature-256", signature.as_str())],
            r#"{"n": 2}"#,
        ),
        (vec![("X-Hub-Signature-256", "sha256=00")], body),
    ] {
        let problem = acme.deliver(&url, &headers, body).await.problem(401);
        assert_eq!(problem, "signature_invalid");
    }
    assert_eq!(acme.count("workflow_executions").await, 1);

    let path = format!("/api/v1/workflows/{id}");
    let view = acme.get(Role::Manager, &path).await.is(200);
    let version = acme
        .get(Role::Manager, &format!("{path}/versions/1"))
        .await
        .is(200);
    for shown in [&view["draft"], &version["definition"]] {
        let secret = shown["triggers"][0]["config"]["signature"]["secret"]
            .as_str()
            .unwrap();
        assert!(secret.starts_with("secret:"), "{secret}");
    }
    let everywhere = "(SELECT draft::text AS t FROM workflows UNION ALL SELECT definition::text FROM workflow_versions \
        UNION ALL SELECT config::text FROM workflow_triggers UNION ALL SELECT data::text FROM audit_events \
        UNION ALL SELECT encode(sealed, 'escape') FROM trigger_secrets) AS s WHERE t LIKE '%kayaks%'";
    assert_eq!(acme.count(everywhere).await, 0);

    // Saved with its reference or with the same secret again, nothing changes.
    for definition in [view["draft"].clone(), definition] {
        let saved = acme
            .put(
                Role::Manager,
                &format!("{path}/draft"),
                json!({"definition": definition}),
            )
            .await;
        assert_eq!(saved.is(200)["draft_revision"], view["draft_revision"]);
    }
    assert_eq!(acme.count("trigger_secrets").await, 1);
    acme.deliver(&url, &signed, body).await.is(202);
}

#[actix_web::test]
async fn a_reference_from_elsewhere_is_asked_for_again() {
    let acme = dealership().await;
    let secret = "secret:0190a000-0000-7000-8000-000000000000";
    let config = json!({"signature": {"scheme": "github", "secret": secret}});
    let body = json!({"name": "Copy", "definition": one_step("webhook", config)});
    let made = acme
        .post(Role::Manager, "/api/v1/workflows", body)
        .await
        .is(201);
    let path = format!("/api/v1/workflows/{}/publish", made["id"].as_str().unwrap());
    let problem = acme.post(Role::Manager, &path, json!({})).await.is(422);
    let pointer = problem["errors"][0]["pointer"].as_str().unwrap();
    assert!(
        pointer.starts_with("/triggers/0/config/signature"),
        "{problem}"
    );
}

#[actix_web::test]
async fn a_sender_who_waits_is_told_the_result() {
    let acme = dealership().await;
    let respond = json!({"respond": {"mode": "result", "timeout_seconds": 20}});
    let (_, url) = acme.published(one_step("webhook", respond)).await;
    let (stop, running) = acme.worker();
    let answer = acme.deliver(&url, &[], r#"{"name": "Pat"}"#).await.is(200);
    assert_eq!(answer["status"], "succeeded");
    assert_eq!(
        answer["output"]["shape"]["seen"]["name"]
            .as_str()
            .or(answer["output"]["seen"]["name"].as_str()),
        Some("Pat"),
        "{answer:#}"
    );
    let again = acme.deliver(&url, &[], r#"{"name": "Pat"}"#).await.is(200);
    assert_eq!(again["execution_id"], answer["execution_id"]);
    stop.cancel();
    running.await.unwrap().unwrap();
}

#[actix_web::test]
async fn a_run_that_takes_longer_is_told_by_its_id_and_goes_on() {
    let acme = dealership().await;
    let mut definition: Value = one_step(
        "webhook",
        json!({"respond": {"mode": "result", "timeout_seconds": 1}}),
    );
    definition["steps"][0] =
        json!({"id": "shape", "type": "wait", "name": "Wait", "config": {"duration_seconds": 600}});
    let (_, url) = acme.published(definition).await;
    let (stop, running) = acme.worker();
    let answer = acme.deliver(&url, &[], r#"{"name": "Pat"}"#).await.is(202);
    stop.cancel();
    running.await.unwrap().unwrap();
    assert!(answer["execution_id"].is_string());
    assert_eq!(
        acme.count("workflow_executions WHERE status = 'waiting'")
            .await,
        1
    );
}
