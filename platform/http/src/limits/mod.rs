//! Token buckets, in Redis for all processes together, in this process while Redis is away.

mod bucket;
mod local;

use crate::body::{JSON_LIMIT, declared_length};
use actix_web::http::header::HeaderMap;

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

/// What a request takes from its buckets: a token, and one more for each [`Cost::BLOCK`] of its body,
/// which is read, parsed and stored before anything else can be known of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost(u32);

impl Cost {
    /// Bytes of a body that cost as much as a request.
    pub const BLOCK: usize = 4 << 10;

    /// The cost of a request by the length it declares. A longer body without one is refused
    /// ([`crate::body::read_body`]); what is larger than a JSON body may be is streamed and not parsed.
    pub fn of(headers: &HeaderMap) -> Self {
        let blocks = declared_length(headers).unwrap_or(0).min(JSON_LIMIT) / Self::BLOCK;
        Self(u32::try_from(blocks).unwrap_or(u32::MAX).saturating_add(1))
    }

    fn tokens(self) -> f64 {
        f64::from(self.0)
    }

    /// No request costs more than a full bucket holds.
    fn within(self, limit: Limit) -> f64 {
        self.tokens().min(limit.burst())
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
    /// All hook addresses of a dealership together.
    pub hooks: Limit,
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
            hooks: Limit::new(2_000, 24_000),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::{CONTENT_LENGTH, HeaderValue};

    #[test]
    fn a_request_costs_by_the_length_that_it_declares() {
        let cost = |length: Option<&'static str>| {
            let mut headers = HeaderMap::new();
            if let Some(length) = length {
                headers.insert(CONTENT_LENGTH, HeaderValue::from_static(length));
            }
            Cost::of(&headers).0
        };
        assert_eq!([cost(None), cost(Some("0")), cost(Some("4095"))], [1, 1, 1]);
        assert_eq!([cost(Some("4096")), cost(Some("1048576"))], [2, 257]);
        assert_eq!([cost(Some("99999999999")), cost(Some("none"))], [257, 1]);
    }
}
