//! The template library, and workflows made from it.

mod compare;
pub mod dto;
mod library;
mod link;
mod parameters;
mod parts;
mod queries;
pub mod rollouts;
pub mod routes;

pub use library::{Library, Template};
