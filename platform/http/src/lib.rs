//! What every route shares: who asks, for which dealership, with what right, and how answers and
//! problems look.
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        reason = "tests may fail loudly"
    )
)]

pub mod authorize;
pub mod body;
pub mod config;
pub mod health;
pub mod limits;
pub mod metrics;
pub mod middleware;
pub mod openapi;
pub mod origins;
mod place;
pub mod problem;
mod query;
pub mod request;
pub mod route;
pub mod socket;
pub mod state;
mod strict;
mod unique;
mod visits;

pub use authorize::{Authorized, AuthorizedPlatform, MaybeTenant, SignedIn};
pub use body::{ValidJson, Validate};
pub use config::path_config;
pub use health::Health;
pub use limits::{Limit, RateLimits};
pub use origins::{Origins, require_csrf};
pub use problem::{ApiError, ApiResult, Problem};
pub use query::Query;
pub use request::{ClientIp, RequestId};
pub use socket::{Hub, LiveMessage, TopicSource};
pub use state::{Authenticator, HttpState, Principal, TenantResolver};
pub use strict::nullable;
