//! The template library, and workflows made from it.

pub mod dto;
mod library;
mod parameters;
pub mod routes;

pub use library::{Library, Template};
