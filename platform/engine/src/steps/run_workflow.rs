use crate::accept::{self, NewExecution, Parent};
use crate::backlog::Backlog;
use crate::children::published;
use crate::live::LiveBus;
use crate::registry::StepRegistry;
use crate::step::{
    Due, Opened, StepContext, StepError, StepKind, StepOutput, StepTypeInfo, Waiting, WaitingStep,
};
use async_trait::async_trait;
use chrono::TimeDelta;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, SmallInt, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use platform_db::jobs::Lane;
use platform_db::{TenantTx, statement};
use platform_kernel::id::{ExecutionId, TenantId, WorkflowId};
use platform_kernel::{Error, Result};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::sync::Arc;

/// The trigger type of runs that a step started.
pub(crate) const TRIGGER: &str = "workflow";
/// How deep runs may start runs.
pub(crate) const MAX_DEPTH: i16 = 10;
/// How many runs may come of one, directly and by those that it started.
const MAX_DESCENDANTS: i64 = 10_000;
/// When a step that found no room for another run looks again.
const LOOK_AGAIN: TimeDelta = TimeDelta::seconds(10);
/// When a step looks again that waits for a run's end, of which it is told.
const TOLD: TimeDelta = TimeDelta::days(1);

/// Adds `workflow.run`; `bus` tells of the runs that it starts, of which no more wait than `backlog`
/// allows.
pub fn add_workflow_run(
    registry: &mut StepRegistry,
    bus: LiveBus,
    backlog: Option<Backlog>,
) -> Result<()> {
    let step = Arc::new(RunWorkflow { bus, backlog });
    registry.add_step(info(), StepKind::Waiting(step))
}

/// Starts a run of another workflow, and waits for its end.
struct RunWorkflow {
    bus: LiveBus,
    backlog: Option<Backlog>,
}

/// What the step was asked for and what became of it: the request of its wait.
#[derive(Serialize, Deserialize)]
struct Asked {
    /// The run that it starts, or will start.
    execution_id: ExecutionId,
    workflow_id: WorkflowId,
    /// The step's configuration while there is no room for the run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    postponed: Option<Value>,
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

impl RunWorkflow {
    /// Starts the run and gives its workflow's name; `None` when too many of the dealership's runs wait.
    async fn start(
        &self,
        tx: &mut TenantTx,
        context: &StepContext,
        child: ExecutionId,
        workflow: WorkflowId,
        config: &Value,
    ) -> std::result::Result<Option<String>, StepError> {
        let above = require_descendants(tx, context.execution_id).await?;
        let depth = above.saturating_add(1);
        if depth > MAX_DEPTH {
            let message = format!("Workflows run each other more than {MAX_DEPTH} deep.");
            return Err(StepError::fatal("too_deep", message));
        }
        let Some(found) = published(tx, workflow).await? else {
            let message = "The workflow does not exist or is not published.";
            return Err(StepError::fatal("workflow_not_published", message));
        };
        let lane = match context.started_by {
            Some(_) => Lane::Interactive,
            None => Lane::Event,
        };
        if !self.has_room(tx.tenant().id).await? {
            return Ok(None);
        }
        let input = config.get("input").cloned().unwrap_or(json!({}));
        let keys = found.keys(tx.tenant(), &input).await;
        let new = NewExecution {
            id: child,
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
        accept::accept(tx, &self.bus, new).await?;
        context.report.child(child, workflow);
        Ok(Some(found.name))
    }

    /// Whoever started the first run, what comes of it has no room of its own.
    async fn has_room(&self, tenant: TenantId) -> Result<bool> {
        match &self.backlog {
            Some(backlog) => backlog.has_room(tenant, Lane::Event).await,
            None => Ok(true),
        }
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
        let child = ExecutionId::new();
        let started = self.start(tx, context, child, workflow, &config).await?;
        let (Some(name), true) = (&started, waits(&config)) else {
            return Ok(match started {
                Some(_) => Opened::Done(queued(child)),
                None => Opened::Waiting(waiting_for_room(context, child, workflow, config)?),
            });
        };
        let asked = Asked {
            execution_id: child,
            workflow_id: workflow,
            postponed: None,
        };
        Ok(Opened::Waiting(Waiting {
            kind: "child",
            name: child.to_string(),
            key: String::new(),
            summary: format!("the end of a run of “{name}”"),
            until: None,
            request: serde_json::to_value(asked).map_err(Error::internal)?,
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
        tx: &mut TenantTx,
        context: &StepContext,
        request: &Value,
        _round: u32,
    ) -> std::result::Result<Due, StepError> {
        let asked = Asked::deserialize(request).map_err(Error::internal)?;
        let Some(config) = &asked.postponed else {
            return Ok(Due::Until(context.now + TOLD));
        };
        let child = asked.execution_id;
        if lineage(tx, child).await?.is_some() {
            return Ok(Due::Until(context.now + TOLD));
        }
        let workflow = asked.workflow_id;
        Ok(
            match self.start(tx, context, child, workflow, config).await? {
                None => Due::Until(context.now + LOOK_AGAIN),
                Some(_) if waits(config) => Due::Until(context.now + TOLD),
                Some(_) => Due::Output(queued(child)),
            },
        )
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

fn waits(config: &Value) -> bool {
    config.get("wait") != Some(&Value::Bool(false))
}

/// What a step gives that does not wait for the run's end.
fn queued(child: ExecutionId) -> StepOutput {
    StepOutput::new(
        json!({"execution_id": child, "status": "queued", "output": null, "error": null}),
    )
}

fn waiting_for_room(
    context: &StepContext,
    child: ExecutionId,
    workflow: WorkflowId,
    config: Value,
) -> Result<Waiting> {
    let asked = Asked {
        execution_id: child,
        workflow_id: workflow,
        postponed: Some(config),
    };
    Ok(Waiting {
        kind: "child",
        name: child.to_string(),
        key: String::new(),
        summary: "room for another run: too many of this dealership wait to begin".to_owned(),
        until: Some(context.now + LOOK_AGAIN),
        request: serde_json::to_value(asked).map_err(Error::internal)?,
    })
}

/// Where a run stands among those that started each other.
#[derive(QueryableByName)]
struct Lineage {
    #[diesel(sql_type = SmallInt)]
    depth: i16,
    /// Runs that came of the first one, counted up to [`MAX_DESCENDANTS`].
    #[diesel(sql_type = BigInt)]
    descendants: i64,
}

const LINEAGE: &str = "WITH run AS (SELECT depth, coalesce(root_execution_id, id) AS root \
        FROM workflow_executions WHERE id = $1) \
    SELECT run.depth, (SELECT count(*) FROM (SELECT FROM workflow_executions AS d \
        WHERE d.root_execution_id = run.root LIMIT $2) AS counted) AS descendants FROM run";

/// Refuses a step that would start one more run where too many came of the first one already. Gives how
/// many runs stand before this one.
///
/// # Errors
/// `too_many_descendants`.
pub async fn require_descendants(
    tx: &mut TenantTx,
    id: ExecutionId,
) -> std::result::Result<i16, StepError> {
    // A run that is only tried out has no row.
    let Some(above) = lineage(tx, id).await? else {
        return Ok(0);
    };
    if above.descendants >= MAX_DESCENDANTS {
        let message = format!("More than {MAX_DESCENDANTS} runs came of the first one.");
        return Err(StepError::fatal("too_many_descendants", message));
    }
    Ok(above.depth)
}

async fn lineage(tx: &mut TenantTx, id: ExecutionId) -> Result<Option<Lineage>> {
    let found = statement(LINEAGE)
        .bind::<SqlUuid, _>(id.0)
        .bind::<BigInt, _>(MAX_DESCENDANTS)
        .get_result(tx.conn())
        .await;
    Ok(found.optional()?)
}
