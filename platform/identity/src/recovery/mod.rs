//! A forgotten password: a link by mail, used once, ends every session.

mod dto;
pub(crate) mod mail;
mod queries;
pub(crate) mod routes;
mod service;

#[cfg(test)]
pub(crate) use dto::ResetPassword;
