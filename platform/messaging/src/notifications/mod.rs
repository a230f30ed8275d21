//! What people are told inside the application.

mod model;
mod notice;
mod queries;
pub(crate) mod routes;
mod step;

pub use model::{NotificationView, Severity};
pub use notice::{Notice, members_of_role, tell_role, tell_users};

use crate::Messaging;
use platform_engine::registry::StepRegistry;
use platform_engine::schema::Fault;
use platform_engine::step::{Ports, StepKind, StepTypeInfo};
use platform_kernel::Result;
use serde_json::{Value, json};
use std::sync::Arc;
use step::Notify;

pub(crate) fn register(registry: &mut StepRegistry, messaging: &Messaging) -> Result<()> {
    let info = StepTypeInfo {
        type_: "notify",
        name: "Notify people",
        category: "message",
        description: "Tells people of the dealership inside Auterity: everyone of a role, or the persons named.",
        icon: "bell",
        config_schema: config_schema(),
        output_schema: output_schema(),
        ports: Ports::OUT,
        simulated_note: None,
        check: Some(check),
    };
    let step = Notify {
        bus: messaging.bus.clone(),
    };
    registry.add_step(info, StepKind::Transactional(Arc::new(step)))
}

/// What the schema cannot say: somebody has to be told.
fn check(config: &Value) -> Vec<Fault> {
    let given = |name: &str| config.get(name).is_some_and(|value| !value.is_null());
    if given("audience") || given("user_ids") {
        return Vec::new();
    }
    vec![Fault {
        pointer: String::new(),
        message: "needs a role or persons to notify".to_owned(),
    }]
}

fn config_schema() -> Value {
    json!({
        "type": "object",
        "additionalProperties": false,
        "required": ["title"],
        "x-ui": { "order": ["audience", "user_ids", "title", "body", "severity", "link"] },
        "properties": {
            "audience": {
                "title": "Who",
                "description": "Everyone of this role; the dealership admins where nobody has it",
                "enum": ["dealership_admin", "manager", "user"]
            },
            "user_ids": {
                "title": "Persons",
                "description": "Instead of a role",
                "type": ["array", "null"],
                "items": { "type": ["string", "null"] }
            },
            "title": { "type": "string", "title": "Title", "minLength": 1 },
            "body": { "type": ["string", "null"], "title": "Text" },
            "link": { "type": ["string", "null"], "title": "Link", "description": "A path such as /leads/… ; the run's lead unless given" },
            "severity": { "title": "Severity", "enum": ["info", "warning", "critical"], "default": "info" }
        }
    })
}

fn output_schema() -> Value {
    json!({
        "type": "object",
        "required": ["notified", "user_ids"],
        "properties": {
            "notified": { "type": "integer", "title": "People told" },
            "user_ids": { "type": "array", "items": { "type": "string" } }
        }
    })
}
