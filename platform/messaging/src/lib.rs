//! What Auterity says to people: mails of workflows to customers, and notifications to those who
//! work at the dealership.
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

pub mod email;
pub mod live;
pub mod notifications;
mod text;

use platform_engine::live::LiveBus;
use platform_engine::registry::StepRegistry;
use platform_kernel::Result;
use platform_kernel::ports::Mailer;
use std::sync::Arc;
use utoipa_actix_web::service_config::ServiceConfig;

/// What the step types of this slice need.
#[derive(Clone)]
pub struct Messaging {
    pub mailer: Arc<dyn Mailer>,
    /// The part of message ids after the `@`: a domain of ours.
    pub message_id_domain: String,
    pub bus: LiveBus,
}

impl Messaging {
    /// Adds the step types `email.send` and `notify`.
    pub fn register(&self, registry: &mut StepRegistry) -> Result<()> {
        email::register(registry, self)?;
        notifications::register(registry, self)
    }
}

/// The slice's routes.
pub fn configure(config: &mut ServiceConfig) {
    notifications::routes::configure(config);
}
