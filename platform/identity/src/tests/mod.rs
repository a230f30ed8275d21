//! Sign-up to sign-out over a real Postgres.
