//! Trying a draft, one of its steps or an expression out: nothing leaves the house and nothing stays.

mod dto;
pub mod routes;
mod step;

use crate::workflows::findings;
use platform_engine::definition::{Definition, Trigger};
use platform_engine::registry::StepRegistry;
use platform_engine::validate::{Severity, has_errors};
use platform_kernel::error::FieldError;
use platform_kernel::id::TenantId;
use platform_kernel::{Error, ErrorCode, Result};
use serde_json::Value;
use std::sync::Arc;

/// The definition, if nothing in it keeps it from running.
pub(crate) async fn runnable(
    tenant: TenantId,
    registry: &Arc<StepRegistry>,
    definition: &Value,
) -> Result<Definition> {
    let found = findings(tenant, definition, registry).await?;
    if has_errors(&found) {
        let errors = found.into_iter().filter(|f| f.severity == Severity::Error);
        let errors = errors.map(|finding| FieldError {
            pointer: finding.pointer,
            code: finding.code,
            detail: finding.message,
        });
        return Err(Error::from(ErrorCode::DefinitionInvalid).fields(errors));
    }
    serde_json::from_value(definition.clone()).map_err(Error::internal)
}

/// The trigger asked for; else one that a person starts, else the first one.
fn trigger_of<'a>(definition: &'a Definition, wanted: Option<&str>) -> Result<&'a Trigger> {
    let found = match wanted {
        Some(id) => definition.trigger(id),
        None => {
            let mut all = definition.triggers.iter();
            let by_hand = all.clone().find(|trigger| trigger.type_ == "manual");
            by_hand.or_else(|| all.next())
        }
    };
    found.ok_or_else(|| {
        let detail = "is no trigger of the definition";
        Error::invalid("/trigger_id", "unknown_trigger", detail)
    })
}
