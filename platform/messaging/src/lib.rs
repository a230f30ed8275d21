//! What Auterity says to people: mails and texts of workflows to customers, and notifications to
//! those who work at the dealership.
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
mod outbound;
pub mod sms;
mod text;

use platform_engine::live::LiveBus;
use platform_engine::registry::StepRegistry;
use platform_kernel::Result;
use platform_kernel::ports::{Mailer, SmsSender};
use std::sync::Arc;
use utoipa_actix_web::service_config::ServiceConfig;

/// What the step types of this slice need.
#[derive(Clone)]
pub struct Messaging {
    pub mailer: Arc<dyn Mailer>,
    /// Nothing where no phone number is connected; texts then fail with a word for it.
    pub texts: Option<Arc<dyn SmsSender>>,
    /// The part of message ids after the `@`: a domain of ours.
    pub message_id_domain: String,
    pub bus: LiveBus,
}

impl Messaging {
    /// Adds the step types `email.send`, `sms.send` and `notify`.
    pub fn register(&self, registry: &mut StepRegistry) -> Result<()> {
        email::register(registry, self)?;
        sms::register(registry, self)?;
        notifications::register(registry, self)
    }
}

/// The slice's routes.
pub fn configure(config: &mut ServiceConfig) {
    notifications::routes::configure(config);
}
