use crate::accept::{self, NewExecution, Parent};
use crate::children::published;
use crate::live::LiveBus;
use crate::registry::StepRegistry;
use crate::step::{
    Due, Opened, StepContext, StepError, StepKind, StepOutput, StepTypeInfo, Waiting, WaitingStep,
};
use async_trait::async_trait;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use platform_db::TenantTx;
use platform_db::jobs::Lane;
use platform_db::schema::tenant::workflow_executions;
use platform_kernel::id::{ExecutionId, WorkflowId};
use platform_kernel::{Error, Result};
use serde_json::{Value, json};
use std::sync::Arc;

/// The trigger type of runs that a step started.
pub(crate) const TRIGGER: &str = "workflow";
/// How deep runs may start runs.
pub(crate) const MAX_DEPTH: i16 = 10;

/// Adds `workflow.run`; `bus` tells of the runs that it starts.
pub fn add_workflow_run(registry: &mut StepRegistry, bus: LiveBus) -> Result<()> {
    let step = Arc::new(RunWorkflow { bus });
    registry.add_step(info(), StepKind::Waiting(step))
}

/// Starts a run of another workflow, and waits for its end.
struct RunWorkflow {
    bus: LiveBus,
}

fn info() -> StepTypeInfo {
    StepTypeInfo {
        type_: "workflow.run",
        name: "Run a workflow",
        category: "logic",
        description: "Starts another workflow of this dealership, and goes on with what it gives.",
        icon: "workflow",
        config_schema: json!({
            "type": "object",
            "additionalProperties": false,
            "required": ["workflow_id"],
            "properties": {
                "workflow_id": {
                    "type": "string", "format": "uuid", "title": "Workflow",
                    "description": "Its published version runs.",
                    "x-ui": {"widget": "workflow"}
                },
                "input": {
                    "title": "Input", "description": "What the workflow reads as trigger.",
                    "x-ui": {"widget": "json"}
                },
                "wait": {
                    "type": "boolean", "default": true, "title": "Wait for its end",
                    "description": "Without this the run goes on at once and the other one stands alone."
                }
            },
            "x-ui": {"order": ["workflow_id", "input", "wait"]}
        }),
        output_schema: json!({
            "type": "object",
            "required": ["execution_id", "status"],
            "properties": {
                "execution_id": {"type": "string", "format": "uuid"},
                "status": {"enum": ["queued", "succeeded"]},
                "output": {"description": "What its last steps gave, by step."},
                "error": {"type": "null"}
            }
        }),
        ..StepTypeInfo::default()
    }
}

#[async_trait]
impl WaitingStep for RunWorkflow {
    async fn open(
        &self,
        tx: &mut TenantTx,
        context: &StepContext,
        config: Value,
    ) -> std::result::Result<Opened, StepError> {
        let workflow: WorkflowId = config
            .get("workflow_id")
            .and_then(|id| id.as_str()?.parse().ok())
            .ok_or_else(|| StepError::fatal("config_invalid", "/workflow_id: is no id"))?;
        let depth = depth_of(tx, context.execution_id).await?.saturating_add(1);
        if depth > MAX_DEPTH {
            let message = format!("Workflows run each other more than {MAX_DEPTH} deep.");
            return Err(StepError::fatal("too_deep", message));
        }
        let Some(found) = published(tx, workflow).await? else {
            let message = "The workflow does not exist or is not published.";
            return Err(StepError::fatal("workflow_not_published", message));
        };
        let input = config.get("input").cloned().unwrap_or(json!({}));
        let lane = match context.started_by {
            Some(_) => Lane::Interactive,
            None => Lane::Event,
        };
        let keys = found.keys(tx.tenant(), &input).await;
        let new = NewExecution {
            lead_id: context.lead_id,
            started_by: context.started_by,
            business_key: keys.business_key,
            concurrency_key: keys.concurrency_key,
            parent: Some(Parent {
                execution_id: context.execution_id,
                step_id: context.step_id.clone(),
                depth,
            }),
            ..NewExecution::new(workflow, found.version, "", TRIGGER, input, lane)
        };
        let child = accept::accept(tx, &self.bus, new).await?;
        context.report.child(child, workflow);
        if config.get("wait") == Some(&Value::Bool(false)) {
            let output =
                json!({"execution_id": child, "status": "queued", "output": null, "error": null});
            return Ok(Opened::Done(StepOutput::new(output)));
        }
        Ok(Opened::Waiting(Waiting {
            kind: "child",
            name: child.to_string(),
            key: String::new(),
            summary: format!("the end of a run of “{}”", found.name),
            until: None,
            request: json!({"execution_id": child, "workflow_id": workflow}),
        }))
    }

    async fn resolved(
        &self,
        _tx: &mut TenantTx,
        _context: &StepContext,
        _request: &Value,
        resolution: &Value,
    ) -> std::result::Result<StepOutput, StepError> {
        ended(resolution)
    }

    async fn due(
        &self,
        _tx: &mut TenantTx,
        context: &StepContext,
        _request: &Value,
        _round: u32,
    ) -> std::result::Result<Due, StepError> {
        // It sets no time of its own.
        Ok(Due::Until(context.now + chrono::TimeDelta::days(1)))
    }

    async fn close(
        &self,
        tx: &mut TenantTx,
        _context: &StepContext,
        request: &Value,
    ) -> Result<(), Error> {
        let child = request.get("execution_id").and_then(Value::as_str);
        match child.and_then(|id| id.parse::<ExecutionId>().ok()) {
            Some(child) => {
                accept::cancel_if_open(tx, child, "The run that started it ended.").await
            }
            None => Ok(()),
        }
    }
}

/// What the end of the other run means for the step.
pub(crate) fn ended(resolution: &Value) -> std::result::Result<StepOutput, StepError> {
    let text = |pointer: &str| resolution.pointer(pointer).and_then(Value::as_str);
    match text("/status") {
        Some("succeeded") => Ok(StepOutput::new(resolution.clone())),
        Some("cancelled") => {
            let message = "The run that this step started was cancelled.";
            Err(StepError::fatal("child_failed", message))
        }
        _ => {
            let why = text("/error/message").unwrap_or("it does not say why");
            let message = format!("The run that this step started failed: {why}");
            Err(StepError::fatal("child_failed", message))
        }
    }
}

async fn depth_of(tx: &mut TenantTx, id: ExecutionId) -> Result<i16> {
    Ok(workflow_executions::table
        .find(id.0)
        .select(workflow_executions::depth)
        .first(tx.conn())
        .await?)
}
