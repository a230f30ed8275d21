//! The topics under which runs are watched: `execution:<id>` and `executions`.

use super::queries;
use async_trait::async_trait;
use platform_db::Database;
use platform_engine::model;
use platform_engine::view::{ExecutionEventView, ExecutionLogView};
use platform_http::{LiveMessage, Principal, TopicSource};
use platform_kernel::id::ExecutionId;
use platform_kernel::tenant::TenantContext;
use platform_kernel::{Error, ErrorCode, Result};
use policies::{Permission, Policy};
use serde::Serialize;

const LIST: &str = "executions";
const ONE: &str = "execution:";
/// Messages replayed at a time.
const PAGE: i64 = 500;

/// Lets those who may watch runs listen to them; hands out the past of a single run.
pub struct ExecutionTopics {
    db: Database,
    policy: Policy,
}

impl ExecutionTopics {
    pub fn new(db: Database, policy: Policy) -> Self {
        Self { db, policy }
    }
}

fn execution_of(topic: &str) -> Option<ExecutionId> {
    topic.strip_prefix(ONE)?.parse().ok()
}

#[async_trait]
impl TopicSource for ExecutionTopics {
    fn matches(&self, topic: &str) -> bool {
        topic == LIST || topic.starts_with(ONE)
    }

    async fn open(&self, principal: &Principal, tenant: &TenantContext, topic: &str) -> Result<()> {
        if !self
            .policy
            .allows(principal.role, Permission::ExecutionsRead)
        {
            return Err(ErrorCode::Forbidden.into());
        }
        if topic == LIST {
            return Ok(());
        }
        let id = execution_of(topic).ok_or(ErrorCode::NotFound)?;
        let mut tx = self.db.tenant(tenant).await?;
        match queries::exists(&mut tx, id).await? {
            true => Ok(()),
            false => Err(ErrorCode::NotFound.into()),
        }
    }

    async fn replay(
        &self,
        _principal: &Principal,
        tenant: &TenantContext,
        topic: &str,
        after: i64,
    ) -> Result<Vec<LiveMessage>> {
        let Some(id) = execution_of(topic) else {
            return Ok(Vec::new());
        };
        let mut tx = self.db.tenant(tenant).await?;
        let Some(execution) = model::find_execution(&mut tx, id).await? else {
            return Ok(Vec::new());
        };
        // The two lists are read one after the other, while the run goes on: only what both had
        // when they were begun is in order without a gap. The rest comes live.
        let next = execution.next_seq;
        let mut events = model::events(&mut tx, id, after, Some(PAGE)).await?;
        let mut logs = model::logs(&mut tx, id, after, PAGE).await?;
        events.retain(|event| event.seq < next);
        logs.retain(|line| line.seq < next);
        let mut messages = Vec::with_capacity(events.len() + logs.len());
        for event in &events {
            let view = ExecutionEventView::try_from(event)?;
            messages.push(message(topic, view.seq, "event", &view)?);
        }
        for line in logs {
            let view = ExecutionLogView::from(line);
            messages.push(message(topic, view.seq, "log", &view)?);
        }
        Ok(first_page(messages))
    }
}

/// Both lists begin after the same position and hold a page each, so the first page of the two
/// together has no gap.
fn first_page(mut messages: Vec<LiveMessage>) -> Vec<LiveMessage> {
    messages.sort_unstable_by_key(|message| message.seq);
    messages.truncate(usize::try_from(PAGE).unwrap_or(usize::MAX));
    messages
}

fn message(topic: &str, seq: i64, type_: &str, data: &impl Serialize) -> Result<LiveMessage> {
    Ok(LiveMessage {
        topic: topic.to_owned(),
        seq,
        type_: type_.to_owned(),
        data: serde_json::to_value(data).map_err(Error::internal)?,
        user_id: None,
    })
}
