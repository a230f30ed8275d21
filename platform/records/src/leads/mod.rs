//! Leads: who asked for what, when they were answered, and what became of it.

mod dto;
mod model;
pub mod queries;
pub(crate) mod routes;
mod service;
mod status;
mod timeline;
mod view;

pub use model::{Lead, LeadChanges, NewLead};
pub(crate) use service::{By, change};
pub use service::{link_execution, record_response};
pub use status::LeadStatus;
pub use timeline::{NewLeadEvent, TimelineItem, TimelineKind, add as add_event};
pub(crate) use view::SummaryRow;
pub use view::{LeadFinding, LeadSummary, LeadView, NamedCustomer, NamedVehicle};
