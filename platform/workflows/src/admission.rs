//! What a workflow's settings say about a run before it begins.

use platform_engine::definition::Settings;
use platform_engine::keys::Seen;
use platform_engine::{Keys, NewExecution};
use platform_kernel::tenant::TenantContext;
use serde_json::Value;

/// Fills in what people find the run by and whose places it shares. `settings` and `parameters`
/// are those of its version.
pub(crate) async fn prepare(
    mut execution: NewExecution,
    settings: Option<&Value>,
    parameters: Option<&Value>,
    tenant: &TenantContext,
) -> NewExecution {
    let settings: Settings = settings
        .and_then(|settings| serde_json::from_value(settings.clone()).ok())
        .unwrap_or_default();
    let seen = Seen::new(&execution.input, parameters, tenant);
    let keys = Keys::of(&settings, &seen).await;
    execution.business_key = keys.business_key;
    execution.concurrency_key = keys.concurrency_key;
    execution
}
