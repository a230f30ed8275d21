//! The Prometheus recorder and the page that is scraped, on the internal port only.

use actix_web::{HttpResponse, get, web};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use platform_kernel::{Error, Result};
use std::sync::{Mutex, PoisonError};

/// From half a millisecond to half a minute: the promised 50 ms and 200 ms are bounds of buckets.
const SECONDS: &[f64] = &[
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0,
];

static INSTALLED: Mutex<Option<PrometheusHandle>> = Mutex::new(None);

/// Makes Prometheus the process's recorder; later calls give the same handle.
pub fn install() -> Result<PrometheusHandle> {
    let mut installed = INSTALLED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(handle) = &*installed {
        return Ok(handle.clone());
    }
    let handle = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), SECONDS)
        .map_err(Error::internal)?
        .install_recorder()
        .map_err(Error::internal)?;
    describe();
    Ok(installed.insert(handle).clone())
}

/// Adds `/metrics`; the app must hold `web::Data<PrometheusHandle>`.
pub fn configure(config: &mut web::ServiceConfig) {
    config.service(get_metrics);
}

#[get("/metrics")]
async fn get_metrics(handle: web::Data<PrometheusHandle>) -> HttpResponse {
    handle.run_upkeep();
    HttpResponse::Ok()
        .content_type("text/plain; version=0.0.4; charset=utf-8")
        .body(handle.render())
}

fn describe() {
    use metrics::{describe_counter, describe_gauge, describe_histogram};
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
