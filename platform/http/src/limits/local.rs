use super::{Cost, Limit, Verdict};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Above this many buckets the full ones are forgotten: a full bucket says nothing.
const MANY: usize = 50_000;
/// How many buckets may come before the full ones are looked for again, so that looking costs each
/// request the same however many buckets there are.
const BETWEEN: usize = 25_000;

/// Buckets of this process alone.
#[derive(Clone, Debug, Default)]
pub struct LocalBuckets(Arc<Mutex<Buckets>>);

#[derive(Debug)]
struct Buckets {
    by_key: HashMap<String, Bucket>,
    /// With how many the full ones are looked for.
    sweep_at: usize,
}

impl Default for Buckets {
    fn default() -> Self {
        Self {
            by_key: HashMap::new(),
            sweep_at: MANY,
        }
    }
}

impl Buckets {
    fn forget_full(&mut self, now: Instant) {
        if self.by_key.len() <= self.sweep_at {
            return;
        }
        self.by_key
            .retain(|_, bucket| bucket.now(now) < bucket.limit.burst());
        self.sweep_at = MANY.max(self.by_key.len() + BETWEEN);
    }
}

#[derive(Clone, Copy, Debug)]
struct Bucket {
    tokens: f64,
    at: Instant,
    limit: Limit,
}

impl Bucket {
    fn now(&self, now: Instant) -> f64 {
        let passed = now.saturating_duration_since(self.at).as_secs_f64() * 1_000.0;
        (self.tokens + passed * self.limit.per_ms()).min(self.limit.burst())
    }
}

impl LocalBuckets {
    /// Takes `cost` from every bucket, or nothing when one of them has too little.
    pub fn charge(&self, wanted: &[(String, Limit)], cost: Cost) -> Verdict {
        self.charge_at(wanted, cost, Instant::now())
    }

    fn charge_at(&self, wanted: &[(String, Limit)], cost: Cost, now: Instant) -> Verdict {
        let mut buckets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        buckets.forget_full(now);
        let buckets = &mut buckets.by_key;
        let mut verdicts = wanted.iter().map(|(key, limit)| {
            let known = buckets.get(key).map(|bucket| bucket.now(now));
            verdict(*limit, known.unwrap_or(limit.burst()), cost)
        });
        let tightest = verdicts.next().map(|first| verdicts.fold(first, tighter));
        let tightest = tightest.unwrap_or(Verdict {
            allowed: true,
            limit: Limit::new(1, 1),
            remaining: 1,
            reset: Duration::ZERO,
        });
        if tightest.allowed {
            for (key, limit) in wanted {
                let bucket = buckets.entry(key.clone()).or_insert(Bucket {
                    tokens: limit.burst(),
                    at: now,
                    limit: *limit,
                });
                bucket.tokens = bucket.now(now) - cost.within(*limit);
                bucket.at = now;
            }
        }
        tightest
    }
}

/// What taking `cost` from a bucket with `tokens` comes to.
fn verdict(limit: Limit, tokens: f64, cost: Cost) -> Verdict {
    let cost = cost.within(limit);
    let allowed = tokens >= cost;
    let missing = if allowed {
        limit.burst() - (tokens - cost)
    } else {
        cost - tokens
    };
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between 0 and a u32"
    )]
    let remaining = (tokens - cost).max(0.0) as u32;
    Verdict {
        allowed,
        limit,
        remaining,
        reset: Duration::from_secs_f64(missing / limit.per_ms() / 1_000.0),
    }
}

fn tighter(a: Verdict, b: Verdict) -> Verdict {
    let share = |v: &Verdict| f64::from(v.remaining) / v.limit.burst();
    match (a.allowed, b.allowed) {
        (false, false) if b.reset > a.reset => b,
        (true, false) => b,
        (true, true) if share(&b) < share(&a) => b,
        _ => a,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: Cost = Cost(1);

    #[test]
    fn a_bucket_gives_its_burst_and_then_refills() {
        let buckets = LocalBuckets::default();
        let wanted = [("a".to_owned(), Limit::new(3, 60))];
        let start = Instant::now();
        let left: Vec<_> = (0..3)
            .map(|_| buckets.charge_at(&wanted, ONE, start).remaining)
            .collect();
        assert_eq!(left, [2, 1, 0]);
        let refused = buckets.charge_at(&wanted, ONE, start);
        assert!(!refused.allowed);
        assert_eq!(refused.reset.as_secs(), 1);
        assert!(
            buckets
                .charge_at(&wanted, ONE, start + Duration::from_millis(1_100))
                .allowed
        );
    }

    #[test]
    fn buckets_that_are_all_in_use_are_not_walked_on_every_request() {
        let buckets = LocalBuckets::default();
        let now = Instant::now();
        let mut sweeps = 0;
        let mut before = MANY;
        for number in 0..MANY + 2 * BETWEEN + 10 {
            buckets.charge_at(&[(number.to_string(), Limit::new(2, 1))], ONE, now);
            let sweep_at = buckets.0.lock().unwrap().sweep_at;
            sweeps += u32::from(sweep_at != before);
            before = sweep_at;
        }
        assert_eq!(sweeps, 3);
        // An hour later all of them are full again.
        let later = now + Duration::from_secs(3_600);
        for number in 0..BETWEEN {
            buckets.charge_at(&[(format!("late {number}"), Limit::new(2, 1))], ONE, later);
        }
        assert!(buckets.0.lock().unwrap().by_key.len() <= BETWEEN);
    }

    #[test]
    fn an_empty_bucket_costs_the_others_nothing() {
        let buckets = LocalBuckets::default();
        let small = ("small".to_owned(), Limit::new(1, 1));
        let large = ("large".to_owned(), Limit::new(2, 1));
        let start = Instant::now();
        assert!(
            buckets
                .charge_at(&[small.clone(), large.clone()], ONE, start)
                .allowed
        );
        assert!(
            !buckets
                .charge_at(&[small, large.clone()], ONE, start)
                .allowed
        );
        assert!(buckets.charge_at(&[large], ONE, start).allowed);
    }

    #[test]
    fn a_large_body_takes_more_and_at_most_a_full_bucket() {
        let buckets = LocalBuckets::default();
        let wanted = [("a".to_owned(), Limit::new(100, 60))];
        let start = Instant::now();
        assert_eq!(buckets.charge_at(&wanted, Cost(65), start).remaining, 35);
        let refused = buckets.charge_at(&wanted, Cost(65), start);
        assert_eq!((refused.allowed, refused.reset.as_secs()), (false, 30));
        assert!(buckets.charge_at(&wanted, ONE, start).allowed);
        let narrow = [("b".to_owned(), Limit::new(10, 60))];
        assert!(buckets.charge_at(&narrow, Cost(65), start).allowed);
        assert!(!buckets.charge_at(&narrow, ONE, start).allowed);
    }
}
