use crate::Identity;
use crate::accounts;
use chrono::TimeDelta;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use platform_db::ControlTx;
use platform_db::audit::Actor;
use platform_db::jobs::{Lane, NewJob, Turn};
use platform_db::schema::tenant::audit_events;
use platform_kernel::id::TenantId;
use platform_kernel::tenant::TenantStatus;
use platform_kernel::{Result, clock};
use serde_json::json;

/// The kind of the job that writes the first row of a dealership's audit log; its key is the
/// dealership's id and its payload the actor.
pub(crate) const NOTE_SIGNUP: &str = "note_signup";

const ACTION: &str = "tenant.signed_up";

/// The log itself is made after the sign-up was committed, so the row is a job.
pub(super) async fn enqueue(tx: &mut ControlTx, tenant: TenantId, actor: &Actor) -> Result<()> {
    let job = NewJob::new(NOTE_SIGNUP, tenant, Lane::Event, actor)?;
    let soon = clock::now() + TimeDelta::milliseconds(500);
    tx.enqueue(Some(tenant), &job.at(soon)).await
}

impl Identity {
    /// Writes the row once; waits for a dealership that is still being set up.
    pub(crate) async fn note_signup(&self, id: TenantId, actor: &Actor) -> Result<Turn> {
        let mut tx = self.db.control().await?;
        let tenant = accounts::tenant(&mut tx, id).await?;
        tx.commit().await?;
        let Some(tenant) = tenant else {
            return Ok(Turn::Done);
        };
        match tenant.status {
            TenantStatus::Active => {}
            TenantStatus::Deleted => return Ok(Turn::Done),
            _ => {
                let at = clock::now() + TimeDelta::seconds(2);
                return Ok(Turn::Again { at });
            }
        }
        let mut tx = self.db.tenant(&tenant).await?;
        let noted: bool = diesel::select(diesel::dsl::exists(
            audit_events::table.filter(audit_events::action.eq(ACTION)),
        ))
        .get_result(tx.conn())
        .await?;
        if !noted {
            let data = json!({ "name": tenant.name, "slug": tenant.slug });
            tx.audit(actor, ACTION, "tenant", Some(id), data).await?;
        }
        tx.commit().await?;
        Ok(Turn::Done)
    }
}
