use super::config::Assignee;
use super::model::{Approval, ApprovalFilter, ApprovalOfRun, ApprovalState, NewApproval, Who};
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use platform_db::schema::tenant::{approvals, execution_waits, workflow_executions, workflows};
use platform_db::{QueryResult, TenantTx};
use platform_kernel::clock;
use platform_kernel::id::{ApprovalId, UserId};
use policies::Role;
use serde_json::Value;

/// An approval joined with its workflow and its run's lead.
macro_rules! of_runs {
    () => {
        approvals::table
            .inner_join(workflows::table.on(workflows::id.eq(approvals::workflow_id)))
            .left_join(
                workflow_executions::table.on(workflow_executions::id.eq(approvals::execution_id)),
            )
            .select((
                Approval::as_select(),
                workflows::name,
                workflow_executions::lead_id.nullable(),
            ))
    };
}

pub(super) async fn insert(tx: &mut TenantTx, new: &NewApproval<'_>) -> QueryResult<usize> {
    diesel::insert_into(approvals::table)
        .values(new)
        .execute(tx.conn())
        .await
}

/// Newest first. With `mine` those that `who` may decide or has decided.
pub(super) async fn list(
    tx: &mut TenantTx,
    filter: Option<ApprovalFilter>,
    mine: Option<&Who>,
    after: Option<(DateTime<Utc>, ApprovalId)>,
    limit: i64,
) -> QueryResult<Vec<ApprovalOfRun>> {
    let mut query = of_runs!()
        .order((approvals::created_at.desc(), approvals::id.desc()))
        .limit(limit)
        .into_boxed();
    let pending = ApprovalState::Pending.as_str();
    match filter {
        Some(ApprovalFilter::Pending) => query = query.filter(approvals::state.eq(pending)),
        Some(ApprovalFilter::Decided) => query = query.filter(approvals::state.ne(pending)),
        None => {}
    }
    if let Some(who) = mine {
        let below = Role::ALL.into_iter().filter(|role| *role <= who.role);
        let roles: Vec<&str> = below.map(Role::as_str).collect();
        let own = approvals::assignee_id
            .eq(who.id)
            .or(approvals::assignee_role.eq_any(roles))
            .or(approvals::decided_by.eq(who.id));
        query = query.filter(own.assume_not_null());
    }
    if let Some((at, id)) = after {
        let earlier = approvals::created_at.lt(at);
        let same = approvals::created_at.eq(at).and(approvals::id.lt(id));
        query = query.filter(earlier.or(same));
    }
    query.load(tx.conn()).await
}

pub(super) async fn find(tx: &mut TenantTx, id: ApprovalId) -> QueryResult<Option<ApprovalOfRun>> {
    of_runs!()
        .filter(approvals::id.eq(id))
        .first(tx.conn())
        .await
        .optional()
}

/// The approval, which nobody else changes until the transaction ends.
pub(super) async fn lock(tx: &mut TenantTx, id: ApprovalId) -> QueryResult<Option<Approval>> {
    approvals::table
        .find(id)
        .select(Approval::as_select())
        .for_update()
        .first(tx.conn())
        .await
        .optional()
}

pub(super) async fn claim(
    tx: &mut TenantTx,
    id: ApprovalId,
    by: Option<UserId>,
) -> QueryResult<usize> {
    diesel::update(approvals::table.find(id))
        .set((
            approvals::claimed_by.eq(by),
            approvals::claimed_at.eq(by.map(|_| clock::now())),
        ))
        .execute(tx.conn())
        .await
}

/// Gives it to somebody else; whoever had claimed it has not any more.
pub(super) async fn assign(
    tx: &mut TenantTx,
    id: ApprovalId,
    to: &Assignee,
    level: i32,
) -> QueryResult<usize> {
    diesel::update(approvals::table.find(id))
        .set((
            approvals::assignee_role.eq(to.role.map(Role::as_str)),
            approvals::assignee_id.eq(to.user_id),
            approvals::escalation_level.eq(level),
            approvals::claimed_by.eq(None::<UserId>),
            approvals::claimed_at.eq(None::<DateTime<Utc>>),
        ))
        .execute(tx.conn())
        .await
}

/// What was decided.
pub(super) struct Decided<'a> {
    pub(super) state: ApprovalState,
    pub(super) values: &'a Value,
    pub(super) comment: Option<&'a str>,
    pub(super) by: &'a Who,
    pub(super) via: &'a str,
    pub(super) at: DateTime<Utc>,
}

pub(super) async fn decide(
    tx: &mut TenantTx,
    id: ApprovalId,
    decided: &Decided<'_>,
) -> QueryResult<usize> {
    diesel::update(approvals::table.find(id))
        .set((
            approvals::state.eq(decided.state.as_str()),
            approvals::values.eq(decided.values),
            approvals::comment.eq(decided.comment),
            approvals::decided_by.eq(decided.by.id),
            approvals::decided_by_name.eq(&decided.by.name),
            approvals::decided_via.eq(decided.via),
            approvals::decided_at.eq(decided.at),
        ))
        .execute(tx.conn())
        .await
}

/// Ends it without a decision; nothing when it was decided before.
pub(super) async fn end(
    tx: &mut TenantTx,
    id: ApprovalId,
    state: ApprovalState,
    at: DateTime<Utc>,
) -> QueryResult<usize> {
    let pending = approvals::state.eq(ApprovalState::Pending.as_str());
    diesel::update(approvals::table.find(id).filter(pending))
        .set((
            approvals::state.eq(state.as_str()),
            approvals::decided_at.eq(at),
        ))
        .execute(tx.conn())
        .await
}

/// What the step that waits for it wrote down for later.
pub(super) async fn request(tx: &mut TenantTx, approval: &Approval) -> QueryResult<Option<Value>> {
    execution_waits::table
        .find((approval.execution_id.0, approval.step_id.as_str()))
        .select(execution_waits::request)
        .first(tx.conn())
        .await
        .optional()
}
