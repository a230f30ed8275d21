//! The tenant's own record of who did what, written in the same transaction as the deed.

use crate::schema::tenant::audit_events;
use crate::transaction::{BatchTx, TenantTx};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use platform_kernel::Result;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

/// Who acts.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Actor {
    pub id: Option<Uuid>,
    pub name: Option<String>,
    pub role: Option<String>,
    pub request_id: Option<String>,
}

#[derive(diesel::Insertable)]
#[diesel(table_name = audit_events)]
struct NewAuditEvent<'a> {
    id: Uuid,
    actor_id: Option<Uuid>,
    actor_name: Option<&'a str>,
    actor_role: Option<&'a str>,
    action: &'a str,
    resource_type: &'a str,
    resource_id: Option<String>,
    data: Value,
    request_id: Option<&'a str>,
}

impl TenantTx {
    /// Records that `actor` did `action` (for example `workflow.published`) to a resource.
    pub async fn audit(
        &mut self,
        actor: &Actor,
        action: &str,
        resource_type: &str,
        resource_id: Option<impl ToString>,
        data: Value,
    ) -> Result<()> {
        let event = NewAuditEvent::new(actor, action, resource_type, resource_id, data);
        event.insert(self.conn()).await
    }
}

impl BatchTx {
    /// Records in the log of the tenant entered last: see [`TenantTx::audit`].
    pub async fn audit(
        &mut self,
        actor: &Actor,
        action: &str,
        resource_type: &str,
        resource_id: Option<impl ToString>,
        data: Value,
    ) -> Result<()> {
        let event = NewAuditEvent::new(actor, action, resource_type, resource_id, data);
        event.insert(self.conn()).await
    }
}

impl<'a> NewAuditEvent<'a> {
    fn new(
        actor: &'a Actor,
        action: &'a str,
        resource_type: &'a str,
        resource_id: Option<impl ToString>,
        data: Value,
    ) -> Self {
        Self {
            id: Uuid::now_v7(),
            actor_id: actor.id,
            actor_name: actor.name.as_deref(),
            actor_role: actor.role.as_deref(),
            action,
            resource_type,
            resource_id: resource_id.map(|id| id.to_string()),
            data,
            request_id: actor.request_id.as_deref(),
        }
    }

    async fn insert(self, connection: &mut AsyncPgConnection) -> Result<()> {
        diesel::insert_into(audit_events::table)
            .values(&self)
            .execute(connection)
            .await?;
        Ok(())
    }
}
