use crate::server::PostgresServer;
use diesel::ConnectionError;
use diesel_async::pooled_connection::deadpool::{Hook, HookError, Pool};
use diesel_async::pooled_connection::{
    AsyncDieselConnectionManager, ManagerConfig, RecyclingMethod,
};
use diesel_async::{AsyncPgConnection, SimpleAsyncConnection};
use futures_util::FutureExt;
use platform_kernel::error::last_read_only;
use std::time::Duration;
use tokio::runtime::Handle;

pub(crate) type PgPool = Pool<AsyncPgConnection>;
pub(crate) type PooledConnection =
    diesel_async::pooled_connection::deadpool::Object<AsyncPgConnection>;

/// How long a request waits for a free connection before it is told to come back.
const WAIT: Duration = Duration::from_secs(3);
/// A backend's catalogue cache grows with every tenant it has served; half an hour bounds it.
const MAX_AGE: Duration = Duration::from_secs(30 * 60);

/// Connects on `runtime`, so that the connection outlives the (single-threaded) actix worker
/// that asked for it first.
pub(crate) async fn connect(
    runtime: &Handle,
    server: PostgresServer,
) -> Result<AsyncPgConnection, ConnectionError> {
    let task = runtime.spawn(async move { server.connect().await });
    // Whoever gives up waiting gives up the attempt.
    let attempt = AbortOnDrop(task.abort_handle());
    let result = match task.await {
        Ok(result) => result,
        Err(stopped) => Err(ConnectionError::BadConnection(stopped.to_string())),
    };
    drop(attempt);
    result
}

struct AbortOnDrop(tokio::task::AbortHandle);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Each connection's session begins with `session`.
pub(crate) fn pool(
    server: &PostgresServer,
    size: usize,
    runtime: &Handle,
    session: &str,
) -> Result<PgPool, platform_kernel::Error> {
    let mut config = ManagerConfig::default();
    config.recycling_method = RecyclingMethod::Fast;
    let (handle, session) = (runtime.clone(), session.to_owned());
    let server = server.clone();
    // The manager's own address is not used: a string has no place for the CA.
    config.custom_setup = Box::new(move |_address| {
        let (handle, session, server) = (handle.clone(), session.clone(), server.clone());
        async move {
            let mut connection = connect(&handle, server).await?;
            if !session.is_empty() {
                let begun = connection.batch_execute(&session).await;
                begun.map_err(ConnectionError::CouldntSetupConfiguration)?;
            }
            Ok(connection)
        }
        .boxed()
    });
    let manager = AsyncDieselConnectionManager::<AsyncPgConnection>::new_with_config("", config);
    Pool::builder(manager)
        .max_size(size)
        // The connection used last knows the plans and the catalogue best.
        .queue_mode(deadpool::managed::QueueMode::Lifo)
        .wait_timeout(Some(WAIT))
        .create_timeout(Some(WAIT))
        .recycle_timeout(Some(WAIT))
        .pre_recycle(Hook::sync_fn(|_, metrics| {
            if metrics.age() > MAX_AGE {
                return Err(HookError::message("connection is old"));
            }
            if last_read_only().is_some_and(|at| metrics.created <= at) {
                return Err(HookError::message("connection may lead to a standby"));
            }
            Ok(())
        }))
        .runtime(deadpool::Runtime::Tokio1)
        .build()
        .map_err(platform_kernel::Error::internal)
}
