//! The only place that asks the machine what time it is.

use chrono::{DateTime, SubsecRound, Utc};

/// The current time, at the microsecond precision that Postgres keeps.
#[expect(
    clippy::disallowed_methods,
    reason = "this is the one place that reads the clock"
)]
pub fn now() -> DateTime<Utc> {
    Utc::now().trunc_subsecs(6)
}
