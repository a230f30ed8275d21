use crate::server::PostgresServer;
use diesel_async::AsyncPgConnection;
use platform_kernel::{ErrorCode, Result};

/// The login that owns the schemas: it migrates, provisions and deletes, and serves no request.
#[derive(Clone, Debug)]
pub struct Owner {
    server: PostgresServer,
}

impl Owner {
    pub fn new(server: PostgresServer) -> Self {
        Self { server }
    }

    /// A connection of its own for DDL; closed when dropped.
    pub async fn connect(&self) -> Result<AsyncPgConnection> {
        let connected = self.server.connect().await;
        connected.map_err(|cause| ErrorCode::Unavailable.because(cause))
    }
}
