use super::view::{DashboardDay, DashboardScope, DashboardView};
use super::{days, queries};
use crate::leads::LeadSummary;
use crate::leads::queries::{self as lead_queries, LeadSearch};
use chrono::{DateTime, Utc};
use platform_db::TenantTx;
use platform_kernel::id::UserId;
use platform_kernel::{Error, Result};

/// What the caller gets to see.
#[derive(Clone, Copy, Debug)]
pub(super) struct Viewer {
    pub(super) user: UserId,
    pub(super) scope: DashboardScope,
    /// Whether they may see response times.
    pub(super) performance: bool,
}

const RECENT: i64 = 8;

pub(super) async fn view(
    tx: &mut TenantTx,
    viewer: Viewer,
    now: DateTime<Utc>,
    count: u64,
) -> Result<DashboardView> {
    let days = days::until(now, &tx.tenant().time_zone, count);
    let first = days.first().ok_or_else(|| Error::internal("no day"))?;
    let own = (viewer.scope == DashboardScope::Own).then_some(viewer.user);
    let figures = queries::days(tx, &days, own).await?;
    let open = queries::now(tx, first.starts, own).await?;
    let search = LeadSearch {
        own,
        ..LeadSearch::default()
    };
    let recent_leads = lead_queries::list(tx, &search, None, RECENT).await?;
    let recent_failures = queries::failures(tx, RECENT).await?;
    let today = figures.last().ok_or_else(|| Error::internal("no day"))?;
    let timed = |seconds: Option<f64>| seconds.filter(|_| viewer.performance);
    Ok(DashboardView {
        leads_today: today.leads,
        leads_answered_today: today.answered,
        median_response_seconds: timed(open.median),
        p90_response_seconds: timed(open.p90),
        executions_today: today.executions,
        failures_today: today.failures,
        waiting_now: open.waiting,
        needs_review: open.needs_review,
        series: figures
            .iter()
            .map(|day| DashboardDay {
                date: day.date,
                leads: day.leads,
                executions: day.executions,
                failures: day.failures,
                median_response_seconds: timed(day.median_response_seconds),
            })
            .collect(),
        recent_leads: recent_leads.into_iter().map(LeadSummary::from).collect(),
        recent_failures: recent_failures.into_iter().map(Into::into).collect(),
        scope: viewer.scope,
    })
}
