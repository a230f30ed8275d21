//! The keys that sign access tokens: made here, sealed in the database, published as a JWKS.

mod ring;
pub(crate) mod routes;
mod store;

pub(crate) use ring::{KeyRing, Keys};
