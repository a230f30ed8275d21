//! Triggers of type `record`: runs that begin because a customer, a vehicle or a lead was made or
//! changed.

use crate::events::{MOST_DEPTH, depth_of};
use crate::triggers::expression;
use crate::triggers::queries::{self as triggers, Listening};
use crate::triggers::start::{Incoming, start};
use chrono::TimeDelta;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use platform_db::jobs::{JobHandler, Lane, LeasedJob, Turn};
use platform_db::schema::tenant::workflow_executions;
use platform_db::{Database, TenantTx};
use platform_engine::keys::Seen;
use platform_engine::steps::require_descendants;
use platform_engine::{Backlog, Cause, LiveBus, TenantDirectory};
use platform_kernel::id::{ExecutionId, LeadId, WorkflowId};
use platform_kernel::tenant::{TenantContext, TenantStatus};
use platform_kernel::{Error, Result, clock};
use platform_records::changes::{Kind, RECORD_CHANGED, RecordChange};
use serde_json::Value;
use std::sync::Arc;

/// How long changes of a tenant that is not active rest; reactivating wakes them.
const PARKED: TimeDelta = TimeDelta::seconds(300);
/// When a change comes again that found too many runs waiting.
const NO_ROOM: TimeDelta = TimeDelta::seconds(10);
/// After a failure. A change is never given up, however often it failed.
const REST: TimeDelta = TimeDelta::seconds(15);

/// Starts the workflows that listen to changes of records: the handler of jobs of kind
/// `record_changed`.
pub struct TellOfChanges {
    pub db: Database,
    /// How many runs of a dealership may wait; without it as many as come.
    pub backlog: Option<Backlog>,
    pub directory: Arc<dyn TenantDirectory>,
    pub bus: LiveBus,
}

impl TellOfChanges {
    async fn tell(&self, job: &LeasedJob, change: &RecordChange) -> Result<Turn> {
        let tenant = self.directory.find(job.tenant()?).await?;
        let Some(tenant) = tenant.filter(|tenant| tenant.status != TenantStatus::Deleted) else {
            return Ok(Turn::Done);
        };
        if tenant.status != TenantStatus::Active {
            return Ok(Turn::Again {
                at: clock::now() + PARKED,
            });
        }
        if let Some(backlog) = &self.backlog
            && !backlog.has_room(tenant.id, Lane::Event).await?
        {
            return Ok(Turn::Again {
                at: clock::now() + NO_ROOM,
            });
        }
        let mut tx = self.db.tenant(&tenant).await?;
        start_runs(&mut tx, &self.bus, change).await?;
        tx.commit().await?;
        Ok(Turn::Done)
    }
}

#[async_trait::async_trait]
impl JobHandler for TellOfChanges {
    fn kind(&self) -> &'static str {
        RECORD_CHANGED
    }

    async fn run(&self, job: &LeasedJob) -> Result<Turn> {
        let change = serde_json::from_value(job.payload.clone()).map_err(Error::internal)?;
        self.tell(job, &change).await.or_else(|error| {
            tracing::warn!(%error, job.key, "workflows could not be told of a change");
            Ok(Turn::Again {
                at: clock::now() + REST,
            })
        })
    }
}

/// Who changed a record.
struct Origin {
    workflow: Option<WorkflowId>,
    cause: Option<Cause>,
}

async fn origin(tx: &mut TenantTx, run: Option<ExecutionId>) -> Result<Origin> {
    let Some(run) = run else {
        return Ok(Origin {
            workflow: None,
            cause: None,
        });
    };
    let workflow = workflow_executions::table
        .find(run)
        .select(workflow_executions::workflow_id)
        .first(tx.conn())
        .await
        .optional()?;
    Ok(Origin {
        workflow,
        cause: Some(Cause {
            execution_id: run,
            depth: depth_of(tx, run).await? + 1,
        }),
    })
}

/// Accepts a run of each workflow that the change concerns; a change that was told before starts
/// nothing. Answers how many.
async fn start_runs(tx: &mut TenantTx, bus: &LiveBus, change: &RecordChange) -> Result<usize> {
    let listening = triggers::listening_to_record(tx, &change.record_type).await?;
    if listening.is_empty() {
        return Ok(0);
    }
    let origin = origin(tx, change.execution_id).await?;
    if let Some(cause) = origin.cause {
        let goes_on = require_descendants(tx, cause.execution_id).await;
        if cause.depth > MOST_DEPTH || goes_on.is_err_and(|error| !error.retryable) {
            tracing::warn!(record.id = %change.record_id, "a chain of changes has become too long; it ends here");
            return Ok(0);
        }
    }
    let input = change.trigger_payload();
    let is_lead = change.record_type == Kind::Lead.as_str();
    let mut runs = 0;
    for listening in listening {
        if !concerns(&listening, change, &origin) || !passes(tx.tenant(), &listening, &input).await
        {
            continue;
        }
        let incoming = Incoming {
            input: input.clone(),
            lead_id: is_lead.then_some(LeadId(change.record_id)),
            name: Some(format!("change:{}", change.id)),
            cause: origin.cause,
            ..Incoming::default()
        };
        let started = start(tx, bus, &listening, incoming).await?;
        runs += usize::from(started.is_new);
    }
    Ok(runs)
}

/// Whether the trigger asks for such changes. What a run of the same workflow changed counts only
/// where that is asked for, because such a workflow starts itself.
fn concerns(listening: &Listening, change: &RecordChange, origin: &Origin) -> bool {
    let config = &listening.trigger.config;
    let wanted = config.get("on").and_then(Value::as_array);
    let on = wanted.is_none_or(|on| on.iter().any(|word| word == change.on()));
    let include_own = config.get("include_own") == Some(&Value::Bool(true));
    let own = origin.workflow == Some(listening.trigger.workflow_id);
    on && (include_own || !own)
}

async fn passes(tenant: &TenantContext, listening: &Listening, input: &Value) -> bool {
    let seen = Seen::new(input, listening.parameters.as_ref(), tenant);
    let passes = expression::passes(&seen, listening.trigger.filter()).await;
    passes.unwrap_or_else(|message| {
        tracing::warn!(message, trigger.id = %listening.trigger.id, "the filter of a trigger failed");
        false
    })
}
