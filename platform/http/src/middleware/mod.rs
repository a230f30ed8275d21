//! What wraps every request, outermost first: context, security, CORS, rate limit, idempotency.

pub mod context;
mod failure;
mod traceparent;

pub use context::context;
pub use traceparent::TraceContext;
