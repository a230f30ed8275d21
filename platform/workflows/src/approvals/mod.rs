//! Decisions that runs wait for: asked of a role or a person, made once, by somebody who may.

mod ask;
mod config;
mod dto;
mod form;
mod hours;
pub mod links;
mod live;
mod mail;
mod model;
mod queries;
pub mod routes;
mod service;
mod step;

pub use dto::{
    ApprovalAssignee, ApprovalLinkView, ApprovalPerson, ApprovalView, ApprovalWorkflow, Decision,
};
pub use live::{APPROVALS_TOPIC, ApprovalsTopic};
pub use mail::{SEND_APPROVAL_MAIL, SendApprovalMail};
pub use model::ApprovalState;

use platform_db::Database;
use platform_engine::LiveBus;
use platform_engine::registry::StepRegistry;
use platform_engine::step::{Ports, StepKind, StepTypeInfo};
use platform_http::TenantResolver;
use platform_kernel::Result;
use std::sync::Arc;
use step::Approve;

/// What the routes of this part share; put into the app once, as `web::Data<Approvals>`.
#[derive(Clone)]
pub struct Approvals {
    db: Database,
    tenants: Arc<dyn TenantResolver>,
    live: LiveBus,
}

impl Approvals {
    pub fn new(db: Database, tenants: Arc<dyn TenantResolver>, live: LiveBus) -> Self {
        Self { db, tenants, live }
    }
}

/// Adds the step type `approval`.
pub fn register(registry: &mut StepRegistry, live: LiveBus) -> Result<()> {
    let info = StepTypeInfo {
        type_: "approval",
        name: "Ask for a decision",
        category: "logic",
        description: "Waits until a person approves or rejects, and for nobody longer than you say.",
        icon: "stamp",
        config_schema: config::schema(),
        output_schema: step::output_schema(),
        ports: Ports::Fixed(step::PORTS),
        simulated_note: None,
        check: Some(config::check),
    };
    registry.add_step(info, StepKind::Waiting(Arc::new(Approve { bus: live })))
}
