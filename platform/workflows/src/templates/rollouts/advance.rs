//! One turn at a rollout: upgrade what the stage asks for, look how the runs end, go on or stop.

use super::model::{Rollout, RolloutState, Target, tenants_of};
use super::queries;
use super::service::{ROLLOUT, Rollouts};
use crate::templates::{link, queries as templates};
use crate::versions::publish;
use crate::workflows::queries as workflows;
use async_trait::async_trait;
use chrono::TimeDelta;
use platform_db::audit::Actor;
use platform_db::jobs::{JobHandler, LeasedJob, Turn};
use platform_kernel::id::{RolloutId, VersionId};
use platform_kernel::tenant::TenantContext;
use platform_kernel::{Error, ErrorCode, Result, clock};
use serde_json::json;
use std::collections::BTreeMap;

/// Between two looks at how the runs end.
const LOOK: TimeDelta = TimeDelta::seconds(15);

/// Carries rollouts out: the handler of jobs of kind `template_rollout`.
pub struct AdvanceRollouts(pub Rollouts);

#[async_trait]
impl JobHandler for AdvanceRollouts {
    fn kind(&self) -> &'static str {
        ROLLOUT
    }

    async fn run(&self, job: &LeasedJob) -> Result<Turn> {
        let id: RolloutId = job.key.parse().map_err(Error::internal)?;
        self.0.advance(id).await
    }
}

/// What the runs so far say about going on.
#[derive(Debug, PartialEq)]
enum Verdict {
    Stop(String),
    Wait,
    NextStage,
}

impl Rollouts {
    async fn advance(&self, id: RolloutId) -> Result<Turn> {
        let mut tx = self.db.control().await?;
        let rollout = queries::find(&mut tx, id).await?;
        let targets = queries::targets(&mut tx, id).await?;
        tx.commit().await?;
        let Some(rollout) = rollout else {
            return Ok(Turn::Done);
        };
        self.roll_back(&rollout, &targets).await?;
        if rollout.state != RolloutState::Running {
            return Ok(Turn::Done);
        }
        let mut upgraded_now = false;
        for target in &targets {
            if target.state == "pending" && target.stage <= rollout.stage {
                if !self.is_authorized(&rollout, &targets).await? {
                    return Ok(Turn::Done);
                }
                self.upgrade(&rollout, target).await?;
                upgraded_now = true;
            }
        }
        let mut tx = self.db.control().await?;
        let mut targets = queries::targets(&mut tx, id).await?;
        tx.commit().await?;
        for target in &mut targets {
            self.count(target, &rollout).await?;
        }
        self.decide(id, &targets, upgraded_now).await
    }

    /// Whether the person for whom the rollout acts still administers every dealership that it
    /// reaches; otherwise the rollout waits for somebody who does.
    async fn is_authorized(&self, rollout: &Rollout, targets: &[Target]) -> Result<bool> {
        let (user, name) = rollout.authority();
        let mut tx = self.db.control().await?;
        if !queries::reaches_beyond(&mut tx, rollout.id, user).await? {
            tx.commit().await?;
            return Ok(true);
        }
        let locked = queries::lock(&mut tx, rollout.id).await?;
        let reason = format!(
            "{name} no longer administers every dealership of this rollout. Someone who does can resume it."
        );
        if locked.is_some_and(|found| found.state == RolloutState::Running) {
            let paused = RolloutState::Paused;
            queries::set_state(&mut tx, rollout.id, paused, Some(&reason)).await?;
        }
        tx.commit().await?;
        let data = json!({ "state": RolloutState::Paused, "reason": reason });
        let actor = self.actor(rollout);
        self.note(
            tenants_of(targets),
            &actor,
            "template_rollout.changed",
            rollout.id,
            data,
        )
        .await?;
        Ok(false)
    }

    /// The rollout itself, which nobody steers at this moment.
    pub(super) fn actor(&self, rollout: &Rollout) -> Actor {
        Actor {
            name: Some(format!("Rollout of {}", self.name_of(&rollout.template_id))),
            ..Actor::default()
        }
    }

    /// Upgrades and publishes one workflow. What cannot be done without a person is skipped, with
    /// the reason; repeated after a crash it finds the workflow upgraded already.
    async fn upgrade(&self, rollout: &Rollout, target: &Target) -> Result<()> {
        let outcome = match self.try_upgrade(rollout, target).await {
            Ok(outcome) => outcome,
            Err(error) if error.code().status() < 500 => Err(reason(&error)),
            Err(error) => return Err(error),
        };
        let mut tx = self.db.control().await?;
        queries::set_target(&mut tx, rollout.id, target, &outcome).await?;
        tx.commit().await
    }

    async fn try_upgrade(
        &self,
        rollout: &Rollout,
        target: &Target,
    ) -> Result<std::result::Result<VersionId, String>> {
        let Some(tenant) = self.tenants.by_id(target.tenant_id).await? else {
            return Ok(Err("the dealership is gone".to_owned()));
        };
        let before = self.keep_previous(rollout, target, &tenant).await?;
        let mut tx = self.db.tenant(&tenant).await?;
        let workflow = workflows::lock(&mut tx, target.workflow_id).await?;
        let workflow = workflow.ok_or(ErrorCode::NotFound)?;
        let overview = workflows::overview(&mut tx, workflow.id).await?;
        let overview = overview.ok_or(ErrorCode::NotFound)?;
        let (user, name) = rollout.authority();
        let actor = Actor {
            id: Some(user.0),
            name: Some(name.to_owned()),
            role: None,
            request_id: None,
        };
        let has_it = overview
            .template_version
            .is_some_and(|has| has >= rollout.to_version);
        if !has_it && workflow.published_version != before {
            let detail = "somebody published it at the same moment; upgrade it by hand";
            return Ok(Err(detail.to_owned()));
        }
        if !has_it {
            if overview.has_unpublished_changes {
                return Ok(Err(
                    "the draft has changes that are not published".to_owned()
                ));
            }
            let (library, none) = (self.workflows.library(), BTreeMap::new());
            let to = Some(rollout.to_version);
            link::upgrade(&mut tx, library, workflow.id, to, &none, None).await?;
        }
        let published = publish(&mut tx, &self.workflows, workflow.id, &actor).await?;
        if !published.unchanged {
            let data = json!({ "version": published.version.version, "rollout": rollout.id });
            tx.audit(
                &actor,
                "workflow.published",
                "workflow",
                Some(workflow.id),
                data,
            )
            .await?;
        }
        tx.commit().await?;
        Ok(Ok(published.version.id))
    }

    /// Writes down what is published now, so that the upgrade can be rolled back; a workflow that
    /// has the new version already is left out. Answers the published version.
    async fn keep_previous(
        &self,
        rollout: &Rollout,
        target: &Target,
        tenant: &TenantContext,
    ) -> Result<Option<i32>> {
        let mut tx = self.db.tenant(tenant).await?;
        let workflow = workflows::find(&mut tx, target.workflow_id).await?;
        let published = workflow.ok_or(ErrorCode::NotFound)?.published_version;
        let link = templates::link(&mut tx, target.workflow_id).await?;
        tx.commit().await?;
        let made_of = link.and_then(|link| link.template_version);
        let older = made_of.filter(|has| *has < rollout.to_version);
        if let (Some(version), Some(template)) = (published, older) {
            let mut tx = self.db.control().await?;
            queries::set_previous(&mut tx, rollout.id, target, version, template).await?;
            tx.commit().await?;
        }
        Ok(published)
    }

    /// Counts the ended runs of the version that the rollout published.
    async fn count(&self, target: &mut Target, rollout: &Rollout) -> Result<()> {
        let Some(version) = target.version_id else {
            return Ok(());
        };
        if let Some(tenant) = self.tenants.by_id(target.tenant_id).await? {
            let mut tx = self.db.tenant(&tenant).await?;
            (target.runs, target.failed) =
                queries::ends(&mut tx, target.workflow_id, version, rollout.counted_since).await?;
            tx.commit().await?;
        }
        Ok(())
    }

    async fn decide(&self, id: RolloutId, targets: &[Target], begins: bool) -> Result<Turn> {
        let mut tx = self.db.control().await?;
        let Some(rollout) = queries::lock(&mut tx, id).await? else {
            return Ok(Turn::Done);
        };
        for target in targets.iter().filter(|target| target.version_id.is_some()) {
            queries::set_counts(&mut tx, id, target).await?;
        }
        if rollout.state != RolloutState::Running {
            tx.commit().await?;
            return Ok(Turn::Done);
        }
        let now = clock::now();
        let turn = if begins || rollout.stage_started_at.is_none() {
            queries::set_stage(&mut tx, id, rollout.stage, Some(now)).await?;
            Turn::Again {
                at: now + TimeDelta::seconds(1),
            }
        } else {
            match verdict(&rollout, targets, now) {
                Verdict::Stop(reason) => {
                    queries::set_state(&mut tx, id, RolloutState::Halted, Some(&reason)).await?;
                    queries::begin_rollback(&mut tx, id).await?;
                    Turn::Again { at: now }
                }
                Verdict::Wait => Turn::Again { at: now + LOOK },
                Verdict::NextStage if rollout.stage + 1 >= rollout.stage_count() => {
                    queries::set_state(&mut tx, id, RolloutState::Done, None).await?;
                    Turn::Done
                }
                Verdict::NextStage => {
                    queries::set_stage(&mut tx, id, rollout.stage + 1, None).await?;
                    Turn::Again { at: now }
                }
            }
        };
        tx.commit().await?;
        Ok(turn)
    }
}

fn verdict(rollout: &Rollout, targets: &[Target], now: chrono::DateTime<chrono::Utc>) -> Verdict {
    let (runs, failed) = targets.iter().fold((0, 0), |(runs, failed), target| {
        (runs + target.runs, failed + target.failed)
    });
    let enough = runs >= i64::from(rollout.min_runs);
    let rate = if runs == 0 {
        0.0
    } else {
        failed as f64 / runs as f64
    };
    if enough && rate > rollout.max_error_rate {
        let percent = |part: f64| (part * 1_000.0).round() / 10.0;
        return Verdict::Stop(format!(
            "{failed} of {runs} runs of the new version failed: {} %, and {} % are allowed.",
            percent(rate),
            percent(rollout.max_error_rate)
        ));
    }
    let stage_began = rollout.stage_started_at.unwrap_or(now);
    let over = now >= stage_began + TimeDelta::minutes(i64::from(rollout.stage_minutes));
    // Where nothing could be upgraded there is nothing to wait for.
    let any = targets.iter().any(|target| target.version_id.is_some());
    if over && (enough || !any) {
        Verdict::NextStage
    } else {
        Verdict::Wait
    }
}

/// Why a workflow could not be upgraded, for people.
pub(super) fn reason(error: &Error) -> String {
    let conflicts = error
        .errors()
        .iter()
        .filter(|fault| fault.code == "choice_missing")
        .count();
    if conflicts > 0 {
        return format!(
            "{conflicts} of its changes conflict with the new version; upgrade it by hand"
        );
    }
    let first = error
        .errors()
        .first()
        .map(|fault| format!("{}: {}", fault.pointer, fault.detail));
    let detail = first.or_else(|| error.detail().map(str::to_owned));
    detail.unwrap_or_else(|| error.code().title().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::{DateTime, Utc};
    use platform_kernel::id::{GroupId, TenantId, UserId, WorkflowId};

    fn rollout(minutes: i32, rate: f64, min_runs: i32) -> (Rollout, DateTime<Utc>) {
        let began = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let rollout = Rollout {
            id: RolloutId::new(),
            group_id: GroupId::new(),
            template_id: "t".into(),
            to_version: 2,
            stages: json!([10, 100]),
            stage: 0,
            stage_minutes: minutes,
            max_error_rate: rate,
            min_runs,
            state: RolloutState::Running,
            reason: None,
            stage_started_at: Some(began),
            created_by: UserId::new(),
            created_by_name: "Alex".into(),
            created_at: began,
            ended_at: None,
            authorized_by: None,
            authorized_by_name: None,
            counted_since: None,
        };
        (rollout, began)
    }

    fn target(runs: i64, failed: i64, upgraded: bool) -> Target {
        Target {
            tenant_id: TenantId::new(),
            tenant_name: "Acme".into(),
            workflow_id: WorkflowId::new(),
            workflow_name: "Leads".into(),
            stage: 0,
            state: "upgraded".into(),
            detail: None,
            version_id: upgraded.then(VersionId::new),
            runs,
            failed,
            upgraded_at: None,
            previous_version: None,
            previous_template_version: None,
        }
    }

    #[test]
    fn too_many_failures_stop_it_at_once() {
        let (rollout, began) = rollout(60, 0.05, 10);
        let stop = verdict(&rollout, &[target(8, 0, true), target(4, 3, true)], began);
        assert!(matches!(stop, Verdict::Stop(reason) if reason.contains("3 of 12")));
        // Too few runs say nothing yet.
        assert_eq!(
            verdict(&rollout, &[target(4, 3, true)], began),
            Verdict::Wait
        );
    }

    #[test]
    fn the_next_stage_needs_time_and_runs() {
        let (rollout, began) = rollout(60, 0.05, 10);
        let later = began + TimeDelta::minutes(61);
        assert_eq!(
            verdict(&rollout, &[target(12, 0, true)], began),
            Verdict::Wait
        );
        assert_eq!(
            verdict(&rollout, &[target(4, 0, true)], later),
            Verdict::Wait
        );
        assert_eq!(
            verdict(&rollout, &[target(12, 0, true)], later),
            Verdict::NextStage
        );
        assert_eq!(
            verdict(&rollout, &[target(0, 0, false)], later),
            Verdict::NextStage
        );
    }
}
