use super::dto::{CreateRollout, RolloutView};
use super::model::{NewTarget, ROLLING_BACK, Rollout, RolloutState, Target, tenants_of};
use super::queries::{self, ListPosition};
use crate::service::Workflows;
use crate::templates::{Library, queries as templates};
use platform_db::audit::Actor;
use platform_db::jobs::{Lane, NewJob};
use platform_db::{ControlTx, Database};
use platform_http::{Principal, TenantResolver};
use platform_kernel::id::{RolloutId, TenantId};
use platform_kernel::{Error, ErrorCode, Result, clock};
use serde_json::{Value, json};
use std::collections::HashSet;
use std::sync::Arc;

/// The kind of the job that carries a rollout.
pub(super) const ROLLOUT: &str = "template_rollout";

/// What rollouts need; put into the app once, as `web::Data<Rollouts>`.
#[derive(Clone)]
pub struct Rollouts {
    pub(super) db: Database,
    pub(super) tenants: Arc<dyn TenantResolver>,
    pub(super) workflows: Workflows,
}

impl Rollouts {
    pub fn new(db: Database, tenants: Arc<dyn TenantResolver>, workflows: Workflows) -> Self {
        Self {
            db,
            tenants,
            workflows,
        }
    }

    pub(super) fn library(&self) -> &Library {
        self.workflows.library()
    }

    /// Begins a rollout over the workflows of the dealerships that the caller administers.
    pub(super) async fn create(
        &self,
        caller: &Principal,
        actor: &Actor,
        request: CreateRollout,
    ) -> Result<RolloutView> {
        let template = match request.to_version {
            None => self.library().find(&request.template_id),
            Some(version) => self.library().find_version(&request.template_id, version),
        };
        let template = template.ok_or_else(|| {
            let detail = "the library has no such template or version";
            Error::invalid("/template_id", "unknown_template", detail)
        })?;
        let targets = self
            .targets(caller, &template.id, template.version, &request.stages)
            .await?;
        if targets.is_empty() {
            let detail = "no workflow of your dealerships is older than this version";
            return Err(ErrorCode::Conflict.detail(detail));
        }
        let rollout = Rollout {
            id: RolloutId::new(),
            group_id: caller.group_id,
            template_id: template.id.clone(),
            to_version: template.version,
            stages: json!(request.stages),
            stage: 0,
            stage_minutes: request.stage_minutes,
            max_error_rate: request.max_error_rate,
            min_runs: request.min_runs,
            state: RolloutState::Running,
            reason: None,
            stage_started_at: None,
            created_by: caller.user_id,
            created_by_name: caller.name.clone(),
            created_at: clock::now(),
            ended_at: None,
            authorized_by: None,
            authorized_by_name: None,
            counted_since: None,
        };
        let mut tx = self.db.control().await?;
        let workflows: Vec<_> = targets.iter().map(|target| target.workflow_id).collect();
        if queries::is_under_way(&mut tx, caller.group_id, &template.id, &workflows).await? {
            let detail = "a rollout of this template to these workflows is under way";
            return Err(ErrorCode::Conflict.detail(detail));
        }
        queries::insert(&mut tx, &rollout).await?;
        for (position, target) in (0..).zip(&targets) {
            queries::insert_target(&mut tx, rollout.id, position, target).await?;
        }
        tx.enqueue(
            None,
            &NewJob::new(ROLLOUT, rollout.id, Lane::Backfill, &json!({}))?,
        )
        .await?;
        tx.commit().await?;
        let data = json!({ "template": template.id, "version": template.version });
        let tenants = targets.iter().map(|target| target.tenant_id).collect();
        self.note(tenants, actor, "template_rollout.started", rollout.id, data)
            .await?;
        self.find(caller, rollout.id).await
    }

    async fn targets(
        &self,
        caller: &Principal,
        template: &str,
        version: i32,
        stages: &[u8],
    ) -> Result<Vec<NewTarget>> {
        let mut tx = self.db.control().await?;
        let tenants = queries::administered(&mut tx, caller.group_id, caller.user_id).await?;
        tx.commit().await?;
        let mut targets = Vec::new();
        for id in tenants {
            let Some(tenant) = self.tenants.by_id(id).await? else {
                continue;
            };
            let mut tx = self.db.tenant(&tenant).await?;
            let outdated = templates::outdated(&mut tx, template, version).await?;
            tx.commit().await?;
            let of_tenant = outdated
                .into_iter()
                .map(|(workflow_id, workflow_name)| NewTarget {
                    tenant_id: tenant.id,
                    tenant_name: tenant.name.clone(),
                    workflow_id,
                    workflow_name,
                    stage: 0,
                });
            targets.extend(of_tenant);
        }
        let count = targets.len();
        for (index, target) in targets.iter_mut().enumerate() {
            target.stage = stage_of(index, count, stages);
        }
        Ok(targets)
    }

    /// Records a deed about a rollout in the log of each dealership that it reaches.
    pub(super) async fn note(
        &self,
        tenants: HashSet<TenantId>,
        actor: &Actor,
        action: &str,
        id: RolloutId,
        data: Value,
    ) -> Result<()> {
        for id_of_tenant in tenants {
            if let Some(tenant) = self.tenants.by_id(id_of_tenant).await? {
                let mut tx = self.db.tenant(&tenant).await?;
                tx.audit(actor, action, "template_rollout", Some(id), data.clone())
                    .await?;
                tx.commit().await?;
            }
        }
        Ok(())
    }

    /// A rollout that reaches a dealership of the caller's, as far as it does.
    pub(super) async fn find(&self, caller: &Principal, id: RolloutId) -> Result<RolloutView> {
        let mut tx = self.db.control().await?;
        let rollout = queries::find(&mut tx, id).await?;
        let rollout = rollout.filter(|found| found.group_id == caller.group_id);
        let rollout = rollout.ok_or(ErrorCode::NotFound)?;
        let view = self.view(&mut tx, caller, rollout).await?;
        tx.commit().await?;
        view.ok_or_else(|| ErrorCode::NotFound.into())
    }

    /// The rollout with what of it lies in the caller's dealerships; `None` where nothing does.
    async fn view(
        &self,
        tx: &mut ControlTx,
        caller: &Principal,
        rollout: Rollout,
    ) -> Result<Option<RolloutView>> {
        let targets = queries::targets_of(tx, rollout.id, caller.user_id).await?;
        if targets.is_empty() {
            return Ok(None);
        }
        let beyond = queries::reaches_beyond(tx, rollout.id, caller.user_id).await?;
        let name = self.name_of(&rollout.template_id);
        Ok(Some(RolloutView::of(rollout, name, targets, !beyond)))
    }

    pub(super) async fn list(
        &self,
        caller: &Principal,
        after: Option<ListPosition>,
        limit: i64,
    ) -> Result<Vec<RolloutView>> {
        let mut tx = self.db.control().await?;
        let mut views = Vec::new();
        let scope = (caller.group_id, caller.user_id);
        for rollout in queries::list(&mut tx, scope, after, limit).await? {
            views.extend(self.view(&mut tx, caller, rollout).await?);
        }
        tx.commit().await?;
        Ok(views)
    }

    pub(super) fn name_of(&self, template: &str) -> String {
        let known = self.library().find(template);
        known.map_or_else(|| template.to_owned(), |known| known.name.clone())
    }

    /// Pauses, resumes or cancels a rollout; what has ended stays as it is. Only someone who
    /// administers every dealership that it reaches may do so.
    pub(super) async fn change(
        &self,
        caller: &Principal,
        actor: &Actor,
        id: RolloutId,
        to: RolloutState,
    ) -> Result<RolloutView> {
        let mut tx = self.db.control().await?;
        let rollout = queries::lock(&mut tx, id).await?;
        let rollout = rollout.filter(|found| found.group_id == caller.group_id);
        let state = rollout.ok_or(ErrorCode::NotFound)?.state;
        let own = queries::targets_of(&mut tx, id, caller.user_id).await?;
        if own.is_empty() {
            return Err(ErrorCode::NotFound.into());
        }
        if queries::reaches_beyond(&mut tx, id, caller.user_id).await? {
            let detail = "the rollout also reaches dealerships that you do not administer";
            return Err(ErrorCode::Forbidden.detail(detail));
        }
        if state.has_ended() && state != to {
            return Err(ErrorCode::Conflict.detail("the rollout has ended"));
        }
        let changes = state != to;
        if changes {
            if to == RolloutState::Running {
                resume(&mut tx, caller, id, state, &own).await?;
            }
            queries::set_state(&mut tx, id, to, None).await?;
            let job = NewJob::new(ROLLOUT, id, Lane::Backfill, &json!({}))?;
            tx.enqueue(None, &job).await?;
        }
        tx.commit().await?;
        if changes {
            let data = json!({ "state": to });
            self.note(
                tenants_of(&own),
                actor,
                "template_rollout.changed",
                id,
                data,
            )
            .await?;
        }
        self.find(caller, id).await
    }
}

/// From here on the rollout acts for the caller. One that stopped by itself begins again, once
/// everything that it rolls back is rolled back.
async fn resume(
    tx: &mut ControlTx,
    caller: &Principal,
    id: RolloutId,
    from: RolloutState,
    targets: &[Target],
) -> Result<()> {
    if targets.iter().any(|target| target.state == ROLLING_BACK) {
        return Err(ErrorCode::Conflict.detail("the upgrades are being rolled back; resume later"));
    }
    queries::set_authority(tx, id, caller.user_id, &caller.name).await?;
    if from == RolloutState::Halted {
        queries::restart(tx, id).await?;
    }
    Ok(())
}

/// The stage in which the workflow at `index` of `count` is upgraded: the first one whose
/// percentage, rounded up, reaches it.
fn stage_of(index: usize, count: usize, stages: &[u8]) -> i32 {
    let reaches = |percent: &u8| index < (count * usize::from(*percent)).div_ceil(100);
    let stage = stages
        .iter()
        .position(reaches)
        .unwrap_or(stages.len().saturating_sub(1));
    i32::try_from(stage).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::stage_of;

    #[test]
    fn the_first_stage_has_at_least_one_workflow_and_the_last_one_all() {
        let spread = |count: usize| -> Vec<i32> {
            (0..count)
                .map(|index| stage_of(index, count, &[10, 50, 100]))
                .collect()
        };
        assert_eq!(spread(1), [0]);
        assert_eq!(spread(4), [0, 1, 2, 2]);
        assert_eq!(spread(10), [0, 1, 1, 1, 1, 2, 2, 2, 2, 2]);
    }
}
