//! What the database lets a tenant's role do, which follows the tenant's status.

use crate::model;
use crate::registry::Registry;
use diesel_async::SimpleAsyncConnection;
use platform_db::audit::Actor;
use platform_db::jobs::{JobHandler, LeasedJob, Turn};
use platform_db::{Database, Owner, migrations};
use platform_kernel::id::TenantId;
use platform_kernel::tenant::{TenantContext, TenantStatus, schema_name};
use platform_kernel::{Error, Result};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The kind of the job that brings the rights in line with the status.
pub const APPLY_TENANT_RIGHTS: &str = "apply_tenant_rights";

/// History and published versions are written once: the tenant's own role can neither change nor remove it.
const APPEND_ONLY: [&str; 4] = [
    "audit_events",
    "execution_events",
    "tenant_marker",
    "workflow_versions",
];

/// Functions of the control schema that a tenant's role may call; each speaks for the tenant of
/// the transaction alone.
const FUNCTIONS: [&str; 8] = [
    "control.enqueue_job(text, text, smallint, jsonb, timestamptz)",
    "control.postpone_job(text, text, timestamptz, timestamptz)",
    "control.current_tenant()",
    "control.decode_tenant_role(text)",
    "control.members_of_current_tenant(text)",
    "control.house_addresses_of_current_tenant()",
    "control.take_allowance(text, integer)",
    "control.text_countries_of_current_tenant()",
];

/// Jobs that rest while their tenant is not active.
const RESTING: [&str; 3] = ["execution", "schedule", "record_changed"];

/// The SQL that gives a schema's role its rights; repeatable, run after every migration.
pub fn grants(schema: &str) -> String {
    let role = migrations::quote(schema);
    let append_only: String = APPEND_ONLY
        .iter()
        .map(|table| format!("REVOKE UPDATE, DELETE ON {role}.{table} FROM {role};"))
        .collect();
    let functions: String = FUNCTIONS
        .iter()
        .map(|function| format!("GRANT EXECUTE ON FUNCTION {function} TO {role};"))
        .collect();
    // Partitions are reached through their tables alone, or what is written once there could be
    // changed beside them.
    let partitions = format!(
        "DO $$ DECLARE part regclass; BEGIN
            FOR part IN SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                WHERE n.nspname = {name} AND c.relispartition AND c.relkind = 'r'
            LOOP EXECUTE format('REVOKE ALL ON %s FROM %I', part, {name}); END LOOP;
         END $$;",
        name = migrations::literal(schema)
    );
    format!(
        "GRANT USAGE ON SCHEMA {role} TO {role};
         GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {role} TO {role};
         {append_only}
         {partitions}
         GRANT USAGE ON SCHEMA control TO {role};
         {functions}"
    )
}

/// A change of status that the database has to follow, and the deed to record in the
/// dealership's own log: after the rights are given, or before they are taken.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RightsChange {
    /// For workers of the version before; this one acts on the job's row alone.
    pub tenant_id: TenantId,
    pub actor: Actor,
    pub action: String,
    pub data: Value,
}

/// Gives or takes the schema's USAGE, as the tenant's status wants it.
pub struct ApplyRights {
    pub owner: Owner,
    pub db: Database,
    pub registry: Registry,
}

impl ApplyRights {
    async fn apply(&self, id: TenantId, change: &RightsChange) -> Result<()> {
        // The row stays locked meanwhile, so that the next change of status waits for its turn.
        let mut tx = self.db.control().await?;
        let Some(tenant) = model::lock(&mut tx, id).await?.map(TenantContext::from) else {
            return Ok(());
        };
        let role = migrations::quote(&schema_name(id));
        let mut connection = self.owner.connect().await?;
        if tenant.status == TenantStatus::Active {
            let grant = format!("GRANT USAGE ON SCHEMA {role} TO {role}");
            connection.batch_execute(&grant).await?;
            self.record(&tenant, change).await?;
            for kind in RESTING {
                tx.wake_jobs(id, kind).await?;
            }
        } else if tenant.status != TenantStatus::Provisioning {
            // Repeated after a crash, the log cannot be written any more, and need not be.
            if let Err(error) = self.record(&tenant, change).await {
                tracing::warn!(%error, tenant.id = %id, "not written to the dealership's audit log");
            }
            let revoke = format!("REVOKE USAGE ON SCHEMA {role} FROM {role}");
            connection.batch_execute(&revoke).await?;
        }
        tx.commit().await?;
        self.registry.invalidate(id).await;
        Ok(())
    }

    async fn record(&self, tenant: &TenantContext, change: &RightsChange) -> Result<()> {
        let mut tx = self.db.tenant(tenant).await?;
        tx.audit(
            &change.actor,
            &change.action,
            "tenant",
            Some(tenant.id),
            change.data.clone(),
        )
        .await?;
        tx.commit().await
    }
}

#[async_trait::async_trait]
impl JobHandler for ApplyRights {
    fn kind(&self) -> &'static str {
        APPLY_TENANT_RIGHTS
    }

    async fn run(&self, job: &LeasedJob) -> Result<Turn> {
        let change = serde_json::from_value(job.payload.clone()).map_err(Error::internal)?;
        self.apply(job.tenant()?, &change).await?;
        Ok(Turn::Done)
    }
}
