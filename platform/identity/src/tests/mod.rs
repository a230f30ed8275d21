//! Sign-up to sign-out over a real Postgres.

mod forged;
mod house;
mod invitations;
mod keys;
mod members;
mod refresh;
mod routes;
mod signin;
mod signup;
mod standing;
