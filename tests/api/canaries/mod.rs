//! Secrets that were given out or sent in are found nowhere in the clear: not in the log (at debug
//! level, as production writes it), not in a problem document's `instance`, not in a metric, and in
//! no column of any table.

mod flows;
mod places;

use places::Log;
use std::sync::Mutex;
use tests::{Answer, TestApp};

/// What must not be found, and where answers said they were.
#[derive(Default)]
struct Canaries {
    planted: Mutex<Vec<(&'static str, String)>>,
    instances: Mutex<Vec<String>>,
}

impl Canaries {
    /// From here on `secret` is looked for. Of a token with parts the last is the secret one.
    fn plant(&self, name: &'static str, secret: &str) {
        let secret = match secret.split_once('_') {
            Some(("h" | "a", rest)) => rest.split_once('_').map_or(rest, |(_, last)| last),
            _ => secret,
        };
        assert!(secret.len() >= 16, "{name} is too short to be looked for");
        self.planted.lock().unwrap().push((name, secret.to_owned()));
    }

    /// Keeps what an answer says of its place.
    fn note(&self, answer: Answer) -> Answer {
        if let Some(instance) = answer.body["instance"].as_str() {
            self.instances.lock().unwrap().push(instance.to_owned());
        }
        answer
    }

    fn all(&self) -> Vec<(&'static str, String)> {
        self.planted.lock().unwrap().clone()
    }

    /// Fails with all that were found and what stands before each. Bytes that are logged as a
    /// list of numbers count too.
    fn assert_not_in(&self, place: &str, text: &str) {
        let found = self.all().into_iter().filter_map(|(name, secret)| {
            let bytes = format!("{:?}", secret.as_bytes());
            let at = text
                .find(&secret)
                .or_else(|| text.find(bytes.trim_matches(['[', ']'])))?;
            let from = text.floor_char_boundary(at.saturating_sub(300));
            Some(format!("the {name}, after {}", &text[from..at]))
        });
        let found: Vec<String> = found.collect();
        assert!(found.is_empty(), "in {place}:\n{}", found.join("\n\n"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn secrets_are_in_no_log_no_instance_no_metric_and_no_table() {
    let log = Log::start();
    let app = TestApp::start().await;
    let canaries = Canaries::default();
    let acme = flows::accounts(&app, &canaries).await;
    let (webhook, approval) = flows::hooks_and_links(&app, &acme, &canaries).await;
    flows::strangers(&app, &canaries, &webhook, &approval).await;
    flows::idempotent(&acme, &canaries).await;
    flows::without_database(&app, &acme, &canaries, &webhook, &approval).await;

    let all = canaries.all();
    assert!(all.len() > 15, "only {} were planted", all.len());
    let schema = app.schema_of(&acme);
    places::assert_in_no_table(&app, &["control", &schema], &all).await;
    let instances = canaries.instances.lock().unwrap().join("\n");
    assert!(instances.contains("/hooks/{key}"), "{instances}");
    canaries.assert_not_in("an instance", &instances);
    let metrics = app.http.get(format!("{}/metrics", app.internal_url));
    let metrics = metrics.send().await.unwrap().text().await.unwrap();
    assert!(metrics.contains("auterity_http_requests_total"));
    canaries.assert_not_in("the metrics", &metrics);
    let log = log.text();
    for written in ["\"http.route\":\"/hooks/{key}\"", "DEBUG", "request failed"] {
        assert!(log.contains(written), "the log has no {written}");
    }
    canaries.assert_not_in("the log", &log);
}

/// Paths stand in proxies' logs, histories and referrers, whatever ours does.
#[test]
fn no_path_has_a_secret_in_it_but_the_address_of_a_hook() {
    const NO_IDS: [&str; 5] = [
        // The secret that senders post to; it can be rotated.
        "/hooks/{key}",
        // Names of a template, a trigger and an effect.
        "/api/v1/templates/{id}",
        "/api/v1/templates/{id}/instantiate",
        "/api/v1/workflows/{id}/triggers/{trigger_id}/rotate",
        "/api/v1/executions/{id}/effects/{key}/settle",
    ];
    let document = serde_json::to_value(platform_server::routes::openapi()).unwrap();
    let mut others = std::collections::BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        let operations = item.as_object().unwrap().values();
        let parameters = operations.filter_map(|operation| operation["parameters"].as_array());
        let in_path = parameters.flatten().filter(|p| p["in"] == "path");
        let is_id = |parameter: &serde_json::Value| {
            let schema = &parameter["schema"];
            let id = schema["$ref"].as_str().is_some_and(|of| of.ends_with("Id"));
            id || schema["type"] == "integer"
        };
        if in_path.clone().any(|parameter| !is_id(parameter)) {
            others.insert(path.as_str());
        }
    }
    assert_eq!(others, NO_IDS.into());
}
