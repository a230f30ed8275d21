//! Signing in with a password.

mod dto;
pub(crate) mod routes;
mod service;

#[cfg(test)]
pub(crate) use dto::LogIn;
