//! Who gets the slots when there is more work than slots: by counts and order, never by the clock.

use super::support::{TestDb, Worker, config};
use crate::LiveBus;
use crate::jobs::claim::{self, Answer, Ask};
use crate::jobs::shares::Standing;
use crate::jobs::{JobHandler, LeasedJob, RunnerConfig, Turn};
use async_trait::async_trait;
use platform_db::jobs::Lane;
use platform_kernel::Result;
use platform_kernel::id::WorkerId;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::Semaphore;
use uuid::Uuid;

const FLOODER: Uuid = Uuid::from_u128(0xf100d);

fn tenant(n: u128) -> Uuid {
    Uuid::from_u128(1 + n)
}

/// Queues `count` jobs of a tenant that were due `ago` seconds before now.
async fn queue(test: &TestDb, tenant: Uuid, lane: Lane, count: u32, ago: u32) {
    let lane = lane as i16;
    test.control(&format!(
        "INSERT INTO control.jobs (kind, key, tenant_id, lane, run_at) \
         SELECT 'count', '{tenant}/{lane}/' || n, '{tenant}', {lane}, now() - interval '{ago} s' \
         FROM generate_series(1, {count}) AS n"
    ))
    .await;
}

async fn claim(test: &TestDb, free: usize, standing: Standing) -> Answer {
    claim_from(test, free, standing, Uuid::nil(), false).await
}

async fn claim_from(
    test: &TestDb,
    free: usize,
    standing: Standing,
    start: Uuid,
    aged: bool,
) -> Answer {
    let ask = Ask {
        worker: WorkerId::new(),
        kinds: &["count"],
        free,
        start,
        aged,
        standing,
    };
    claim::claim(&test.db, ask).await.unwrap()
}

fn standing(parties: &[(Uuid, f64, f64, i32)]) -> Standing {
    Standing {
        party: parties.iter().map(|p| p.0).collect(),
        credit: parties.iter().map(|p| p.1).collect(),
        cost: parties.iter().map(|p| p.2).collect(),
        in_hand: parties.iter().map(|p| p.3).collect(),
        usual_cost: 0.02,
    }
}

fn per_tenant(answer: &Answer) -> HashMap<Uuid, usize> {
    let mut counts = HashMap::new();
    for claimed in &answer.jobs {
        *counts.entry(claimed.party()).or_default() += 1;
    }
    counts
}

#[tokio::test(flavor = "multi_thread")]
async fn slots_go_to_whoever_had_the_least_and_none_stays_idle() {
    let test = TestDb::new(0).await;
    let (a, b) = (tenant(0), tenant(1));
    queue(&test, a, Lane::Event, 100, 60).await;
    queue(&test, b, Lane::Event, 100, 0).await;
    let even = standing(&[(a, 0.0, 0.1, 2), (b, 0.0, 0.1, 2)]);
    let got = per_tenant(&claim(&test, 8, even).await);
    assert_eq!((got[&a], got[&b]), (4, 4));
    // What is in hand counts, and so does what a turn takes.
    let uneven = standing(&[(a, 0.0, 0.1, 3), (b, 0.0, 0.1, 0)]);
    let got = per_tenant(&claim(&test, 7, uneven).await);
    assert_eq!((got[&a], got[&b]), (2, 5));
    let slower = standing(&[(a, 0.0, 0.3, 0), (b, 0.0, 0.1, 0)]);
    let got = per_tenant(&claim(&test, 8, slower).await);
    assert_eq!((got[&a], got[&b]), (2, 6));
    // Whoever owes waits, but takes what the other has no room for.
    let owing = standing(&[(a, -30.0, 0.1, 0), (b, 0.0, 0.1, 0)]);
    let got = per_tenant(&claim(&test, 8, owing).await);
    assert_eq!((got[&a], got[&b]), (2, 6));
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_holds_more_than_three_times_what_is_free_but_one_turn_anybody() {
    let test = TestDb::new(0).await;
    let (a, b) = (tenant(0), tenant(1));
    queue(&test, a, Lane::Event, 100, 0).await;
    assert_eq!(claim(&test, 32, Standing::default()).await.jobs.len(), 24);
    let full = standing(&[(a, 0.0, 0.1, 24)]);
    assert_eq!(claim(&test, 8, full).await.jobs.len(), 0);
    queue(&test, b, Lane::Event, 1, 0).await;
    let last = standing(&[(a, 0.0, 0.1, 31)]);
    let got = claim(&test, 1, last).await;
    assert_eq!((got.jobs.len(), got.parties), (1, 2));
    assert_eq!(got.jobs[0].party(), b);
    // One slot is all there is: it is not kept free.
    assert_eq!(claim(&test, 1, Standing::default()).await.jobs.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn lanes_come_in_their_order_and_the_oldest_first_when_it_is_its_turn() {
    let test = TestDb::new(0).await;
    let a = tenant(0);
    for (lane, ago) in [
        (Lane::Backfill, 900),
        (Lane::Schedule, 60),
        (Lane::Event, 30),
        (Lane::Interactive, 0),
    ] {
        queue(&test, a, lane, 3, ago).await;
    }
    let lanes = |answer: &Answer| answer.jobs.iter().map(|c| c.lane).collect::<Vec<_>>();
    let first = claim(&test, 5, Standing::default()).await;
    assert_eq!(lanes(&first), [Lane::Interactive; 3]);
    let aged = claim_from(&test, 5, Standing::default(), Uuid::nil(), true).await;
    assert_eq!(lanes(&aged), [Lane::Backfill; 3]);
    let rest = claim(&test, 16, Standing::default()).await;
    let (event, schedule) = ([Lane::Event; 3], [Lane::Schedule; 3]);
    assert_eq!(lanes(&rest), [event, schedule].concat());
}

#[tokio::test(flavor = "multi_thread")]
async fn behind_a_long_queue_every_party_is_found() {
    let test = TestDb::new(0).await;
    queue(&test, FLOODER, Lane::Event, 1_000, 3_600).await;
    let rest = "INSERT INTO control.jobs (kind, key, tenant_id, run_at) SELECT 'count', n, \
        lpad(to_hex(n + 100000000), 32, '0')::uuid, now() + interval '1 day' \
        FROM generate_series(1, 300) AS n";
    test.control(rest).await;
    let last = Uuid::from_u128(100_000_000_000);
    queue(&test, last, Lane::Event, 2, 0).await;
    let (mut start, mut laps) = (Uuid::nil(), 0);
    loop {
        let owing = standing(&[(FLOODER, -1.0, 0.1, 1)]);
        let answer = claim_from(&test, 4, owing, start, false).await;
        laps += 1;
        // Whoever only rests has nothing due.
        assert!(answer.parties <= 2);
        if per_tenant(&answer).contains_key(&last) {
            break;
        }
        start = answer.next.unwrap_or_default();
        assert!(laps < 4, "the last tenant was not found");
    }
    assert_eq!(laps, 3, "128 parties are looked at in each claim");
    let seen = claim(&test, 4, Standing::default()).await.seen();
    assert!(seen.left && seen.due_in.unwrap() > Duration::from_secs(3_600));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_claim_knows_what_it_left_however_much_it_took() {
    let test = TestDb::new(0).await;
    queue(&test, FLOODER, Lane::Event, 301, 60).await;
    queue(&test, tenant(0), Lane::Schedule, 2, 60).await;
    for (free, found, left) in [(300, 227, true), (76, 57, true), (300, 19, false)] {
        let answer = claim(&test, free, Standing::default()).await;
        assert_eq!((answer.jobs.len(), answer.seen().left), (found, left));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_workers_share_what_two_parties_have() {
    let test = TestDb::new(0).await;
    queue(&test, tenant(0), Lane::Event, 6, 0).await;
    queue(&test, tenant(1), Lane::Event, 6, 0).await;
    let (one, two) = tokio::join!(
        claim(&test, 6, Standing::default()),
        claim(&test, 6, Standing::default())
    );
    // Each shares out what it sees, so where they differ one or two are left for the next claim.
    let rest = claim(&test, 6, Standing::default()).await;
    let all = [one.jobs, two.jobs, rest.jobs].concat();
    let mut ids: Vec<i64> = all.iter().map(|claimed| claimed.job.id).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), all.len());
    assert_eq!(ids.len(), 12);
}

/// Writes down whose turns began, in order; a flooder's turns last until they are let go.
struct Watching {
    begun: Mutex<Vec<Uuid>>,
    flooder: Semaphore,
}

impl Watching {
    fn new(flooder_turns: usize) -> Arc<Self> {
        Arc::new(Self {
            begun: Mutex::default(),
            flooder: Semaphore::new(flooder_turns),
        })
    }

    fn begun(&self) -> Vec<Uuid> {
        self.begun.lock().unwrap().clone()
    }
}

#[async_trait]
impl JobHandler for Watching {
    fn kind(&self) -> &'static str {
        "count"
    }

    async fn run(&self, job: &LeasedJob) -> Result<Turn> {
        let tenant = job.tenant_id.unwrap().0;
        self.begun.lock().unwrap().push(tenant);
        if tenant == FLOODER {
            self.flooder.acquire().await.unwrap().forget();
        }
        Ok(Turn::Done)
    }
}

fn worker(test: &TestDb, handler: &Arc<Watching>) -> Worker {
    let handler = Arc::clone(handler);
    let handlers = || vec![handler as Arc<dyn JobHandler>];
    let config = RunnerConfig {
        concurrency: 8,
        ..config()
    };
    Worker::with_handlers(test, WorkerId::new(), LiveBus::new(None), handlers, config)
}

/// Waits until that many turns of the flooder, and of everybody else, have begun.
async fn begun(handler: &Watching, flooder: usize, others: usize) -> Vec<Uuid> {
    for _ in 0..3_000 {
        let begun = handler.begun();
        let of_flooder = begun.iter().filter(|t| **t == FLOODER).count();
        if of_flooder >= flooder && begun.len() - of_flooder >= others {
            return begun;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("only {} have begun", handler.begun().len());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_is_not_felt_by_the_others() {
    let test = TestDb::new(0).await;
    queue(&test, FLOODER, Lane::Event, 100_000, 60).await;
    let handler = Watching::new(100_000);
    let worker = worker(&test, &handler);
    begun(&handler, 50, 0).await;
    let victims = "INSERT INTO control.jobs (kind, key, tenant_id) SELECT 'count', n, \
        lpad(to_hex(n % 5 + 1), 32, '0')::uuid FROM generate_series(1, 20) AS n";
    test.control(victims).await;
    worker.wake.wake();
    let begun = begun(&handler, 0, 20).await;
    let first = begun.iter().position(|t| *t != FLOODER).unwrap();
    let last = begun.iter().rposition(|t| *t != FLOODER).unwrap();
    // Once they are seen, a hundred thousand jobs before them add no more than one party's share.
    let between = begun[first..last].iter().filter(|t| **t == FLOODER).count();
    assert!(between <= 20, "{between} turns of the flood came between");
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_floods_with_long_turns_leaves_slots_to_the_others() {
    let test = TestDb::new(0).await;
    queue(&test, FLOODER, Lane::Event, 1_000, 60).await;
    let handler = Watching::new(0);
    let worker = worker(&test, &handler);
    begun(&handler, 6, 0).await;
    for n in 0..5 {
        queue(&test, tenant(n), Lane::Event, 4, 0).await;
    }
    worker.wake.wake();
    let begun = begun(&handler, 0, 20).await;
    assert_eq!(begun.iter().filter(|t| **t == FLOODER).count(), 6);
    // A turn that ends makes room for the next one, with nobody waking the worker.
    handler.flooder.add_permits(30);
    self::begun(&handler, 36, 20).await;
    worker.stop().await;
}
