//! Addresses of hooks that the version before `hook_addresses` kept in the clear.

use super::Sweep;
use crate::triggers::HookKeys;
use diesel::QueryableByName;
use diesel::sql_types::{Text, Uuid as SqlUuid};
use diesel_async::{AsyncConnection, RunQueryDsl, SimpleAsyncConnection};
use platform_kernel::Result;
use platform_kernel::id::TenantId;
use uuid::Uuid;

#[derive(QueryableByName)]
struct Clear {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Text)]
    key: String,
}

const CLEAR: &str = "SELECT id, key FROM workflow_triggers WHERE key IS NOT NULL";

/// Processes of the version before find triggers by the clear key, so it stays until a roll-out is
/// over: an hour after the control schema's step that came with the table.
const FORGET: &str = "UPDATE workflow_triggers SET key = NULL WHERE key IS NOT NULL \
    AND EXISTS (SELECT FROM hook_addresses WHERE trigger_id = workflow_triggers.id) \
    AND EXISTS (SELECT FROM control.schema_migrations \
        WHERE version = 9 AND applied_at < now() - interval '1 hour')";

impl Sweep<'_> {
    /// Seals addresses that are in the clear, then forgets the clear ones.
    pub(super) async fn seal_addresses(&mut self, tenant: TenantId, keys: &HookKeys) -> Result<()> {
        let context = self.context();
        self.connection
            .transaction(async |connection| {
                connection.batch_execute(&context).await?;
                let clear: Vec<Clear> = diesel::sql_query(CLEAR).load(connection).await?;
                for Clear { id, key } in clear {
                    keys.ensure(connection, tenant, id, Some(&key)).await?;
                }
                diesel::sql_query(FORGET).execute(connection).await?;
                Ok(())
            })
            .await
    }
}
