//! Upgrades of a group's workflows to a template's newer version, in stages: a first part of them,
//! a look at how their runs end, the next part. A rollout stops by itself when too many runs fail.

mod advance;
mod dto;
mod model;
mod queries;
mod rollback;
pub mod routes;
mod service;

pub use advance::AdvanceRollouts;
pub use service::Rollouts;
