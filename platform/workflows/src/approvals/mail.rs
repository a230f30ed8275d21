//! The mail that brings a link: a job, so that nothing remote happens in a transaction.

use super::ask::MailTo;
use super::links;
use super::model::{Approval, Who};
use async_trait::async_trait;
use chrono::{DateTime, NaiveTime, TimeDelta, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Text, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use platform_db::Database;
use platform_db::jobs::{JobHandler, LeasedJob, Turn};
use platform_http::TenantResolver;
use platform_http::authorize::require_active;
use platform_kernel::id::{TenantId, UserId};
use platform_kernel::ports::{CallError, Fate, Handover, Mailer, OutgoingMail};
use platform_kernel::secret::MasterKey;
use platform_kernel::{Error, ErrorCode, Result, clock};
use platform_messaging::email::html_of;
use std::sync::Arc;
use tenants::allowance::{self, Allowance};

/// The kind of the job.
pub const SEND_APPROVAL_MAIL: &str = "send_approval_mail";

/// A link for a decision without a time limit works so long.
const LINK_LIVES: TimeDelta = TimeDelta::days(7);

/// Sends one-time links.
pub struct SendApprovalMail {
    pub db: Database,
    pub tenants: Arc<dyn TenantResolver>,
    pub mailer: Arc<dyn Mailer>,
    /// Links are derived from it, so that a repeated attempt sends the very same mail.
    pub master: MasterKey,
    /// Where people find the app.
    pub public_url: String,
}

/// A link that is sent twice harms nobody, so no mark is kept.
struct Unmarked;

#[async_trait]
impl Handover for Unmarked {
    async fn mark(&self) -> Result<(), CallError> {
        Ok(())
    }
}

#[async_trait]
impl JobHandler for SendApprovalMail {
    fn kind(&self) -> &'static str {
        SEND_APPROVAL_MAIL
    }

    async fn run(&self, job: &LeasedJob) -> Result<Turn> {
        let to: MailTo = serde_json::from_value(job.payload.clone()).map_err(Error::internal)?;
        match self.write(job.tenant()?, &to).await {
            Ok(Some(mail)) => self.send(&mail).await?,
            Ok(None) => {}
            // The decision can be made in the app meanwhile.
            Err(error) if error.code() == ErrorCode::RateLimited => {
                tracing::info!(%error, job.key, "a link has to wait for tomorrow");
                return Ok(Turn::Again { at: tomorrow() });
            }
            Err(error) => return Err(error),
        }
        Ok(Turn::Done)
    }
}

/// A little after midnight UTC, when the day's allowance is whole again.
fn tomorrow() -> DateTime<Utc> {
    let midnight = clock::now().date_naive().and_time(NaiveTime::MIN).and_utc();
    midnight + TimeDelta::days(1) + TimeDelta::minutes(1)
}

impl SendApprovalMail {
    /// The mail, with its link's hash kept; nothing when it is not wanted any more.
    async fn write(&self, tenant: TenantId, to: &MailTo) -> Result<Option<OutgoingMail>> {
        let tenant = self.tenants.by_id(tenant).await?;
        let Some(tenant) = tenant.filter(|tenant| require_active(tenant).is_ok()) else {
            return Ok(None);
        };
        let Some(address) = self.address(to.user_id, tenant.id).await? else {
            return Ok(None);
        };
        let purpose = format!(
            "approval-link/{}/{}/{}",
            to.approval_id, to.user_id, to.occasion
        );
        let token = links::token(tenant.id, &self.master.derive(&purpose));
        let mut tx = self.db.tenant(&tenant).await?;
        let Some((approval, who)) = links::wanted(&mut tx, to.approval_id, to.user_id).await?
        else {
            return Ok(None);
        };
        let expires_at = approval.due_at.unwrap_or_else(|| clock::now() + LINK_LIVES);
        let made = links::insert(&mut tx, &token, approval.id, who.id, expires_at).await?;
        // A letter that could not be sent is tried again with the same link, and counts once.
        if made > 0
            && let Err(reached) = allowance::take(&mut tx, Allowance::Mails, 1).await?
        {
            return Err(ErrorCode::RateLimited.detail(reached.to_string()));
        }
        tx.commit().await?;
        let text = self.text(&approval, &who, &tenant.name, &token);
        Ok(Some(OutgoingMail {
            message_id: self.message_id(to),
            from_name: Some("Auterity".to_owned()),
            reply_to: None,
            to: address,
            to_name: Some(who.name),
            subject: format!("{}: {}", tenant.name, approval.title),
            html: Some(html_of(&text)),
            text,
        }))
    }

    fn text(&self, approval: &Approval, who: &Who, dealership: &str, token: &str) -> String {
        let mut parts = vec![
            format!("Hello {},", who.name),
            format!("{dealership} asks for your decision:\n{}", approval.title),
        ];
        if !approval.body.is_empty() {
            parts.push(approval.body.clone());
        }
        let facts: Vec<String> = approval
            .facts()
            .iter()
            .map(|fact| format!("{}: {}", fact.label, fact.value))
            .collect();
        if !facts.is_empty() {
            parts.push(facts.join("\n"));
        }
        let base = self.public_url.trim_end_matches('/');
        parts.push(format!(
            "Look at it and decide:\n{base}/approve#token={token}"
        ));
        parts.push(
            "The link is yours alone: whoever has it decides in your name, once. Opening it \
             decides nothing. If you do not know what this is about, leave it alone.\nAuterity"
                .to_owned(),
        );
        parts.join("\n\n") + "\n"
    }

    fn message_id(&self, to: &MailTo) -> String {
        let host = self.public_url.split("://").nth(1).unwrap_or_default();
        let host = host
            .split(['/', ':'])
            .next()
            .filter(|host| !host.is_empty());
        let MailTo {
            approval_id,
            user_id,
            occasion,
        } = to;
        format!(
            "approval-{approval_id}-{user_id}-{occasion}@{}",
            host.unwrap_or("localhost")
        )
    }

    /// Where the person gets mail, if they still work there.
    async fn address(&self, user: UserId, tenant: TenantId) -> Result<Option<String>> {
        #[derive(QueryableByName)]
        struct Row {
            #[diesel(sql_type = Text)]
            email: String,
        }
        let mut tx = self.db.control().await?;
        let row: Option<Row> = diesel::sql_query(
            "SELECT u.email FROM control.users u \
             JOIN control.memberships m ON m.user_id = u.id \
             WHERE u.id = $1 AND m.tenant_id = $2 AND u.status = 'active' AND m.status = 'active'",
        )
        .bind::<SqlUuid, _>(user.0)
        .bind::<SqlUuid, _>(tenant.0)
        .get_result(tx.conn())
        .await
        .optional()?;
        Ok(row.map(|row| row.email))
    }

    /// Sends, or says that another attempt is worth it.
    async fn send(&self, mail: &OutgoingMail) -> Result<()> {
        let error = match self.mailer.send(mail, &Unmarked).await {
            Ok(_) => return Ok(()),
            Err(error) => error,
        };
        if error.fate == Fate::Final {
            tracing::warn!(
                code = error.code,
                message_id = mail.message_id,
                "a mail was refused for good"
            );
            return Ok(());
        }
        let wait = error.retry_after;
        let error = ErrorCode::Unavailable.because(error);
        Err(match wait {
            Some(wait) => error.retry_after(wait),
            None => error,
        })
    }
}
