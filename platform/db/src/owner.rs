use diesel_async::{AsyncConnection, AsyncPgConnection};
use platform_kernel::secret::{ExposeSecret, SecretString};
use platform_kernel::{ErrorCode, Result};

/// The login that owns the schemas: it migrates, provisions and deletes, and serves no request.
#[derive(Clone, Debug)]
pub struct Owner {
    url: SecretString,
}

impl Owner {
    pub fn new(url: SecretString) -> Self {
        Self { url }
    }

    /// A connection of its own for DDL; closed when dropped.
    pub async fn connect(&self) -> Result<AsyncPgConnection> {
        AsyncPgConnection::establish(self.url.expose_secret())
            .await
            .map_err(|cause| ErrorCode::Unavailable.because(cause))
    }
}
