//! Whether this process lives, and whether it can serve.

use actix_web::http::header::{CACHE_CONTROL, RETRY_AFTER};
use actix_web::{HttpResponse, get, web};
use platform_db::{Database, Redis};
use serde::Serialize;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::Mutex;
use utoipa::ToSchema;

/// Probes of several load balancers share one look at Postgres and Redis.
const FRESH: Duration = Duration::from_secs(1);
const TIMEOUT: Duration = Duration::from_millis(1_500);

/// The process's health; clones share it.
#[derive(Clone)]
pub struct Health(Arc<Inner>);

struct Inner {
    db: Database,
    redis: Redis,
    draining: AtomicBool,
    last: Mutex<Option<(Instant, Checks)>>,
}

/// The state of the whole: `degraded` still serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum HealthStatus {
    Ok,
    Degraded,
    Unavailable,
}

/// The state of one part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CheckStatus {
    Ok,
    Unavailable,
}

/// The parts looked at.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct Checks {
    pub postgres: CheckStatus,
    pub redis: CheckStatus,
}

/// Whether the process can serve, with the state of what it needs.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct HealthView {
    pub status: HealthStatus,
    pub checks: Checks,
}

/// The process runs.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct LiveView {
    pub status: HealthStatus,
}

impl Health {
    pub fn new(db: Database, redis: Redis) -> Self {
        Self(Arc::new(Inner {
            db,
            redis,
            draining: AtomicBool::new(false),
            last: Mutex::new(None),
        }))
    }

    /// From now on not ready, so that load balancers send requests elsewhere before this process
    /// stops.
    pub fn drain(&self) {
        self.0.draining.store(true, Ordering::Relaxed);
    }

    /// Looks at most once a second.
    pub async fn look(&self) -> HealthView {
        let checks = self.checks().await;
        let draining = self.0.draining.load(Ordering::Relaxed);
        let status = match (checks.postgres, checks.redis) {
            _ if draining => HealthStatus::Unavailable,
            (CheckStatus::Unavailable, _) => HealthStatus::Unavailable,
            (_, CheckStatus::Unavailable) => HealthStatus::Degraded,
            _ => HealthStatus::Ok,
        };
        HealthView { status, checks }
    }

    async fn checks(&self) -> Checks {
        let mut last = self.0.last.lock().await;
        if let Some((at, checks)) = *last
            && at.elapsed() < FRESH
        {
            return checks;
        }
        let (postgres, redis) = tokio::join!(
            check(Box::pin(self.0.db.ping())),
            check(Box::pin(self.0.redis.ping())),
        );
        let checks = Checks { postgres, redis };
        *last = Some((Instant::now(), checks));
        checks
    }
}

async fn check(ping: impl Future<Output = platform_kernel::Result<()>>) -> CheckStatus {
    match tokio::time::timeout(TIMEOUT, ping).await {
        Ok(Ok(())) => CheckStatus::Ok,
        Ok(Err(_)) | Err(_) => CheckStatus::Unavailable,
    }
}

/// Adds the probes; the app must hold `web::Data<Health>`.
pub fn configure(config: &mut utoipa_actix_web::service_config::ServiceConfig) {
    config
        .service(get_health)
        .service(get_readiness)
        .service(get_liveness);
}

/// The same for an app without a document: the internal port.
pub fn configure_internal(config: &mut web::ServiceConfig) {
    config
        .service(get_health)
        .service(get_readiness)
        .service(get_liveness);
}

/// The same as `/health/ready`.
#[utoipa::path(tag = "health", operation_id = "get_health", responses((status = 200, body = HealthView), (status = 503, body = HealthView)))]
#[get("/health")]
async fn get_health(health: web::Data<Health>) -> HttpResponse {
    ready(&health).await
}

/// Whether requests can be served: without Redis yes (`degraded`), without Postgres no.
#[utoipa::path(tag = "health", operation_id = "get_readiness", responses((status = 200, body = HealthView), (status = 503, body = HealthView)))]
#[get("/health/ready")]
async fn get_readiness(health: web::Data<Health>) -> HttpResponse {
    ready(&health).await
}

/// Whether the process runs; looks at nothing else, so that an outage elsewhere restarts nobody.
#[utoipa::path(tag = "health", operation_id = "get_liveness", responses((status = 200, body = LiveView)))]
#[get("/health/live")]
async fn get_liveness() -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "no-store"))
        .json(LiveView {
            status: HealthStatus::Ok,
        })
}

async fn ready(health: &Health) -> HttpResponse {
    let view = health.look().await;
    let mut response = if view.status == HealthStatus::Unavailable {
        let mut response = HttpResponse::ServiceUnavailable();
        response.insert_header((RETRY_AFTER, "2"));
        response
    } else {
        HttpResponse::Ok()
    };
    response.insert_header((CACHE_CONTROL, "no-store"));
    response.json(view)
}
