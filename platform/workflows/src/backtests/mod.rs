//! A draft tried on the last runs of its workflow: what would have gone another way. Effects are
//! answered from the runs' history; nothing leaves the house.

mod compare;
mod dto;
pub mod job;
mod queries;
pub mod routes;

pub use job::RunBacktests;
