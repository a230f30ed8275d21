//! The only wiring: everything is made here, for the binary and for the tests alike.

use crate::background::background;
use crate::config::Config;
use crate::parts::{Parts, parts};
use crate::routes::{internal_server, public_server};
use crate::worker::runner;
use actix_web::dev::ServerHandle;
use platform_engine::jobs::Runner;
use platform_identity::Identity;
use platform_kernel::ports::{ChatModel, HttpCaller, LeadParser, Mailer, SmsSender};
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// What stands behind the ports.
#[derive(Clone)]
pub struct Adapters {
    pub mailer: Arc<dyn Mailer>,
    /// Nothing where no account is configured.
    pub texts: Option<Arc<dyn SmsSender>>,
    pub chat: Arc<dyn ChatModel>,
    pub http: Arc<dyn HttpCaller>,
    pub leads: Arc<dyn LeadParser>,
}

/// What a process does.
#[derive(Clone, Copy, Debug)]
pub struct Roles {
    pub serve: bool,
    pub work: bool,
    /// What needs the owner's login: provisioning, retention, rights.
    pub tend: bool,
    /// Migrate before anything else.
    pub migrate: bool,
}

impl Roles {
    pub const SERVE: Self = Self {
        serve: true,
        work: false,
        tend: false,
        migrate: false,
    };
    pub const WORK: Self = Self {
        serve: false,
        work: true,
        tend: false,
        migrate: false,
    };
    pub const TEND: Self = Self {
        serve: false,
        work: false,
        tend: true,
        migrate: false,
    };
    /// Everything in one process, for one machine.
    pub const UP: Self = Self {
        serve: true,
        work: true,
        tend: true,
        migrate: true,
    };
}

/// A process, ready to run.
pub struct App {
    parts: Parts,
    listener: Option<TcpListener>,
    internal_listener: TcpListener,
    runner: Option<Runner>,
    http_workers: usize,
    drain_delay: Duration,
}

impl App {
    /// Wires everything and binds the ports; nothing is served yet.
    pub async fn build(config: Config, adapters: Adapters, roles: Roles) -> anyhow::Result<Self> {
        if roles.migrate {
            crate::commands::migrate_all(&config).await?;
        }
        let adapters = adapters.measured();
        let parts = parts(&config, &adapters).await?;
        let runner = runner(&config, &parts, &adapters, roles)?;
        let listener = roles
            .serve
            .then(|| TcpListener::bind(config.http.listen))
            .transpose()?;
        Ok(Self {
            parts,
            listener,
            internal_listener: TcpListener::bind(config.http.internal_listen)?,
            runner,
            http_workers: config.http.workers.max(1),
            drain_delay: config.http.drain_delay,
        })
    }

    /// Where the API listens.
    pub fn address(&self) -> Option<SocketAddr> {
        self.listener.as_ref().and_then(|l| l.local_addr().ok())
    }

    /// The service of accounts, for what only operators do.
    pub fn identity(&self) -> &Identity {
        &self.parts.identity
    }

    /// Where metrics and health listen.
    pub fn internal_address(&self) -> Option<SocketAddr> {
        self.internal_listener.local_addr().ok()
    }

    /// Runs until `shutdown`, then finishes what is in hand.
    pub async fn run(self, shutdown: CancellationToken) -> anyhow::Result<()> {
        let mut tasks = JoinSet::new();
        // What keeps this process in step with the others goes on while it still serves.
        let served = CancellationToken::new();
        background(&self.parts, &served, &mut tasks);
        let internal = internal_server(&self.parts, self.internal_listener)?;
        let mut drain = Drain {
            parts: self.parts.clone(),
            delay: self.drain_delay,
            public: None,
            internal: internal.handle(),
            served,
        };
        tasks.spawn(async move { Ok(internal.await?) });
        if let Some(listener) = self.listener {
            let limit = HTTP_DRAIN.saturating_sub(self.drain_delay);
            let server = public_server(&self.parts, listener, self.http_workers, limit)?;
            drain.public = Some(server.handle());
            tasks.spawn(async move { Ok(server.await?) });
        }
        if let Some(runner) = self.runner {
            let shutdown = shutdown.clone();
            tasks.spawn(async move { Ok(runner.run(shutdown).await?) });
        }
        let stop = shutdown.clone();
        tasks.spawn(async move {
            stop.cancelled().await;
            drain.run().await;
            Ok(())
        });
        // The first part that ends takes the others with it.
        let mut outcome = Ok(());
        while let Some(ended) = tasks.join_next().await {
            let ended = ended.map_err(anyhow::Error::from).and_then(|result| result);
            if outcome.is_ok() {
                outcome = ended;
            }
            shutdown.cancel();
        }
        outcome
    }
}

/// From the order to stop until the last connection is cut off, the delay included.
pub(crate) const HTTP_DRAIN: Duration = Duration::from_secs(20);
/// Over how long sockets are closed where there is time for it.
const SOCKETS_CLOSE: Duration = Duration::from_secs(8);

/// How a process leaves.
struct Drain {
    parts: Parts,
    /// How long requests are still taken after readiness has failed.
    delay: Duration,
    public: Option<ServerHandle>,
    internal: ServerHandle,
    /// Cancelled once nothing is served any more.
    served: CancellationToken,
}

impl Drain {
    /// Not ready at once, so that load balancers send requests elsewhere; after the delay takes no
    /// more connections, closes the sockets over some seconds and lets requests in hand finish.
    async fn run(self) {
        self.parts.health.drain();
        if let Some(public) = self.public {
            tokio::time::sleep(self.delay).await;
            self.parts.hub.shutdown(sockets_close_within(self.delay));
            public.stop(true).await;
        }
        self.served.cancel();
        self.internal.stop(true).await;
    }
}

/// At most half of what is left, so that requests behind the last socket still have time.
fn sockets_close_within(delay: Duration) -> Duration {
    SOCKETS_CLOSE.min(HTTP_DRAIN.saturating_sub(delay) / 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sockets_have_eight_seconds_or_half_of_what_the_delay_leaves() {
        let within = |delay| sockets_close_within(Duration::from_secs(delay)).as_secs_f64();
        assert_eq!((within(0), within(4), within(15)), (8.0, 8.0, 2.5));
    }
}
