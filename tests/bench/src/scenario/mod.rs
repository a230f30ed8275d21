//! The scenarios, numbered as in the comparison of systems that they mirror; those of our own
//! have names.

pub mod api;
pub mod expressions;
pub mod history;
pub mod hostile;
pub mod live;
pub mod neighbours;
pub mod steps;
pub mod throughput;

use crate::client::{Dealership, Server};
use crate::http::Pool;
use crate::probe::Probe;
use crate::watch::Target;
use serde_json::Value;

/// What every scenario works with.
pub struct Bench {
    pub server: Server,
    pub probe: Probe,
    pub pool: Pool,
    pub database: String,
    pub pgbench: Option<String>,
    /// Multiplies how long a load lasts.
    pub scale: f64,
}

impl Bench {
    /// How many seconds a load of usually `seconds` lasts.
    pub fn seconds(&self, seconds: f64) -> f64 {
        (seconds * self.scale).max(1.0)
    }

    /// A dealership with one published workflow, and where to post for it.
    pub async fn target(
        &self,
        name: &str,
        definition: &Value,
    ) -> anyhow::Result<(Dealership, Target)> {
        let dealership = self.server.dealership(name).await?;
        let target = self.target_of(&dealership, name, definition).await?;
        Ok((dealership, target))
    }

    /// One more workflow of a dealership.
    pub async fn target_of(
        &self,
        dealership: &Dealership,
        name: &str,
        definition: &Value,
    ) -> anyhow::Result<Target> {
        Ok(Target {
            hook: self.server.hook(dealership, name, definition).await?,
            schema: self.probe.schema(&dealership.tenant).await?,
        })
    }
}

/// Deliveries in `seconds` at `rate`.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a small positive number"
)]
pub fn count(rate: f64, seconds: f64) -> u32 {
    (rate * seconds).round().max(1.0) as u32
}
