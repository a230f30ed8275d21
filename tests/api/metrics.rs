//! What operators see on the internal port.

use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use tests::{TestApp, eventually};

async fn scrape(app: &TestApp) -> String {
    let url = format!("{}/metrics", app.internal_url);
    app.http
        .get(url)
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap()
}

fn value(page: &str, series: &str) -> Option<f64> {
    let rest = page.lines().find_map(|line| line.strip_prefix(series))?;
    rest.trim().parse().ok()
}

/// A latency of claims goes silent exactly when nobody claims.
#[tokio::test]
async fn work_that_waits_shows_with_its_age_when_no_worker_is_left() {
    let app = TestApp::start_serving_only().await;
    app.database
        .run_as_owner(
            "INSERT INTO control.jobs (kind, key, tenant_id, lane, run_at, dead_at) \
             SELECT 'execution', n::text, gen_random_uuid(), 1, now() - interval '90 s', \
                CASE WHEN n > 30 THEN now() END FROM generate_series(1, 32) AS n",
        )
        .await;
    eventually("30 waiting jobs on the page", || async {
        let page = scrape(&app).await;
        let ready = value(&page, "auterity_queue_ready{lane=\"event\"}")?;
        let oldest = value(&page, "auterity_queue_oldest_seconds{lane=\"event\"}")?;
        let idle = value(&page, "auterity_queue_ready{lane=\"schedule\"}")?;
        let none = value(&page, "auterity_queue_oldest_seconds{lane=\"schedule\"}")?;
        let right = ready == 30.0 && (90.0..150.0).contains(&oldest) && (idle, none) == (0.0, 0.0);
        right.then_some(())
    })
    .await;
}

/// The rows of `docs/metrics.md`: name → (type, labels).
fn listed() -> BTreeMap<String, (String, BTreeSet<String>)> {
    let rows = include_str!("../../docs/metrics.md").lines();
    let cells = |row: &str| -> Vec<String> {
        let cells = row.trim_matches('|').split(" | ");
        cells.map(|cell| cell.trim().replace('`', "")).collect()
    };
    rows.filter(|row| row.starts_with("| `"))
        .map(|row| {
            let cells = cells(row);
            let labels = cells[2].split(", ").filter(|label| !label.is_empty());
            let rest = (cells[1].clone(), labels.map(str::to_owned).collect());
            (cells[0].clone(), rest)
        })
        .collect()
}

/// The names of a series' labels, without the bounds of buckets.
fn labels(series: &str) -> BTreeSet<String> {
    let inside = series.split_once('{').map_or("", |(_, rest)| rest);
    inside
        .split("\",")
        .filter_map(|pair| pair.split_once("=\""))
        .map(|(name, _)| name.to_owned())
        .filter(|name| name != "le")
        .collect()
}

/// A label more multiplies what is stored, and a metric without a row is in no alert.
#[tokio::test]
async fn every_series_of_a_busy_server_is_in_the_list_with_its_type_and_labels() {
    let app = TestApp::start().await;
    let acme = app.group("Acme Motors").await;
    let (_, hook) = acme
        .admin
        .publish_template("answer-internet-lead", json!({}))
        .await;
    let lead = crate::lead("Pat", "pat@buyer.example", "1HGCM82633A004352");
    app.anyone().post_adf(&hook, &lead).await.assert(202);
    let page = eventually("the run's end and a look at the queue", || async {
        let page = scrape(&app).await;
        let ended = page.contains("auterity_engine_executions_ended_total");
        (ended && page.contains("auterity_queue_ready")).then_some(page)
    })
    .await;
    let listed = listed();
    let (mut types, mut wrong) = (BTreeMap::new(), BTreeSet::new());
    for line in page.lines() {
        if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, type_) = rest.split_once(' ').unwrap();
            types.insert(name.to_owned(), type_.to_owned());
            match listed.get(name) {
                Some((known, _)) if known == type_ => {}
                _ => drop(wrong.insert(format!("{name} is a {type_}"))),
            }
        } else if !line.starts_with('#') && !line.is_empty() {
            let name = line.split(['{', ' ']).next().unwrap();
            let base = ["_bucket", "_sum", "_count"].iter().find_map(|end| {
                let base = name.strip_suffix(end)?;
                types.contains_key(base).then_some(base)
            });
            let name = base.unwrap_or(name);
            let known = listed.get(name).map(|(_, labels)| labels.clone());
            if known.unwrap_or_default() != labels(line) {
                wrong.insert(format!("{name} has the labels {:?}", labels(line)));
            }
        }
    }
    assert!(wrong.is_empty(), "not as docs/metrics.md says: {wrong:#?}");
    for name in [
        "process_resident_memory_bytes",
        "auterity_build_info",
        "auterity_db_connections",
        "auterity_db_wait_seconds",
        "auterity_outbound_requests_total",
        "auterity_outbound_duration_seconds",
        "auterity_ai_tokens_total",
        "auterity_engine_batch_commits",
    ] {
        assert!(types.contains_key(name), "{name} is not on the page");
    }
}

#[tokio::test]
async fn the_internal_port_tells_which_build_it_is_and_the_public_one_does_not() {
    let app = TestApp::start_serving_only().await;
    let url = format!("{}/version", app.internal_url);
    let build: Value = app
        .http
        .get(url)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(build["version"], env!("CARGO_PKG_VERSION"));
    assert!(build["revision"].is_string());
    assert!(build["schema"]["control"].as_i64() >= Some(8), "{build}");
    app.anyone().get("/version").await.assert(404);
}
