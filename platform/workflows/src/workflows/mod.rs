//! Workflows and their drafts.

pub mod draft;
pub mod dto;
mod findings;
pub mod model;
pub mod queries;
pub mod routes;
pub mod service;

pub use findings::findings;
