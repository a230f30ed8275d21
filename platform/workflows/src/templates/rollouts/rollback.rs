//! Puts workflows back to what they were before a rollout upgraded them.

use super::advance::reason;
use super::model::{ROLLING_BACK, Rollout, Target, tenants_of};
use super::queries;
use super::service::Rollouts;
use crate::templates::queries::{self as templates, Relinked};
use crate::versions::{Version, publish, queries as versions};
use crate::workflows::model::Workflow;
use crate::workflows::queries as workflows;
use platform_db::TenantTx;
use platform_kernel::{Error, ErrorCode, Result};
use serde_json::{Value, json};

type Outcome = std::result::Result<(), String>;

impl Rollouts {
    /// Rolls back every workflow that waits for it. Repeated after a crash it goes on.
    pub(super) async fn roll_back(&self, rollout: &Rollout, targets: &[Target]) -> Result<()> {
        if !targets.iter().any(|target| target.state == ROLLING_BACK) {
            return Ok(());
        }
        for target in targets {
            if target.state != ROLLING_BACK {
                continue;
            }
            let outcome = match self.try_roll_back(rollout, target).await {
                Ok(outcome) => outcome,
                Err(error) if error.code().status() < 500 => Err(reason(&error)),
                Err(error) => return Err(error),
            };
            let mut tx = self.db.control().await?;
            queries::end_rollback(&mut tx, rollout.id, target, &outcome).await?;
            tx.commit().await?;
        }
        let data = json!({ "state": rollout.state, "reason": rollout.reason });
        let actor = self.actor(rollout);
        self.note(
            tenants_of(targets),
            &actor,
            "template_rollout.rolled_back",
            rollout.id,
            data,
        )
        .await
    }

    /// Publishes what was published before the upgrade as a version of its own: history goes
    /// forward. A workflow that somebody changed since is theirs.
    async fn try_roll_back(&self, rollout: &Rollout, target: &Target) -> Result<Outcome> {
        let previous = target
            .previous_version
            .zip(target.previous_template_version);
        let Some((version, template_version)) = previous else {
            return Ok(kept("the rollout had not upgraded it"));
        };
        let library = self.library();
        let Some(template) = library.find_version(&rollout.template_id, template_version) else {
            return Ok(kept("the library has its earlier version no longer"));
        };
        let Some(tenant) = self.tenants.by_id(target.tenant_id).await? else {
            return Ok(kept("the dealership is gone"));
        };
        let mut tx = self.db.tenant(&tenant).await?;
        let workflow = workflows::lock(&mut tx, target.workflow_id).await?;
        let workflow = workflow.ok_or(ErrorCode::NotFound)?;
        let old = versions::find(&mut tx, workflow.id, version).await?;
        let Some(old) = old else {
            return Ok(kept("its earlier version is no longer kept"));
        };
        let now = published(&mut tx, &workflow).await?;
        if now.as_ref().is_some_and(|now| now.sha256 == old.sha256)
            && workflow.draft_sha256 == old.sha256
        {
            // An attempt before got so far.
            return Ok(Ok(()));
        }
        let untouched = now.is_some_and(|now| {
            Some(now.id) == target.version_id && now.sha256 == workflow.draft_sha256
        });
        if !untouched {
            return Ok(kept("somebody changed it since it was upgraded"));
        }
        let base = serde_json::to_value(&template.definition).map_err(Error::internal)?;
        let change = Relinked {
            template_version,
            template_base: &base,
            draft: &old.definition,
            draft_sha256: &old.sha256,
            parameters: old.parameters.as_ref().unwrap_or(&Value::Null),
        };
        templates::relink(&mut tx, workflow.id, &change).await?;
        let actor = self.actor(rollout);
        let made = publish(&mut tx, &self.workflows, workflow.id, &actor).await?;
        let data =
            json!({ "version": made.version.version, "restores": version, "rollout": rollout.id });
        let id = Some(workflow.id);
        tx.audit(&actor, "workflow.published", "workflow", id, data)
            .await?;
        tx.commit().await?;
        Ok(Ok(()))
    }
}

async fn published(tx: &mut TenantTx, workflow: &Workflow) -> Result<Option<Version>> {
    Ok(match workflow.published_version {
        Some(number) => versions::find(tx, workflow.id, number).await?,
        None => None,
    })
}

fn kept(why: &str) -> Outcome {
    Err(why.to_owned())
}
