//! Runs that come of other runs: what their workflow runs now, and the error workflow's run when
//! one fails.

use crate::accept::{NewExecution, Parent, accept};
use crate::definition::{Definition, Settings};
use crate::keys::{Keys, Seen};
use crate::live::LiveBus;
use crate::steps::run_workflow::MAX_DEPTH;
use crate::store::FailureReport;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use platform_db::TenantTx;
use platform_db::jobs::Lane;
use platform_db::schema::tenant::{workflow_versions, workflows};
use platform_kernel::Result;
use platform_kernel::id::{VersionId, WorkflowId};
use platform_kernel::tenant::TenantContext;
use serde_json::{Value, json};

/// The trigger type of runs that tell of a failed run.
pub(crate) const ERROR_TRIGGER: &str = "error";
/// How many error workflows may tell of each other's failures.
const MAX_ERROR_DEPTH: i16 = 3;

/// What a workflow runs now.
pub(crate) struct Published {
    pub(crate) version: VersionId,
    pub(crate) name: String,
    settings: Settings,
    parameters: Option<Value>,
}

impl Published {
    /// The keys of a run that begins with `input`.
    pub(crate) async fn keys(&self, tenant: &TenantContext, input: &Value) -> Keys {
        let seen = Seen::new(input, self.parameters.as_ref(), tenant);
        Keys::of(&self.settings, &seen).await
    }
}

/// The published version of an active workflow.
pub(crate) async fn published(tx: &mut TenantTx, id: WorkflowId) -> Result<Option<Published>> {
    let current = workflows::published_version.eq(workflow_versions::version.nullable());
    let found: Option<(VersionId, String, Value, Option<Value>)> = workflows::table
        .inner_join(
            workflow_versions::table.on(workflow_versions::workflow_id
                .eq(workflows::id)
                .and(current)),
        )
        .filter(workflows::id.eq(id.0))
        .filter(workflows::status.eq("active"))
        .select((
            workflow_versions::id,
            workflows::name,
            workflow_versions::definition,
            workflow_versions::parameters,
        ))
        .first(tx.conn())
        .await
        .optional()?;
    Ok(found.map(|(version, name, definition, parameters)| {
        let definition = serde_json::from_value::<Definition>(definition);
        Published {
            version,
            name,
            settings: definition.map(|it| it.settings).unwrap_or_default(),
            parameters,
        }
    }))
}

/// Starts the error workflow of a failed run, if it is published and does not tell of itself.
pub(crate) async fn report(tx: &mut TenantTx, bus: &LiveBus, report: &FailureReport) -> Result<()> {
    let failed = &report.execution;
    let most = if failed.trigger_type == ERROR_TRIGGER {
        MAX_ERROR_DEPTH
    } else {
        MAX_DEPTH
    };
    let depth = failed.depth.saturating_add(1);
    if depth > most {
        tracing::warn!(execution = %failed.id, "error workflows fail one after the other");
        return Ok(());
    }
    let Some(found) = published(tx, report.workflow).await? else {
        tracing::warn!(execution = %failed.id, "the error workflow is not published");
        return Ok(());
    };
    let name: Option<String> = workflows::table
        .find(failed.workflow_id.0)
        .select(workflows::name)
        .first(tx.conn())
        .await
        .optional()?;
    let input = json!({"execution": {
        "id": failed.id,
        "workflow_id": failed.workflow_id,
        "workflow_name": name,
        "failed_step": report.error.step_id,
        "error": report.error,
        "started_at": report.started_at,
        "input": failed.input,
    }});
    let keys = found.keys(tx.tenant(), &input).await;
    let new = NewExecution {
        lead_id: failed.lead_id,
        business_key: keys.business_key,
        concurrency_key: keys.concurrency_key,
        parent: Some(Parent {
            execution_id: failed.id,
            step_id: report.error.step_id.clone().unwrap_or_default(),
            depth,
        }),
        ..NewExecution::new(
            report.workflow,
            found.version,
            "",
            ERROR_TRIGGER,
            input,
            Lane::Event,
        )
    };
    accept(tx, bus, new).await.map(|_| ())
}
