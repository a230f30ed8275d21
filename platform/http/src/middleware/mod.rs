//! What wraps every request, outermost first: context, security, spelling of the
//! path, CORS, rate limit, idempotency.

pub mod context;
mod failure;
pub mod idempotency;
pub mod rate_limit;
pub mod security;
pub mod spelling;

pub use context::context;
pub use idempotency::{CreatingOperations, IdempotencyKey, idempotency, purge_expired_keys};
pub use rate_limit::{charge_hooks, rate_limit};
pub use security::{cors, security};
pub use spelling::spelling;
