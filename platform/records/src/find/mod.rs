//! The step type `record.find`: looks customers, vehicles and leads up without changing them.

mod criteria;
mod queries;
mod schema;

use crate::customers::CustomerView;
use crate::leads::LeadSummary;
use crate::text::Cleaner;
use crate::vehicles::VehicleView;
use async_trait::async_trait;
use criteria::Criteria;
use platform_db::TenantTx;
use platform_engine::registry::StepRegistry;
use platform_engine::step::{
    StepContext, StepError, StepKind, StepOutput, StepTypeInfo, TransactionalStep,
};
use platform_kernel::Result;
use serde::Serialize;
use serde_json::{Value, json};
use std::sync::Arc;

/// Adds `record.find`.
pub(crate) fn register(registry: &mut StepRegistry) -> Result<()> {
    let info = StepTypeInfo {
        type_: "record.find",
        name: "Find records",
        category: "data",
        description: "Looks up customers, vehicles or leads, newest first. What is found must match everything that is given.",
        icon: "search",
        config_schema: schema::config(),
        output_schema: schema::output(),
        check: Some(schema::check),
        ..StepTypeInfo::default()
    };
    registry.add_step(info, StepKind::Transactional(Arc::new(FindRecord)))
}

struct FindRecord;

#[async_trait]
impl TransactionalStep for FindRecord {
    async fn run(
        &self,
        tx: &mut TenantTx,
        context: &StepContext,
        config: Value,
    ) -> Result<StepOutput, StepError> {
        let mut cleaner = Cleaner::of(tx.tenant());
        let criteria = Criteria::read(&config, &mut cleaner);
        for warning in cleaner.warnings {
            let message = format!("{}: {}", warning.place, warning.message);
            context.report.warn(message);
        }
        let Some(criteria) = criteria else {
            context
                .report
                .info("Nothing to find by, so nothing was found.");
            return output::<Value>(Vec::new());
        };
        match config.get("record").and_then(Value::as_str) {
            Some("customer") => {
                let rows = queries::customers(tx, &criteria).await?;
                output(rows.into_iter().map(CustomerView::from).collect())
            }
            Some("vehicle") => {
                let rows = queries::vehicles(tx, &criteria).await?;
                let views = rows.into_iter().map(VehicleView::new);
                output(views.collect())
            }
            Some("lead") => {
                let rows = queries::leads(tx, &criteria).await?;
                output(rows.into_iter().map(LeadSummary::from).collect())
            }
            _ => Err(StepError::fatal(
                "record_invalid",
                "record must be customer, vehicle or lead",
            )),
        }
    }
}

fn output<T: Serialize>(records: Vec<T>) -> Result<StepOutput, StepError> {
    let records = serde_json::to_value(records).map_err(platform_kernel::Error::internal)?;
    let first = records.get(0).cloned();
    Ok(StepOutput::new(json!({
        "found": first.is_some(),
        "count": records.as_array().map_or(0, Vec::len),
        "record": first,
        "records": records,
    })))
}
