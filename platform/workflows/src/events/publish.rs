use super::MOST_DEPTH;
use crate::triggers::expression;
use crate::triggers::queries as triggers;
use crate::triggers::start::{Incoming, start};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use platform_db::TenantTx;
use platform_db::schema::tenant::workflow_executions;
use platform_engine::keys::Seen;
use platform_engine::{Cause, LiveBus, event_value, publish_event};
use platform_kernel::id::{ExecutionId, WorkflowEventId};
use platform_kernel::{ErrorCode, Result, clock};
use serde_json::{Value, json};

/// What an event brought about.
#[derive(Debug)]
pub struct Published {
    pub id: WorkflowEventId,
    /// The runs that begin because of it.
    pub executions: Vec<ExecutionId>,
    pub waits_resolved: usize,
    /// Why workflows that listen to it do not run.
    pub warnings: Vec<String>,
}

/// Tells an event: ends the waits for it and accepts a run of every workflow that listens to it.
/// `source` is the run that tells it. The caller commits and wakes the workers.
pub async fn publish(
    tx: &mut TenantTx,
    bus: &LiveBus,
    (name, key): (&str, &str),
    data: Value,
    source: Option<ExecutionId>,
) -> Result<Published> {
    let cause = match source {
        Some(id) => Some(Cause {
            execution_id: id,
            depth: depth_of(tx, id).await? + 1,
        }),
        None => None,
    };
    let told = publish_event(tx, name, key, data.clone(), source).await?;
    let event = event_value(told.id, name, key, &data, clock::now());
    let mut published = Published {
        id: told.id,
        executions: Vec::new(),
        waits_resolved: told.waits_resolved,
        warnings: Vec::new(),
    };
    let tenant = tx.tenant().clone();
    for listening in triggers::listening_to_event(tx, name).await? {
        if cause.is_some_and(|cause| cause.depth > MOST_DEPTH) {
            let detail = format!(
                "more than {MOST_DEPTH} runs in a chain, each begun by an event of the one before"
            );
            return Err(ErrorCode::Conflict.detail(detail));
        }
        let input = json!({ "event": event });
        let seen = Seen::new(&input, listening.parameters.as_ref(), &tenant);
        match expression::passes(&seen, listening.trigger.filter()).await {
            Ok(true) => {}
            Ok(false) => continue,
            Err(message) => {
                let workflow = &listening.workflow_name;
                let warning = format!("{workflow} does not run: its filter failed: {message}");
                published.warnings.push(warning);
                continue;
            }
        }
        let incoming = Incoming {
            input,
            name: Some(format!("event:{}", told.id)),
            cause,
            ..Incoming::default()
        };
        let started = start(tx, bus, &listening, incoming).await?;
        published.executions.extend(started.execution_id);
    }
    Ok(published)
}

/// How many runs stand before this one in its chain.
pub(crate) async fn depth_of(tx: &mut TenantTx, id: ExecutionId) -> Result<i16> {
    let depth: Option<i16> = workflow_executions::table
        .find(id)
        .select(workflow_executions::depth)
        .first(tx.conn())
        .await
        .optional()?;
    Ok(depth.unwrap_or(0))
}
