//! The step type `record.upsert`: a workflow's way to write customers, vehicles and leads.

mod customer;
mod lead;
mod schema;
mod values;
mod vehicle;

use crate::text::Cleaner;
use async_trait::async_trait;
use platform_db::TenantTx;
use platform_engine::LiveBus;
use platform_engine::registry::StepRegistry;
use platform_engine::step::{
    Ports, StepContext, StepError, StepKind, StepOutput, StepTypeInfo, TransactionalStep,
};
use platform_kernel::Result;
use serde_json::Value;
use std::sync::Arc;
use values::Values;

/// Adds the step types of records.
pub fn register(registry: &mut StepRegistry, bus: LiveBus) -> Result<()> {
    crate::find::register(registry)?;
    let info = StepTypeInfo {
        type_: "record.upsert",
        name: "Save record",
        category: "data",
        description: "Creates or updates a customer, a vehicle or a lead. People are recognised by e-mail or phone, vehicles by VIN or stock number.",
        icon: "database",
        config_schema: schema::config(),
        output_schema: schema::output(),
        ports: Ports::OUT,
        simulated_note: None,
        check: Some(schema::check),
    };
    registry.add_step(
        info,
        StepKind::Transactional(Arc::new(UpsertRecord { bus })),
    )
}

struct UpsertRecord {
    bus: LiveBus,
}

#[async_trait]
impl TransactionalStep for UpsertRecord {
    async fn run(
        &self,
        tx: &mut TenantTx,
        context: &StepContext,
        config: Value,
    ) -> Result<StepOutput, StepError> {
        let record = config.get("record").and_then(Value::as_str);
        let values = Values::of(&config);
        let output = match record {
            Some("customer") => customer::upsert(tx, context, &values).await?,
            Some("vehicle") => vehicle::upsert(tx, context, &values).await?,
            Some("lead") => lead::upsert(tx, context, &values, &self.bus).await?,
            _ => return Err(invalid("record must be customer, vehicle or lead")),
        };
        Ok(StepOutput::new(output))
    }
}

/// Says in the run's log what was changed to make a value fit.
fn tell(context: &StepContext, cleaner: Cleaner) {
    for warning in cleaner.warnings {
        context
            .report
            .warn(format!("{}: {}", warning.place, warning.message));
    }
}

/// The configuration, once resolved, asks for something that cannot be.
fn invalid(message: impl Into<String>) -> StepError {
    StepError::fatal("record_invalid", message)
}
