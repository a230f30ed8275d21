//! Small files that workflows keep: a price list, a signed form, a report. Why they are in Postgres
//! and no larger: docs/decisions/0017-files-in-postgres.md

mod content;
mod dto;
mod queries;
pub mod routes;
mod step;

pub use dto::FileView;

use platform_engine::registry::StepRegistry;
use platform_engine::step::{Ports, StepKind, StepTypeInfo};
use platform_kernel::Result;
use std::sync::Arc;

/// Bytes of one file.
pub const LARGEST_FILE: usize = 5 << 20;

/// Adds the step type `file.store`.
pub fn register(registry: &mut StepRegistry) -> Result<()> {
    let info = StepTypeInfo {
        type_: "file.store",
        name: "Keep a file",
        category: "data",
        description: "Keeps a text, a value as JSON, or bytes in base64 as a file of the run, to be downloaded from its page.",
        icon: "file-down",
        config_schema: step::config_schema(),
        output_schema: step::output_schema(),
        ports: Ports::OUT,
        simulated_note: None,
        check: Some(step::check),
    };
    registry.add_step(info, StepKind::Transactional(Arc::new(step::StoreFile)))
}
