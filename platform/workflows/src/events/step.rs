//! The step type `event.publish`.

use super::{LONGEST_KEY, NAME_PATTERN, publish};
use async_trait::async_trait;
use platform_db::TenantTx;
use platform_db::jobs::Lane;
use platform_engine::registry::StepRegistry;
use platform_engine::step::{
    Ports, StepContext, StepError, StepKind, StepOutput, StepTypeInfo, TransactionalStep,
};
use platform_engine::steps::require_descendants;
use platform_engine::{Backlog, LiveBus};
use platform_kernel::id::TenantId;
use platform_kernel::{ErrorCode, Result};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

/// Adds the step type `event.publish`.
pub fn register(registry: &mut StepRegistry, bus: LiveBus, backlog: Option<Backlog>) -> Result<()> {
    let info = StepTypeInfo {
        type_: "event.publish",
        name: "Tell an event",
        category: "logic",
        description: "Starts the workflows that listen to the event, and lets steps go on that wait for it.",
        icon: "megaphone",
        config_schema: config_schema(),
        output_schema: output_schema(),
        ports: Ports::OUT,
        simulated_note: None,
        check: None,
    };
    let step = PublishEventStep { bus, backlog };
    registry.add_step(info, StepKind::Transactional(Arc::new(step)))
}

fn config_schema() -> Value {
    json!({
        "type": "object",
        "additionalProperties": false,
        "required": ["name"],
        "properties": {
            "name": {
                "type": "string", "title": "Event", "pattern": NAME_PATTERN,
                "description": "What happened, for example `deal.funded`."
            },
            "key": {
                "type": ["string", "number", "null"], "title": "Key", "maxLength": LONGEST_KEY,
                "description": "To what it happened, for example the deal's number. Steps may wait for the events of one key."
            },
            "data": {
                "type": ["object", "null"], "title": "Data",
                "description": "What the workflows that it starts shall know."
            }
        }
    })
}

fn output_schema() -> Value {
    json!({
        "type": "object",
        "required": ["event_id", "executions", "waits_resolved"],
        "properties": {
            "event_id": {"type": "string", "format": "uuid"},
            "executions": {
                "type": "array", "items": {"type": "string", "format": "uuid"},
                "description": "The runs that begin because of it."
            },
            "waits_resolved": {"type": "integer", "description": "How many steps waited for it."}
        }
    })
}

struct PublishEventStep {
    bus: LiveBus,
    backlog: Option<Backlog>,
}

impl PublishEventStep {
    /// Whoever published the first event, what comes of it has no room of its own.
    async fn require_room(&self, tenant: TenantId) -> Result<(), StepError> {
        let Some(backlog) = &self.backlog else {
            return Ok(());
        };
        if backlog.has_room(tenant, Lane::Event).await? {
            return Ok(());
        }
        let message = "Too many runs of this dealership wait to begin.";
        Err(StepError {
            retry_after: Some(LOOK_AGAIN),
            ..StepError::retry("backlog_full", message)
        })
    }
}

/// When a step that found no room is tried again.
const LOOK_AGAIN: Duration = Duration::from_secs(10);

#[async_trait]
impl TransactionalStep for PublishEventStep {
    async fn run(
        &self,
        tx: &mut TenantTx,
        context: &StepContext,
        config: Value,
    ) -> Result<StepOutput, StepError> {
        let name = config.get("name").and_then(Value::as_str);
        let name = name.unwrap_or_default();
        let key = match config.get("key") {
            Some(Value::String(key)) => key.clone(),
            Some(Value::Number(key)) => key.to_string(),
            _ => String::new(),
        };
        let data = config.get("data").filter(|data| data.is_object()).cloned();
        let data = data.unwrap_or_else(|| json!({}));
        require_descendants(tx, context.execution_id).await?;
        self.require_room(context.tenant.id).await?;
        let source = Some(context.execution_id);
        let published = publish(tx, &self.bus, (name, &key), data, source)
            .await
            .map_err(|error| match error.code() {
                ErrorCode::Conflict => {
                    let detail = error.detail().unwrap_or_default();
                    StepError::fatal("chain_too_long", detail)
                }
                _ => StepError::from(error),
            })?;
        for warning in &published.warnings {
            context.report.warn(warning.clone());
        }
        Ok(StepOutput::new(json!({
            "event_id": published.id,
            "executions": published.executions,
            "waits_resolved": published.waits_resolved,
        })))
    }
}
