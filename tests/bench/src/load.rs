use futures_util::stream::{FuturesUnordered, StreamExt};
use hdrhistogram::Histogram;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// Durations, in microseconds.
pub struct Times(pub Histogram<u64>);

impl Times {
    pub fn new() -> anyhow::Result<Self> {
        Ok(Self(Histogram::new_with_bounds(1, 120_000_000, 3)?))
    }

    pub fn record(&mut self, time: Duration) {
        self.0
            .saturating_record(u64::try_from(time.as_micros()).unwrap_or(u64::MAX).max(1));
    }

    /// Milliseconds at a percentile.
    pub fn at(&self, percentile: f64) -> f64 {
        let micros = u32::try_from(self.0.value_at_percentile(percentile)).unwrap_or(u32::MAX);
        f64::from(micros) / 1_000.0
    }

    pub fn raw(&self) -> Value {
        json!({
            "count": self.0.len(), "unit": "ms", "mean": self.0.mean() / 1_000.0,
            "p50": self.at(50.0), "p90": self.at(90.0), "p95": self.at(95.0), "p99": self.at(99.0),
            "p999": self.at(99.9), "max": self.at(100.0),
        })
    }
}

pub struct Outcome {
    pub times: Times,
    pub errors: u32,
    /// The first thing that went wrong.
    pub error: Option<String>,
}

/// Sends `total` requests at a constant rate of arrivals, whatever the answers do. A time counts
/// from when the request was due, so that a server that stalls is not spared (coordinated omission).
pub async fn run<F>(
    total: u32,
    rate: f64,
    request: impl Fn(u32, Instant) -> F,
) -> anyhow::Result<Outcome>
where
    F: Future<Output = anyhow::Result<()>>,
{
    let mut outcome = Outcome {
        times: Times::new()?,
        errors: 0,
        error: None,
    };
    let begin = Instant::now();
    let mut open = FuturesUnordered::new();
    let mut next = 0;
    while next < total || !open.is_empty() {
        let due = begin + Duration::from_secs_f64(f64::from(next) / rate);
        tokio::select! {
            () = tokio::time::sleep_until(due.into()), if next < total => {
                let answer = request(next, due);
                open.push(async move { (answer.await, due) });
                next += 1;
            }
            Some((answer, due)) = open.next(), if !open.is_empty() => {
                outcome.times.record(due.elapsed());
                if let Err(error) = answer {
                    outcome.errors += 1;
                    outcome.error.get_or_insert_with(|| format!("{error:#}"));
                }
            }
        }
    }
    Ok(outcome)
}
