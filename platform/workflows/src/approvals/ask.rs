//! Telling those who are to decide.

use super::config::Assignee;
use super::live;
use super::mail::SEND_APPROVAL_MAIL;
use super::model::Approval;
use platform_db::TenantTx;
use platform_db::jobs::{Lane, NewJob};
use platform_engine::LiveBus;
use platform_kernel::Result;
use platform_kernel::id::{ApprovalId, UserId};
use platform_messaging::notifications::{Notice, Severity, members_of_role, tell_users};
use platform_records::members;
use serde::{Deserialize, Serialize};

/// A mail with a link for one person.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct MailTo {
    pub(super) approval_id: ApprovalId,
    pub(super) user_id: UserId,
    /// Which time this person is asked.
    pub(super) occasion: String,
}

/// What is asked, of whom, and which time.
pub(super) struct Asked<'a> {
    pub(super) id: ApprovalId,
    pub(super) title: &'a str,
    pub(super) body: &'a str,
    pub(super) to: &'a Assignee,
    pub(super) links: bool,
    pub(super) severity: Severity,
    /// The same occasion tells the same person once.
    pub(super) occasion: String,
}

impl<'a> Asked<'a> {
    /// The same question, to whom it goes from now on.
    pub(super) fn again(approval: &'a Approval, to: &'a Assignee, occasion: String) -> Self {
        Self {
            id: approval.id,
            title: &approval.title,
            body: &approval.body,
            to,
            links: false,
            severity: Severity::Warning,
            occasion,
        }
    }
}

/// Tells everyone whom it goes to: inside the application, live to open inboxes, and with a link
/// by mail where that is wanted.
pub(super) async fn ask(tx: &mut TenantTx, bus: &LiveBus, asked: &Asked<'_>) -> Result<()> {
    let users = people(tx, asked.to).await?;
    let notice = Notice {
        title: asked.title,
        body: asked.body,
        link: format!("/approvals/{}", asked.id),
        severity: asked.severity,
        dedup_key: format!("approval:{}:{}", asked.id, asked.occasion),
    };
    tell_users(tx, bus, &users, &notice).await?;
    if asked.links {
        for user_id in users {
            let mail = MailTo {
                approval_id: asked.id,
                user_id,
                occasion: asked.occasion.clone(),
            };
            let key = format!("{}/{user_id}/{}", asked.id, asked.occasion);
            let job = NewJob::new(SEND_APPROVAL_MAIL, key, Lane::Interactive, &mail)?;
            tx.enqueue(&job).await?;
        }
    }
    live::changed(tx, bus, asked.id, super::ApprovalState::Pending);
    Ok(())
}

/// Everyone it goes to. Where nobody has the role, it is the admins, who may decide for it.
async fn people(tx: &mut TenantTx, to: &Assignee) -> Result<Vec<UserId>> {
    match (to.user_id, to.role) {
        (Some(user), _) => {
            let member = members::find(tx, user).await?;
            Ok(member.into_iter().map(|member| member.user_id).collect())
        }
        (None, Some(role)) => members_of_role(tx, role.as_str()).await,
        (None, None) => Ok(Vec::new()),
    }
}
