//! The rules of deciding. The approval's row is locked first, so that of many who decide at once
//! one does, and the others hear who it was.

use super::ask::{Asked, ask};
use super::config::Assignee;
use super::dto::{Decide, Decision};
use super::model::{Approval, ApprovalOfRun, ApprovalState, Who};
use super::step::Request;
use super::{form, live, queries};
use crate::stored::check_storable;
use platform_db::TenantTx;
use platform_db::audit::Actor;
use platform_engine::{LiveBus, resolve_wait};
use platform_kernel::id::{ApprovalId, TenantId};
use platform_kernel::{Error, ErrorCode, Result, clock};
use platform_records::leads::{NewLeadEvent, TimelineKind, add_event};
use platform_records::members;
use serde_json::{Value, json};
use uuid::Uuid;

/// Where somebody decides: `app`, or `link` without signing in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Via {
    App,
    Link,
}

impl Via {
    fn as_str(self) -> &'static str {
        match self {
            Self::App => "app",
            Self::Link => "link",
        }
    }
}

/// The approval, if there is one; nobody else changes it until the transaction ends.
async fn lock(tx: &mut TenantTx, id: ApprovalId) -> Result<Approval> {
    let found = queries::lock(tx, id).await?;
    found.ok_or_else(|| ErrorCode::NotFound.into())
}

pub(super) async fn find(tx: &mut TenantTx, id: ApprovalId) -> Result<ApprovalOfRun> {
    let found = queries::find(tx, id).await?;
    found.ok_or_else(|| ErrorCode::NotFound.into())
}

/// Takes it on: from then on the others leave it to `who`.
pub(super) async fn claim(
    tx: &mut TenantTx,
    bus: &LiveBus,
    id: ApprovalId,
    who: &Who,
) -> Result<()> {
    let approval = lock(tx, id).await?;
    require_open(tx, &approval, who).await?;
    queries::claim(tx, id, Some(who.id)).await?;
    live::changed(tx, bus, id, ApprovalState::Pending);
    Ok(())
}

/// Leaves it to the others again. `any` lets `who` do that for somebody else.
pub(super) async fn release(
    tx: &mut TenantTx,
    bus: &LiveBus,
    id: ApprovalId,
    who: &Who,
    any: bool,
) -> Result<()> {
    let approval = lock(tx, id).await?;
    require_pending(&approval)?;
    if approval.claimed_by.is_some_and(|by| by != who.id) && !any {
        return Err(ErrorCode::Forbidden.detail("somebody else has claimed it"));
    }
    queries::claim(tx, id, None).await?;
    live::changed(tx, bus, id, ApprovalState::Pending);
    Ok(())
}

/// Gives it to another role or person, and tells them. The time for the decision stays.
pub(super) async fn assign(
    tx: &mut TenantTx,
    bus: &LiveBus,
    id: ApprovalId,
    to: &Assignee,
) -> Result<()> {
    let approval = lock(tx, id).await?;
    require_pending(&approval)?;
    if let Some(user) = to.user_id
        && members::find(tx, user).await?.is_none()
    {
        let words = "nobody with this id works at the dealership";
        return Err(Error::invalid("/user_id", "unknown", words));
    }
    queries::assign(tx, id, to, approval.escalation_level).await?;
    let mut asked = Asked::again(&approval, to, format!("a{}", Uuid::now_v7().simple()));
    let request = queries::request(tx, &approval).await?;
    asked.links = request.is_some_and(|r| Request::read(&r).is_ok_and(|r| r.links));
    ask(tx, bus, &asked).await
}

/// Decides, once and for all: the decision and the run's waking are one transaction.
pub(super) async fn decide(
    tx: &mut TenantTx,
    bus: &LiveBus,
    id: ApprovalId,
    (who, via, actor): (&Who, Via, &Actor),
    decide: &Decide,
) -> Result<()> {
    let approval = lock(tx, id).await?;
    require_open(tx, &approval, who).await?;
    let values = checked_values(tx.tenant().id, &approval, decide).await?;
    let comment = decide
        .comment
        .as_deref()
        .map(str::trim)
        .filter(|c| !c.is_empty());
    let at = clock::now();
    let state = match decide.decision {
        Decision::Approved => ApprovalState::Approved,
        Decision::Rejected => ApprovalState::Rejected,
    };
    let decided = queries::Decided {
        state,
        values: &values,
        comment,
        by: who,
        via: via.as_str(),
        at,
    };
    queries::decide(tx, id, &decided).await?;
    let resolution = json!({
        "decision": decide.decision,
        "values": values,
        "comment": comment,
        "decided_by": { "id": who.id, "name": who.name },
        "decided_at": at,
    });
    let (execution, step) = (approval.execution_id, approval.step_id.as_str());
    if !resolve_wait(tx, execution, step, resolution).await? {
        let words = "the run does not wait for this decision any more";
        return Err(ErrorCode::ApprovalDecided.detail(words));
    }
    let data =
        json!({ "decision": decide.decision, "via": via.as_str(), "execution_id": execution });
    tx.audit(actor, "approval.decided", "approval", Some(id), data)
        .await?;
    note(tx, &approval, decide.decision, who).await?;
    live::changed(tx, bus, id, state);
    Ok(())
}

/// What was filled in. Whoever rejects need not fill anything in.
async fn checked_values(tenant: TenantId, approval: &Approval, decide: &Decide) -> Result<Value> {
    let given = decide.values.clone();
    if decide.decision == Decision::Rejected && given.is_none() {
        return Ok(json!({}));
    }
    let values = Value::Object(given.unwrap_or_default());
    check_storable(&values, "/values")?;
    form::check(tenant, approval.form.as_ref(), &values).await?;
    Ok(values)
}

/// The decision in the timeline of the run's lead.
async fn note(tx: &mut TenantTx, approval: &Approval, decision: Decision, who: &Who) -> Result<()> {
    let lead = find(tx, approval.id).await?.lead_id;
    let Some(lead) = lead else { return Ok(()) };
    let title = match decision {
        Decision::Approved => format!("{} approved: {}", who.name, approval.title),
        Decision::Rejected => format!("{} rejected: {}", who.name, approval.title),
    };
    let event = NewLeadEvent::new(TimelineKind::Note, title).execution(approval.execution_id);
    add_event(tx, lead, event).await
}

/// Nobody has decided, `who` may, and nobody else is at it.
async fn require_open(tx: &mut TenantTx, approval: &Approval, who: &Who) -> Result<()> {
    require_pending(approval)?;
    if !who.may_decide(approval) {
        return Err(ErrorCode::Forbidden.detail("this decision is asked of somebody else"));
    }
    if let Some(by) = approval.claimed_by.filter(|by| *by != who.id) {
        let name = members::find(tx, by).await?.map(|member| member.name);
        let name = name.unwrap_or_else(|| "somebody else".to_owned());
        return Err(ErrorCode::ApprovalClaimed.detail(format!("{name} has claimed it")));
    }
    Ok(())
}

fn require_pending(approval: &Approval) -> Result<()> {
    let somebody = approval.decided_by_name.as_deref().unwrap_or("somebody");
    let words = match approval.state {
        ApprovalState::Pending => return Ok(()),
        ApprovalState::Approved => format!("{somebody} has approved it"),
        ApprovalState::Rejected => format!("{somebody} has rejected it"),
        ApprovalState::Expired => "the time for the decision is over".to_owned(),
        ApprovalState::Cancelled => "the run has ended".to_owned(),
    };
    Err(ErrorCode::ApprovalDecided.detail(words))
}
