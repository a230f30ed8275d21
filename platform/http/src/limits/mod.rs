//! Token buckets, in Redis for all processes together, in this process while Redis is away.

mod bucket;
mod local;

pub use bucket::{Verdict, charge, refuse};
pub use local::LocalBuckets;

/// A bucket: so many requests at once, refilled evenly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    pub burst: u32,
    pub per_minute: u32,
}

impl Limit {
    pub const fn new(burst: u32, per_minute: u32) -> Self {
        Self { burst, per_minute }
    }

    fn burst(self) -> f64 {
        f64::from(self.burst.max(1))
    }

    /// Tokens that come back in a millisecond.
    fn per_ms(self) -> f64 {
        f64::from(self.per_minute.max(1)) / 60_000.0
    }
}

/// Who may ask how often.
#[derive(Clone, Debug)]
pub struct RateLimits {
    pub enabled: bool,
    /// Each address, for everything. A dealership's whole staff may share one.
    pub ip: Limit,
    pub user: Limit,
    pub tenant: Limit,
    /// Each address, for sign-up, sign-in, password reset and accepting invitations.
    pub credentials: Limit,
    /// Each hook address.
    pub hook: Limit,
}

impl Default for RateLimits {
    fn default() -> Self {
        Self {
            enabled: true,
            ip: Limit::new(1_200, 18_000),
            user: Limit::new(600, 6_000),
            tenant: Limit::new(2_000, 24_000),
            credentials: Limit::new(40, 30),
            hook: Limit::new(600, 12_000),
        }
    }
}
