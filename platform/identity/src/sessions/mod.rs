//! One sign-in is one session with one family of refresh tokens.

mod cookie;
mod dto;
mod queries;
mod refresh;
pub(crate) mod routes;
mod service;

pub(crate) use dto::{SessionView, TokenDelivery, UserView};
pub(crate) use queries::revoke_all;
pub(crate) use routes::answer;
pub(crate) use service::{Client, Opened, Person, Session};
