use crate::connect::{self, PgPool, PooledConnection};
use crate::pool_metrics::{self, Kind};
use crate::server::PostgresServer;
use crate::transaction::{
    BatchTx, ControlTx, Notifier, PipelinedTx, QueueConnection, TenantTx, pipelined_session,
    queue_session,
};
use diesel::dsl::sql;
use diesel::sql_types::Bool;
use diesel_async::RunQueryDsl;
use platform_kernel::error::note_read_only;
use platform_kernel::tenant::TenantContext;
use platform_kernel::{Error, ErrorCode, Result};
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use uuid::Uuid;

/// Where the database is and how much of it one process takes.
#[derive(Clone, Debug)]
pub struct DatabaseConfig {
    /// Login of the application: rights on the control schema, none on any tenant's.
    pub app: PostgresServer,
    /// The same for connections that keep their session: a pooler that hands connections on between
    /// transactions must not stand before it.
    pub session: PostgresServer,
    pub control_connections: usize,
    /// Tenants are spread over this many pools by hash, so that a backend serves few of them.
    pub shards: usize,
    pub connections_per_shard: usize,
    pub statement_timeout: Duration,
}

/// Connections to claim with, for ends of turns, for heartbeats and for counts.
const QUEUE: usize = 4;
/// Connections for what is written together: two for deliveries, two for events, and what a second
/// engine in the same process needs.
const PIPELINED: usize = 6;

/// The application's way to Postgres.
#[derive(Clone)]
pub struct Database(Arc<Inner>);

struct Inner {
    control: PgPool,
    queue: PgPool,
    pipelined: PgPool,
    shards: Vec<PgPool>,
    per_tenant: usize,
    permits: Mutex<HashMap<Uuid, Arc<Semaphore>>>,
    statement_timeout: Duration,
    enqueued: Notifier,
}

impl Database {
    /// Makes the pools; the first connection is opened when it is needed. Call it inside the
    /// multi-threaded runtime on which connections are to live.
    pub fn new(config: &DatabaseConfig) -> Result<Self> {
        let runtime = tokio::runtime::Handle::current();
        let (app, session) = (&config.app, &config.session);
        let timeout = config.statement_timeout;
        let shards = (0..config.shards.max(1))
            .map(|_| connect::pool(app, config.connections_per_shard, &runtime, ""))
            .collect::<Result<Vec<_>>>()?;
        Ok(Self(Arc::new(Inner {
            control: connect::pool(app, config.control_connections, &runtime, "")?,
            queue: connect::pool(session, QUEUE, &runtime, &queue_session(timeout))?,
            pipelined: connect::pool(session, PIPELINED, &runtime, &pipelined_session(timeout))?,
            shards,
            // One tenant gets at most three quarters of its shard.
            per_tenant: (config.connections_per_shard * 3 / 4).max(1),
            permits: Mutex::default(),
            statement_timeout: timeout,
            enqueued: Notifier::default(),
        })))
    }

    /// Calls `notify` after each commit of a transaction that enqueued or woke a job; only the first
    /// call has an effect. It must be quick.
    pub fn on_enqueued(&self, notify: impl Fn() + Send + Sync + 'static) {
        self.0.enqueued.set(Box::new(notify));
    }

    /// Begins a transaction on the control schema.
    pub async fn control(&self) -> Result<ControlTx> {
        let connection = checkout(Kind::Control, &self.0.control).await?;
        ControlTx::begin(connection, self.0.statement_timeout, &self.0.enqueued).await
    }

    /// A connection for the queue's statements, each of which commits by itself.
    pub async fn queue(&self) -> Result<QueueConnection> {
        Ok(QueueConnection(checkout(Kind::Queue, &self.0.queue).await?))
    }

    /// Begins a transaction as `tenant`, which sees the tenant's schema and nothing else.
    pub async fn tenant(&self, tenant: &TenantContext) -> Result<TenantTx> {
        let mut permit = self.permit(tenant.id.0).await?;
        let mut again = true;
        loop {
            let connection = checkout(Kind::Tenant, self.shard(tenant.id.0)?).await?;
            let timeout = self.0.statement_timeout;
            let notifier = &self.0.enqueued;
            match TenantTx::begin(connection, tenant, timeout, permit, notifier).await {
                Ok(tx) => return Ok(tx),
                Err((error, kept)) if again && is_refused(&error) => {
                    permit = kept;
                    again = false;
                    tokio::time::sleep(ROLE_KNOWN).await;
                }
                Err((error, _)) => return Err(error.into()),
            }
        }
    }

    /// Begins a transaction that does the parts of several tenants one after the other, each
    /// under its own role: see [`BatchTx::enter`].
    pub async fn batch(&self) -> Result<BatchTx> {
        let connection = checkout(Kind::Control, &self.0.control).await?;
        BatchTx::begin(connection, self.0.statement_timeout, &self.0.enqueued).await
    }

    /// A transaction like [`Database::batch`]'s that begins and ends together with its statements:
    /// for what many wait for.
    pub async fn pipelined(&self) -> Result<PipelinedTx> {
        Ok(PipelinedTx::new(
            checkout(Kind::Pipelined, &self.0.pipelined).await?,
        ))
    }

    /// Publishes how many connections each kind of pool has, and may have.
    pub fn publish_pools(&self) {
        let inner = &self.0;
        pool_metrics::publish(Kind::Control, [&inner.control]);
        pool_metrics::publish(Kind::Queue, [&inner.queue]);
        pool_metrics::publish(Kind::Pipelined, [&inner.pipelined]);
        pool_metrics::publish(Kind::Tenant, &inner.shards);
    }

    /// Whether Postgres answers and takes writes.
    pub async fn ping(&self) -> Result<()> {
        let mut tx = self.control().await?;
        let read_only: bool = diesel::select(sql::<Bool>(READ_ONLY))
            .get_result(tx.conn())
            .await?;
        tx.commit().await?;
        if read_only {
            note_read_only();
            return Err(ErrorCode::Unavailable.detail("Postgres takes no writes"));
        }
        Ok(())
    }

    fn shard(&self, tenant: Uuid) -> Result<&PgPool> {
        let mut hasher = DefaultHasher::new();
        tenant.hash(&mut hasher);
        let shards = &self.0.shards;
        let index =
            usize::try_from(hasher.finish() % shards.len() as u64).map_err(Error::internal)?;
        shards.get(index).ok_or_else(|| Error::internal("no shard"))
    }

    async fn permit(&self, tenant: Uuid) -> Result<OwnedSemaphorePermit> {
        let semaphore = {
            let mut permits = self
                .0
                .permits
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            if permits.len() > 10_000 {
                permits.retain(|_, s| Arc::strong_count(s) > 1);
            }
            Arc::clone(
                permits
                    .entry(tenant)
                    .or_insert_with(|| Arc::new(Semaphore::new(self.0.per_tenant))),
            )
        };
        tokio::time::timeout(Duration::from_secs(3), semaphore.acquire_owned())
            .await
            .map_err(busy)?
            .map_err(Error::internal)
    }
}

/// A standby, or a primary that was told to take no writes.
const READ_ONLY: &str = "pg_is_in_recovery() OR current_setting('transaction_read_only')::boolean";

/// When a dealership was made a moment ago, or made active again, its rows are seen before every
/// backend has heard of the grant that came with them.
const ROLE_KNOWN: Duration = Duration::from_millis(25);

fn is_refused(error: &diesel::result::Error) -> bool {
    use diesel::result::Error::DatabaseError;
    matches!(error, DatabaseError(_, what) if what.message().starts_with("permission denied to set role"))
}

async fn checkout(kind: Kind, pool: &PgPool) -> Result<PooledConnection> {
    pool_metrics::timed(kind, pool.get()).await.map_err(busy)
}

/// No connection could be had in time.
fn busy(cause: impl std::error::Error + Send + Sync + 'static) -> Error {
    ErrorCode::Unavailable
        .because(cause)
        .retry_after(Duration::from_secs(2))
}
