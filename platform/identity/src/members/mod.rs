//! Who works at the dealership, and as what.

pub(crate) mod dto;
mod queries;
pub(crate) mod routes;
mod service;

pub(crate) use dto::MemberStatus;
pub(crate) use queries::lock_tenant;
