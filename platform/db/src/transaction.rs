use crate::connect::PooledConnection;
use diesel::QueryResult;
use diesel::result::Error as QueryError;
use diesel_async::{
    AnsiTransactionManager, AsyncPgConnection, SimpleAsyncConnection, TransactionManager,
};
use platform_kernel::tenant::TenantContext;
use platform_kernel::{Error, Result};
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::sync::OwnedSemaphorePermit;

/// A transaction on the control schema. Dropped without [`ControlTx::commit`] it is rolled back.
pub struct ControlTx(OpenTx);

/// A transaction as one tenant: its role and `search_path` last as long as the transaction, so
/// that a connection returned to the pool belongs to nobody. Dropped without
/// [`TenantTx::commit`] it is rolled back.
pub struct TenantTx {
    open: OpenTx,
    tenant: TenantContext,
    after_commit: Vec<Box<dyn FnOnce() + Send>>,
    _permit: OwnedSemaphorePermit,
}

/// A transaction that serves several tenants in turn, each part under the tenant's own role.
pub struct BatchTx(OpenTx);

/// A transaction that serves several tenants in turn in as few round trips as there can be: it
/// begins with its first statement and commits with its last. Dropped before that it is rolled
/// back.
pub struct PipelinedTx {
    connection: Option<PooledConnection>,
    begun: bool,
    /// A statement was refused: there is nothing to commit.
    failed: bool,
}

/// A connection for the queue's statements, which are planned along the indexes and each commit by
/// themselves, without waiting for the disk: they are for who leases what, not for what must stay.
/// A crash of the database may undo the last leases and ends of turns, never what a run has written
/// since, for that lies behind them in the log. See `docs/decisions/0022-leases-without-the-disk.md`.
pub struct QueueConnection(pub(crate) PooledConnection);

/// The callback that the commit of a transaction that enqueued jobs calls, once one is set.
#[derive(Clone, Default)]
pub(crate) struct Notifier(Arc<OnceLock<Box<dyn Fn() + Send + Sync>>>);

impl Notifier {
    /// Only the first call has an effect.
    pub(crate) fn set(&self, notify: Box<dyn Fn() + Send + Sync>) {
        let _set_before = self.0.set(notify);
    }
}

/// A connection with an open transaction.
struct OpenTx {
    connection: Option<PooledConnection>,
    /// Whether workers have something to do once it is committed.
    enqueued: bool,
    notifier: Notifier,
}

impl ControlTx {
    pub(crate) async fn begin(
        connection: PooledConnection,
        statement_timeout: Duration,
        notifier: &Notifier,
    ) -> Result<Self> {
        let sql = format!("BEGIN; {}", control_context(statement_timeout));
        Ok(Self(OpenTx::begin(connection, &sql, notifier).await?))
    }

    /// Says that a statement of the caller's own has enqueued or woken a job.
    pub fn note_enqueued(&mut self) {
        self.0.enqueued = true;
    }

    pub fn conn(&mut self) -> &mut AsyncPgConnection {
        self.0.conn()
    }

    pub async fn commit(self) -> Result<()> {
        self.0.commit().await
    }
}

impl TenantTx {
    pub(crate) async fn begin(
        connection: PooledConnection,
        tenant: &TenantContext,
        statement_timeout: Duration,
        permit: OwnedSemaphorePermit,
        notifier: &Notifier,
    ) -> std::result::Result<Self, (QueryError, OwnedSemaphorePermit)> {
        let sql = format!("BEGIN; {}", tenant_context(tenant, statement_timeout));
        let open = match OpenTx::begin(connection, &sql, notifier).await {
            Ok(open) => open,
            Err(error) => return Err((error, permit)),
        };
        Ok(Self {
            open,
            tenant: tenant.clone(),
            after_commit: Vec::new(),
            _permit: permit,
        })
    }

    pub fn conn(&mut self) -> &mut AsyncPgConnection {
        self.open.conn()
    }

    /// Whose transaction this is.
    pub fn tenant(&self) -> &TenantContext {
        &self.tenant
    }

    /// Says that a statement of the caller's own has enqueued or woken a job.
    pub fn note_enqueued(&mut self) {
        self.open.enqueued = true;
    }

    /// Does `action` once this transaction is committed, and never if it isn't: for telling
    /// others what has become true. It must be quick and must not fail.
    pub fn after_commit(&mut self, action: impl FnOnce() + Send + 'static) {
        self.after_commit.push(Box::new(action));
    }

    pub async fn commit(self) -> Result<()> {
        self.open.commit().await?;
        for action in self.after_commit {
            action();
        }
        Ok(())
    }
}

impl BatchTx {
    pub(crate) async fn begin(
        connection: PooledConnection,
        statement_timeout: Duration,
        notifier: &Notifier,
    ) -> Result<Self> {
        let sql = format!("BEGIN; {}", control_context(statement_timeout));
        Ok(Self(OpenTx::begin(connection, &sql, notifier).await?))
    }

    /// Says that a statement of the caller's own has enqueued or woken a job.
    pub fn note_enqueued(&mut self) {
        self.0.enqueued = true;
    }

    /// From here on the transaction acts as `tenant`.
    pub async fn enter(
        &mut self,
        tenant: &TenantContext,
        statement_timeout: Duration,
    ) -> Result<()> {
        let sql = tenant_context(tenant, statement_timeout);
        self.conn().batch_execute(&sql).await.map_err(Error::from)
    }

    pub fn conn(&mut self) -> &mut AsyncPgConnection {
        self.0.conn()
    }

    pub async fn commit(self) -> Result<()> {
        self.0.commit().await
    }
}

impl PipelinedTx {
    pub(crate) fn new(connection: PooledConnection) -> Self {
        Self {
            connection: Some(connection),
            begun: false,
            failed: false,
        }
    }

    /// Acts as `tenant` from here on and asks `first` without waiting for that: one round trip for
    /// both. Refused as the tenant, `first` is refused too, for the transaction is broken then.
    pub async fn enter_with<T>(
        &mut self,
        tenant: &TenantContext,
        first: impl AsyncFnOnce(&AsyncPgConnection) -> Result<T>,
    ) -> Result<T> {
        let begin = if self.begun { "" } else { "BEGIN; " };
        self.begun = true;
        // The schema name is the role name: `t_` and base32, nothing that would need quoting.
        let schema = tenant.schema();
        let sql = format!("{begin}SET LOCAL ROLE {schema}; SET LOCAL search_path = {schema}");
        let connection: &AsyncPgConnection = self.connection()?;
        let mut entering = connection;
        // In this order: what is polled first is sent first.
        let (entered, done) = futures_util::join!(entering.batch_execute(&sql), first(connection));
        let done = entered.map_err(Error::from).and(done);
        self.failed |= done.is_err();
        done
    }

    /// Asks as the tenant entered last.
    pub async fn ask<T>(
        &mut self,
        what: impl AsyncFnOnce(&AsyncPgConnection) -> Result<T>,
    ) -> Result<T> {
        let done = what(self.connection()?).await;
        self.failed |= done.is_err();
        done
    }

    /// Does `last` as the application and commits, in one round trip. No text from outside may
    /// stand in `last`: it has no parameters.
    pub async fn commit_with(self, last: &str) -> Result<()> {
        let application = "SET LOCAL ROLE NONE; SET LOCAL search_path = ''";
        self.end(&format!("{application}; {last}; COMMIT")).await
    }

    pub async fn commit(self) -> Result<()> {
        self.end("COMMIT").await
    }

    async fn end(mut self, sql: &str) -> Result<()> {
        if self.failed {
            return Err(Error::internal("a failed transaction cannot be committed"));
        }
        if self.begun {
            let mut connection: &AsyncPgConnection = self.connection()?;
            connection.batch_execute(sql).await?;
        }
        // It is clean now; `drop` has nothing to roll back.
        self.connection = None;
        Ok(())
    }

    fn connection(&self) -> Result<&AsyncPgConnection> {
        let connection = self.connection.as_deref();
        connection.ok_or_else(|| Error::internal("the transaction has ended"))
    }
}

impl Drop for PipelinedTx {
    /// Rolls back in the background what was sent, in whatever state the statements are; without a
    /// runtime, or when that fails, the connection is closed.
    fn drop(&mut self) {
        let Some(mut connection) = self.connection.take() else {
            return;
        };
        if !self.begun {
            return;
        }
        if tokio::runtime::Handle::try_current().is_err() {
            drop(PooledConnection::take(connection));
            return;
        }
        platform_kernel::task::spawn(async move {
            if let Err(error) = connection.batch_execute("ROLLBACK").await {
                tracing::debug!(%error, "a transaction could not be rolled back; its connection is closed");
                drop(PooledConnection::take(connection));
            }
        });
    }
}

impl QueueConnection {
    pub fn conn(&mut self) -> &mut AsyncPgConnection {
        &mut self.0
    }
}

impl OpenTx {
    /// `sql` begins the transaction and sets its context in one round trip.
    async fn begin(
        mut connection: PooledConnection,
        sql: &str,
        notifier: &Notifier,
    ) -> QueryResult<Self> {
        match AnsiTransactionManager::begin_transaction_sql(&mut *connection, sql).await {
            Ok(()) => Ok(Self {
                connection: Some(connection),
                enqueued: false,
                notifier: notifier.clone(),
            }),
            Err(error) => {
                // It may have begun and failed then, for example because the role was refused:
                // nobody else shall get a connection in such a state, so it is closed.
                drop(PooledConnection::take(connection));
                Err(error)
            }
        }
    }

    #[expect(
        clippy::expect_used,
        reason = "the connection leaves only in `commit` and `drop`, which end the value"
    )]
    fn conn(&mut self) -> &mut AsyncPgConnection {
        self.connection
            .as_mut()
            .expect("an open transaction has its connection")
    }

    async fn commit(mut self) -> Result<()> {
        if let Some(mut connection) = self.connection.take() {
            <AnsiTransactionManager as TransactionManager<AsyncPgConnection>>::commit_transaction(
                &mut connection,
            )
            .await?;
        }
        if self.enqueued
            && let Some(notify) = self.notifier.0.get()
        {
            notify();
        }
        Ok(())
    }
}

impl Drop for OpenTx {
    /// Rolls back in the background, so that the connection goes back to its pool clean. Without
    /// a runtime the pool finds the transaction open and closes the connection instead.
    fn drop(&mut self) {
        let Some(mut connection) = self.connection.take() else {
            return;
        };
        if tokio::runtime::Handle::try_current().is_ok() {
            platform_kernel::task::spawn(async move {
                let rolled_back = <AnsiTransactionManager as TransactionManager<
                    AsyncPgConnection,
                >>::rollback_transaction(&mut connection)
                .await;
                if let Err(error) = rolled_back {
                    tracing::debug!(%error, "a transaction could not be rolled back; its connection is closed");
                }
            });
        }
    }
}

/// The session of a connection whose statements are planned once, along the indexes, and that
/// commits as Postgres is set to.
fn planned_session(statement_timeout: Duration) -> String {
    let timeout = statement_timeout.as_millis();
    format!(
        "SET statement_timeout = {timeout}; SET idle_in_transaction_session_timeout = {timeout}; {}",
        crate::jobs::PLANNED
    )
}

/// The session of a connection for [`PipelinedTx`].
pub(crate) fn pipelined_session(statement_timeout: Duration) -> String {
    let planned = planned_session(statement_timeout);
    format!("{planned}; {}", crate::jobs::PREPARED)
}

/// The session of a queue's connection.
pub(crate) fn queue_session(statement_timeout: Duration) -> String {
    let planned = planned_session(statement_timeout);
    format!("SET synchronous_commit = off; {planned}")
}

/// Role, search path and time limits of a tenant's transaction. The schema name is the role
/// name: `t_` and base32, nothing that would need quoting.
fn tenant_context(tenant: &TenantContext, statement_timeout: Duration) -> String {
    let schema = tenant.schema();
    let timeout = statement_timeout.as_millis();
    format!(
        "SELECT set_config('role', '{schema}', true), set_config('search_path', '{schema}', true), \
         set_config('statement_timeout', '{timeout}', true), \
         set_config('idle_in_transaction_session_timeout', '{timeout}', true)"
    )
}

fn control_context(statement_timeout: Duration) -> String {
    let timeout = statement_timeout.as_millis();
    format!(
        "SELECT set_config('statement_timeout', '{timeout}', true), \
         set_config('idle_in_transaction_session_timeout', '{timeout}', true)"
    )
}
