//! From a form on the web to a group, a dealership and its first admin.

mod dto;
pub(crate) mod mail;
pub(crate) mod note;
mod queries;
pub(crate) mod routes;
mod service;

#[cfg(test)]
pub(crate) use dto::{SignUp, VerifySignup};
