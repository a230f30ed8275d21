//! The process's metrics: who describes them, and those that are looked up and not counted.

use metrics_exporter_prometheus::PrometheusHandle;
use platform_db::Database;
use platform_engine::jobs::depth;
use std::time::Duration;
use tokio::time::MissedTickBehavior;

/// How old a figure that was looked up may be at a scrape.
const REFRESH: Duration = Duration::from_secs(5);
/// Jobs that were given up are counted at every twelfth look, once a minute.
const RARELY: u64 = 12;

/// The process's recorder, with what each metric says.
pub(crate) fn install() -> anyhow::Result<PrometheusHandle> {
    let handle = platform_http::metrics::install()?;
    describe();
    crate::version::publish();
    Ok(handle)
}

fn describe() {
    platform_http::metrics::describe();
    platform_db::describe_metrics();
    platform_engine::metrics::describe();
    platform_identity::metrics::describe();
    tenants::provisioning::describe_metrics();
    platform_workflows::retention::describe_metrics();
    crate::outbound::describe_metrics();
    crate::version::describe_metrics();
}

/// Looks up what a scrape shows, so that scrapes cost the database nothing. Every role does: with
/// no worker left, the queue's figures come from those that serve.
pub(crate) async fn refresh(db: Database, handle: PrometheusHandle) {
    let mut tick = tokio::time::interval(REFRESH);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    for round in 0_u64.. {
        tick.tick().await;
        db.publish_pools();
        depth::publish_depths(&db).await;
        if round.is_multiple_of(RARELY) {
            depth::publish_given_up(&db).await;
        }
        // Values that histograms hold back until somebody scrapes would otherwise pile up.
        handle.run_upkeep();
    }
}

#[cfg(test)]
mod tests;
