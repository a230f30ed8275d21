//! The step and trigger types that the engine itself brings; slices add theirs.

mod ai;
mod condition;
pub(crate) mod for_each;
mod http_request;
pub(crate) mod join;
mod parallel;
pub(crate) mod run_workflow;
pub(crate) mod set_variables;
mod stop;
mod switch;
mod transform;
mod triggers;
pub(crate) mod wait;

pub use run_workflow::{add_workflow_run, require_descendants};

use crate::registry::StepRegistry;
use crate::step::StepKind;
use platform_kernel::Result;
use platform_kernel::ports::{ChatModel, HttpCaller};
use std::sync::Arc;

/// Adds `transform`, `set_variables`, `condition`, `switch`, `parallel`, `join`, `for_each`, `wait`,
/// `stop`, `ai.generate`, `ai.classify`, `ai.extract` and `http.request`, and the triggers `manual`, `webhook` and `adf_lead`.
pub fn add_core(
    registry: &mut StepRegistry,
    model: Arc<dyn ChatModel>,
    caller: Arc<dyn HttpCaller>,
) -> Result<()> {
    registry.add_step(
        transform::info(),
        StepKind::Pure(Arc::new(transform::Transform)),
    )?;
    registry.add_step(
        condition::info(),
        StepKind::Pure(Arc::new(condition::Condition)),
    )?;
    registry.add_step(switch::info(), StepKind::Pure(Arc::new(switch::Switch)))?;
    registry.add_step(
        parallel::info(),
        StepKind::Pure(Arc::new(parallel::Parallel)),
    )?;
    registry.add_step(join::info(), StepKind::Join)?;
    registry.add_step(for_each::info(), StepKind::Loop)?;
    registry.add_step(wait::info(), StepKind::Wait)?;
    registry.add_step(
        set_variables::info(),
        StepKind::Pure(Arc::new(set_variables::SetVariables)),
    )?;
    registry.add_step(stop::info(), StepKind::Pure(Arc::new(stop::EndRun)))?;
    let generate = ai::generate::Generate::new(Arc::clone(&model));
    registry.add_step(generate.info(), StepKind::Effect(Arc::new(generate)))?;
    let classify = ai::classify::Classify::new(Arc::clone(&model));
    registry.add_step(classify.info(), StepKind::Effect(Arc::new(classify)))?;
    let extract = ai::extract::Extract::new(model);
    registry.add_step(extract.info(), StepKind::Effect(Arc::new(extract)))?;
    let request = http_request::Request::new(caller);
    registry.add_step(request.info(), StepKind::Effect(Arc::new(request)))?;
    triggers::all()
        .into_iter()
        .try_for_each(|trigger| registry.add_trigger(trigger))
}

#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
pub(crate) mod tests;
