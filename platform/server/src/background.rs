//! Tasks beside requests and jobs.

use crate::parts::Parts;
use crate::telemetry;
use platform_db::Database;
use platform_engine::LiveBus;
use platform_http::{Hub, middleware};
use platform_messaging::live::{for_sockets, topic_for_sockets};
use platform_workflows::retention;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// Tasks that keep this process in step with the others.
pub(crate) fn background(
    parts: &Parts,
    shutdown: &CancellationToken,
    tasks: &mut JoinSet<anyhow::Result<()>>,
) {
    let until = |shutdown: &CancellationToken,
                 work: futures_util::future::BoxFuture<'static, ()>| {
        let shutdown = shutdown.clone();
        async move {
            tokio::select! {
                () = shutdown.cancelled() => {}
                () = work => {}
            }
            Ok(())
        }
    };
    let registry = parts.registry.clone();
    tasks.spawn(until(
        shutdown,
        Box::pin(async move { registry.listen().await }),
    ));
    let identity = parts.identity.clone();
    tasks.spawn(until(
        shutdown,
        Box::pin(async move { identity.keep_fresh().await }),
    ));
    let (live, stop) = (parts.live.clone(), shutdown.clone());
    tasks.spawn(async move {
        live.listen(stop).await;
        Ok(())
    });
    tasks.spawn(until(shutdown, Box::pin(tidy(parts.db.clone()))));
    let (db, metrics) = (parts.db.clone(), parts.metrics.clone());
    tasks.spawn(until(shutdown, Box::pin(telemetry::refresh(db, metrics))));
    tasks.spawn(until(
        shutdown,
        Box::pin(bridge(parts.live.clone(), parts.hub.clone())),
    ));
}

/// Removes what has expired, once an hour, and sees to it that every dealership has the job that
/// removes what its runs leave behind.
async fn tidy(db: Database) {
    let mut tick = tokio::time::interval(std::time::Duration::from_secs(600));
    for round in 0_u64.. {
        tick.tick().await;
        if let Err(error) = retention::enqueue_missing(&db).await {
            tracing::warn!(%error, "retention was not enqueued");
        }
        if !round.is_multiple_of(6) {
            continue;
        }
        if let Err(error) = middleware::purge_expired_keys(&db).await {
            tracing::warn!(%error, "expired idempotency keys were not removed");
        }
    }
}

/// Passes what the engine and the slices publish on to the sockets.
async fn bridge(live: LiveBus, hub: Hub) {
    use tokio::sync::broadcast::error::RecvError;
    let mut messages = live.subscribe();
    loop {
        match messages.recv().await {
            Ok(delivery) => {
                let message = &delivery.message;
                if hub.is_heard(delivery.tenant, topic_for_sockets(message)) {
                    hub.deliver(delivery.tenant, for_sockets(message));
                }
            }
            // Every socket is closed, and resumes from what is stored.
            Err(RecvError::Lagged(lost)) => {
                tracing::warn!(lost, "live messages were lost");
                hub.lost();
            }
            Err(RecvError::Closed) => return,
        }
    }
}
