//! Inviting people to a dealership.

mod accept;
pub(crate) mod dto;
pub(crate) mod mail;
mod queries;
pub(crate) mod routes;
mod service;

pub(crate) use queries::revoke_above;
