//! The Prometheus recorder and the page that is scraped, on the internal port only.

use actix_web::{HttpResponse, get, web};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use metrics_process::Collector;
use platform_kernel::{Error, Result};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// From half a millisecond to half a minute: the promised 50 ms and 200 ms are bounds of buckets.
const SECONDS: &[f64] = &[
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0,
];

/// Whatever is not a time is a number of things. Without bounds of its own a histogram would be
/// rendered as quantiles, which cannot be added over processes.
const COUNTS: &[f64] = &[
    1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1_000.0,
];

static INSTALLED: Mutex<Option<PrometheusHandle>> = Mutex::new(None);

/// Makes Prometheus the process's recorder; later calls give the same handle.
pub fn install() -> Result<PrometheusHandle> {
    let mut installed = INSTALLED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(handle) = &*installed {
        return Ok(handle.clone());
    }
    let handle = builder()?.install_recorder().map_err(Error::internal)?;
    Ok(installed.insert(handle).clone())
}

fn builder() -> Result<PrometheusBuilder> {
    PrometheusBuilder::new()
        .set_buckets(COUNTS)
        .and_then(|builder| {
            builder.set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), SECONDS)
        })
        .map_err(Error::internal)
}

/// Adds `/metrics`; the app must hold `web::Data<PrometheusHandle>`.
pub fn configure(config: &mut web::ServiceConfig) {
    config.service(get_metrics);
}

#[get("/metrics")]
async fn get_metrics(handle: web::Data<PrometheusHandle>) -> HttpResponse {
    Collector::default().collect();
    handle.run_upkeep();
    HttpResponse::Ok()
        .content_type("text/plain; version=0.0.4; charset=utf-8")
        .body(handle.render())
}

/// Counts a request that was answered. The status is the counter's alone: each label of the
/// histogram multiplies by its buckets, so that has the status's class.
pub(crate) fn record_request(method: &'static str, route: &str, status: u16, elapsed: Duration) {
    let route = route.to_owned();
    let counted = [
        ("method", method.to_owned()),
        ("route", route.clone()),
        ("status", status.to_string()),
    ];
    metrics::counter!("auterity_http_requests_total", &counted).increment(1);
    let timed = [
        ("method", method.to_owned()),
        ("route", route),
        ("class", class(status).to_owned()),
    ];
    metrics::histogram!("auterity_http_request_duration_seconds", &timed)
        .record(elapsed.as_secs_f64());
}

const fn class(status: u16) -> &'static str {
    match status {
        100..200 => "1xx",
        200..300 => "2xx",
        300..400 => "3xx",
        400..500 => "4xx",
        _ => "5xx",
    }
}

/// Tells the process's recorder what this crate's metrics and the process's own say.
pub fn describe() {
    use metrics::{describe_counter, describe_gauge, describe_histogram};
    Collector::default().describe();
    describe_counter!("auterity_http_requests_total", "Requests answered");
    describe_histogram!(
        "auterity_http_request_duration_seconds",
        "Time from request to response head"
    );
    describe_gauge!("auterity_http_requests_in_flight", "Requests being served");
    describe_counter!(
        "auterity_http_rate_limited_total",
        "Requests refused by a rate limit"
    );
    describe_gauge!("auterity_socket_connections", "Open WebSockets");
    describe_counter!(
        "auterity_socket_slow_clients_total",
        "WebSockets closed because their client read too slowly"
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rendered(record: impl FnOnce()) -> String {
        let recorder = builder().unwrap().build_recorder();
        metrics::with_local_recorder(&recorder, record);
        recorder.handle().render()
    }

    #[test]
    fn no_histogram_is_rendered_as_quantiles_whatever_its_name() {
        let page = rendered(|| {
            metrics::histogram!("auterity_engine_batch_commits").record(7.0);
            metrics::histogram!("auterity_anything").record(7.0);
            metrics::histogram!("auterity_engine_turn_seconds").record(0.04);
        });
        assert!(!page.contains(" summary"), "{page}");
        assert!(
            page.contains("auterity_engine_batch_commits_bucket{le=\"10\"} 1"),
            "{page}"
        );
        assert!(
            page.contains("auterity_engine_turn_seconds_bucket{le=\"0.05\"} 1"),
            "{page}"
        );
    }

    #[test]
    fn the_status_multiplies_the_counter_and_not_the_histogram() {
        let page = rendered(|| {
            for status in [400, 401, 404, 422] {
                record_request("GET", "/x", status, Duration::from_millis(1));
            }
        });
        let lines = |start: &str| page.lines().filter(|line| line.starts_with(start)).count();
        assert_eq!(lines("auterity_http_requests_total{"), 4, "{page}");
        assert_eq!(
            lines("auterity_http_request_duration_seconds_count{"),
            1,
            "{page}"
        );
        assert!(page.contains("class=\"4xx\""), "{page}");
    }
}
