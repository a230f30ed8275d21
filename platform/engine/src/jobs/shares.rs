use std::collections::HashMap;
use std::time::{Duration, Instant};
use uuid::Uuid;

/// What a turn is thought to take before any was measured, in seconds.
const UNKNOWN_COST: f64 = 0.02;
/// How much of what it took goes into what the next one is thought to take.
const LEARN: f64 = 0.2;
/// The longest turn that is expected, so that one long one does not shut a party out.
const LONGEST: f64 = 10.0;
/// The most that a party may owe, in worker seconds.
const DEEPEST: f64 = 60.0;

/// What each party (a tenant, or the platform) has had of this worker: deficit round robin in
/// worker time. The time that a turn holds a slot is taken from its party's credit while it runs;
/// whoever has had the least stands at zero, and the others owe what they have had more. A party
/// that has nothing here owes nothing. Runs that wait hold no slot and cost nothing.
#[derive(Debug, Default)]
pub(crate) struct Shares {
    parties: HashMap<Uuid, Party>,
}

#[derive(Debug)]
struct Party {
    /// Worker seconds, never above zero after [`Shares::level`].
    credit: f64,
    in_hand: u32,
    /// Worker seconds that a turn is expected to take.
    cost: f64,
    settled: Instant,
}

/// What a claim has to know of the parties, an array each.
#[derive(Debug, Default)]
pub(crate) struct Standing {
    pub(crate) party: Vec<Uuid>,
    pub(crate) credit: Vec<f64>,
    pub(crate) cost: Vec<f64>,
    pub(crate) in_hand: Vec<i32>,
    /// What a turn of a party that is not in the arrays is expected to take.
    pub(crate) usual_cost: f64,
}

impl Party {
    fn new(cost: f64, now: Instant) -> Self {
        Self {
            credit: 0.0,
            in_hand: 0,
            cost,
            settled: now,
        }
    }

    fn settle(&mut self, now: Instant) {
        let since = now.saturating_duration_since(self.settled).as_secs_f64();
        self.credit = (self.credit - since * f64::from(self.in_hand)).max(-DEEPEST);
        self.settled = now;
    }
}

impl Shares {
    /// A turn of `party` begins.
    pub(crate) fn begin(&mut self, party: Uuid, now: Instant) {
        let cost = self.usual_cost();
        let party = self.parties.entry(party);
        let party = party.or_insert_with(|| Party::new(cost, now));
        party.settle(now);
        party.in_hand += 1;
    }

    /// A turn of `party` that took `length` is over.
    pub(crate) fn end(&mut self, party: Uuid, length: Duration, now: Instant) {
        if let Some(party) = self.parties.get_mut(&party) {
            party.settle(now);
            party.in_hand = party.in_hand.saturating_sub(1);
            let length = length.as_secs_f64().min(LONGEST);
            party.cost += LEARN * (length - party.cost);
        }
    }

    /// How many turns of `party` are under way.
    pub(crate) fn in_hand(&self, party: Uuid) -> usize {
        let party = self.parties.get(&party);
        party.map_or(0, |party| party.in_hand as usize)
    }

    /// How many turns are under way of the party that has the most.
    pub(crate) fn most_in_hand(&self) -> usize {
        let in_hand = self.parties.values().map(|party| party.in_hand as usize);
        in_hand.max().unwrap_or_default()
    }

    /// Where everybody stands, for the next claim.
    pub(crate) fn standing(&mut self, now: Instant) -> Standing {
        self.level(now);
        let mut standing = Standing {
            usual_cost: self.usual_cost(),
            ..Standing::default()
        };
        for (id, party) in &self.parties {
            standing.party.push(*id);
            standing.credit.push(party.credit);
            standing.cost.push(party.cost);
            let in_hand = i32::try_from(party.in_hand).unwrap_or(i32::MAX);
            standing.in_hand.push(in_hand);
        }
        standing
    }

    /// Raises everybody so far that the best of those at work owes nothing; who then owes nothing
    /// and has nothing in hand is forgotten. Alone, a party owes nobody.
    fn level(&mut self, now: Instant) {
        self.parties.values_mut().for_each(|p| p.settle(now));
        let working = self.parties.values().filter(|p| p.in_hand > 0);
        let best = working.map(|p| p.credit).fold(f64::NEG_INFINITY, f64::max);
        // With nobody at work there is nobody to be fair to.
        let raise = if best.is_finite() { -best } else { DEEPEST };
        self.parties.retain(|_, party| {
            party.credit = (party.credit + raise).min(0.0);
            party.in_hand > 0 || party.credit < 0.0
        });
    }

    fn usual_cost(&self) -> f64 {
        if self.parties.is_empty() {
            return UNKNOWN_COST;
        }
        let sum: f64 = self.parties.values().map(|p| p.cost).sum();
        sum / self.parties.len() as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: Uuid = Uuid::from_u128(1);
    const B: Uuid = Uuid::from_u128(2);

    fn after(start: Instant, seconds: u64) -> Instant {
        start + Duration::from_secs(seconds)
    }

    fn credit(shares: &mut Shares, party: Uuid, now: Instant) -> Option<f64> {
        let standing = shares.standing(now);
        let at = standing.party.iter().position(|p| *p == party)?;
        Some(standing.credit[at])
    }

    #[test]
    fn who_is_alone_owes_nothing_however_much_he_had() {
        let (mut shares, start) = (Shares::default(), Instant::now());
        for _ in 0..24 {
            shares.begin(A, start);
        }
        assert_eq!(credit(&mut shares, A, after(start, 3_600)), Some(0.0));
    }

    #[test]
    fn slots_cost_while_they_are_held_and_from_when_another_is_there() {
        let (mut shares, start) = (Shares::default(), Instant::now());
        (0..3).for_each(|_| shares.begin(A, start));
        let later = after(start, 100);
        shares.standing(later);
        shares.begin(B, later);
        // Ten seconds on, three slots have cost twenty worker seconds more than one.
        let now = after(later, 10);
        assert_eq!(credit(&mut shares, B, now), Some(0.0));
        assert_eq!(credit(&mut shares, A, now), Some(-20.0));
    }

    #[test]
    fn a_debt_outlives_a_pause_but_not_what_the_others_have_had_meanwhile() {
        let (mut shares, start) = (Shares::default(), Instant::now());
        (0..2).for_each(|_| shares.begin(A, start));
        shares.begin(B, start);
        let ten = after(start, 10);
        (0..2).for_each(|_| shares.end(A, Duration::from_secs(10), ten));
        assert_eq!(credit(&mut shares, A, ten), Some(-10.0));
        assert_eq!(credit(&mut shares, A, after(ten, 4)), Some(-6.0));
        // B has had ten more: they are even, and A has nothing here.
        assert_eq!(credit(&mut shares, A, after(ten, 10)), None);
    }

    #[test]
    fn turns_are_expected_to_take_what_they_took() {
        let (mut shares, start) = (Shares::default(), Instant::now());
        let mut now = start;
        for _ in 0..40 {
            shares.begin(A, now);
            now += Duration::from_secs(2);
            shares.end(A, Duration::from_secs(2), now);
        }
        shares.begin(A, now);
        let standing = shares.standing(now);
        assert!((standing.cost[0] - 2.0).abs() < 0.01);
        assert!((standing.usual_cost - 2.0).abs() < 0.01);
    }

    #[test]
    fn nobody_owes_for_ever() {
        let (mut shares, start) = (Shares::default(), Instant::now());
        (0..1_000).for_each(|_| shares.begin(A, start));
        shares.begin(B, start);
        let now = after(start, 50);
        assert!(credit(&mut shares, A, now).unwrap() >= -DEEPEST);
    }
}
