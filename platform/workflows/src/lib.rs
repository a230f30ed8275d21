//! Workflows as people handle them: drafts, published versions, triggers and their hooks,
//! templates, and the runs that come of them.
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        reason = "tests may fail loudly"
    )
)]

mod admission;
pub mod approvals;
pub mod backtests;
pub mod changes;
pub mod events;
pub mod executions;
pub mod files;
pub mod hooks;
mod json_schema;
pub mod retention;
pub mod schedules;
pub mod secrets;
mod service;
pub mod step_types;
mod stored;
pub mod templates;
pub mod trials;
pub mod triggers;
pub mod versions;
pub mod workflows;

pub use approvals::{Approvals, ApprovalsTopic, SendApprovalMail};
pub use backtests::RunBacktests;
pub use changes::TellOfChanges;
pub use executions::ExecutionTopics;
pub use executions::bulk::job::BulkReplays;
pub use hooks::Hooks;
pub use schedules::RunSchedules;
pub use secrets::Secrets;
pub use service::Workflows;
pub use templates::rollouts::{AdvanceRollouts, Rollouts};
pub use triggers::{HookKeys, register_triggers};

use utoipa_actix_web::service_config::ServiceConfig;

/// The slice's routes. They need `web::Data<Workflows>` and `web::Data<Hooks>` in the app.
pub fn configure(config: &mut ServiceConfig) {
    config
        .service(hooks::routes::receive_hook)
        .service(step_types::list_step_types)
        .service(workflows::routes::list_workflows)
        .service(workflows::routes::create_workflow)
        .service(workflows::routes::get_workflow)
        .service(workflows::routes::update_workflow)
        .service(workflows::routes::delete_workflow)
        .service(workflows::routes::archive_workflow)
        .service(workflows::routes::unarchive_workflow)
        .service(workflows::draft::save_draft)
        .service(workflows::draft::validate_workflow)
        .service(triggers::routes::rotate_trigger_address)
        .service(versions::routes::publish_workflow)
        .service(versions::routes::list_versions)
        .service(versions::routes::get_version)
        .service(executions::actions::start_execution)
        .service(executions::actions::cancel_execution)
        .service(executions::actions::settle_effect)
        .service(executions::replay::pause_execution)
        .service(executions::replay::resume_execution)
        .service(executions::replay::replay_execution)
        .service(executions::replay::retry_execution)
        .service(executions::bulk::routes::create_bulk_replay)
        .service(executions::bulk::routes::list_bulk_replays)
        .service(executions::bulk::routes::get_bulk_replay)
        .service(executions::bulk::routes::cancel_bulk_replay)
        .service(executions::routes::list_executions)
        .service(executions::routes::get_execution)
        .service(executions::routes::list_execution_events)
        .service(executions::routes::list_execution_logs)
        .service(trials::routes::try_workflow)
        .service(trials::routes::try_step)
        .service(trials::routes::evaluate_expression)
        .service(backtests::routes::create_backtest)
        .service(backtests::routes::list_backtests)
        .service(backtests::routes::get_backtest)
        .service(backtests::routes::cancel_backtest)
        .service(templates::routes::list_templates)
        .service(templates::routes::get_template)
        .service(templates::routes::instantiate_template)
        .service(templates::routes::get_workflow_template)
        .service(templates::routes::upgrade_workflow)
        .service(templates::rollouts::routes::create_template_rollout)
        .service(templates::rollouts::routes::list_template_rollouts)
        .service(templates::rollouts::routes::get_template_rollout)
        .service(templates::rollouts::routes::pause_template_rollout)
        .service(templates::rollouts::routes::resume_template_rollout)
        .service(templates::rollouts::routes::cancel_template_rollout)
        .service(approvals::routes::list_approvals)
        .service(approvals::routes::get_approval)
        .service(approvals::routes::claim_approval)
        .service(approvals::routes::release_approval)
        .service(approvals::routes::assign_approval)
        .service(approvals::routes::decide_approval)
        .service(approvals::links::show_approval_link)
        .service(approvals::links::decide_approval_link)
        .service(files::routes::list_files)
        .service(files::routes::get_file)
        .service(files::routes::get_file_content)
        .service(schedules::routes::preview_schedule)
        .service(events::routes::publish_event)
        .service(events::routes::list_events);
}
