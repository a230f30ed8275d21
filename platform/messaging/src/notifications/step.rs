use super::model::{NewNotification, Severity};
use super::notice::{deliver, members_of_role};
use crate::text::{line, paragraphs};
use async_trait::async_trait;
use platform_db::TenantTx;
use platform_engine::live::LiveBus;
use platform_engine::step::{StepContext, StepError, StepOutput, TransactionalStep};
use platform_kernel::Result;
use platform_kernel::id::{NotificationId, UserId};
use platform_kernel::text::is_blank;
use platform_records::members;
use serde_json::{Value, json};

/// The step type `notify`.
pub(super) struct Notify {
    pub(super) bus: LiveBus,
}

#[async_trait]
impl TransactionalStep for Notify {
    async fn run(
        &self,
        tx: &mut TenantTx,
        context: &StepContext,
        config: Value,
    ) -> Result<StepOutput, StepError> {
        let users = recipients(tx, &config).await?;
        if users.is_empty() {
            context.report.warn("Nobody is there to be notified");
        }
        let new = notifications(context, &config, &users)?;
        deliver(tx, &self.bus, &new).await?;
        Ok(StepOutput::new(
            json!({ "notified": users.len(), "user_ids": users }),
        ))
    }
}

/// The members of the role, or those named who are members.
async fn recipients(tx: &mut TenantTx, config: &Value) -> Result<Vec<UserId>, StepError> {
    if let Some(named) = config.get("user_ids").and_then(Value::as_array) {
        let named: Vec<UserId> = named
            .iter()
            .filter_map(|id| id.as_str()?.trim().parse().ok())
            .collect();
        let members = members::list(tx, None)
            .await?
            .into_iter()
            .map(|m| m.user_id);
        return Ok(members.filter(|id| named.contains(id)).collect());
    }
    let role = config.get("audience").and_then(Value::as_str);
    let role = role.ok_or_else(|| {
        StepError::fatal(
            "audience_missing",
            "Say who is to be notified: a role or persons",
        )
    })?;
    Ok(members_of_role(tx, role).await?)
}

fn notifications(
    context: &StepContext,
    config: &Value,
    users: &[UserId],
) -> Result<Vec<NewNotification>, StepError> {
    let get = |name: &str| config.get(name).and_then(Value::as_str).unwrap_or_default();
    let title = line(get("title"), 200);
    if is_blank(&title) {
        return Err(StepError::fatal(
            "title_missing",
            "The notification has no title",
        ));
    }
    let body = paragraphs(get("body"), 2_000);
    let link = link(context, get("link"))?;
    let severity = Severity::parse(get("severity")).as_str();
    let for_user = |user_id: &UserId| NewNotification {
        id: NotificationId::new(),
        user_id: *user_id,
        title: title.clone(),
        body: body.clone(),
        severity,
        link: Some(link.clone()),
        execution_id: Some(context.execution_id),
        dedup_key: Some(context.key.clone()),
    };
    Ok(users.iter().map(for_user).collect())
}

/// Where the notification leads: inside the application or to a web page, never to a script.
fn link(context: &StepContext, given: &str) -> Result<String, StepError> {
    let given = line(given, 2_000);
    if given.is_empty() {
        return Ok(match context.lead_id {
            Some(lead) => format!("/leads/{lead}"),
            None => format!("/executions/{}", context.execution_id),
        });
    }
    let inside = given.starts_with('/') && !given.starts_with("//") && !given.contains('\\');
    if inside || given.starts_with("https://") {
        return Ok(given);
    }
    Err(StepError::fatal(
        "link_refused",
        "The link must be a path such as /leads or begin with https://",
    ))
}
