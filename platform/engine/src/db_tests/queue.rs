use super::support::{APP, TestDb, Worker, config, until};
use crate::jobs::{JobHandler, LeasedJob, NewJob, RunnerConfig, Turn};
use crate::{LiveBus, cancel, model};
use async_trait::async_trait;
use platform_db::jobs::Lane;
use platform_kernel::id::WorkerId;
use platform_kernel::{Error, Result, clock};
use serde_json::json;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Counts the turns of each job; the payload says how each turn ends.
#[derive(Default)]
struct Counting(Mutex<HashMap<String, u32>>);

impl Counting {
    fn turns(&self, key: &str) -> u32 {
        self.0.lock().unwrap().get(key).copied().unwrap_or(0)
    }

    fn total(&self) -> u32 {
        self.0.lock().unwrap().values().sum()
    }
}

#[async_trait]
impl JobHandler for Counting {
    fn kind(&self) -> &'static str {
        "count"
    }

    async fn run(&self, job: &LeasedJob) -> Result<Turn> {
        *self.0.lock().unwrap().entry(job.key.clone()).or_default() += 1;
        match job.payload["then"].as_str() {
            Some("fail") => Err(Error::internal("it does not work")),
            Some("panic") => panic!("it breaks off"),
            Some("rest") => Ok(Turn::Again {
                at: clock::now() + chrono::TimeDelta::hours(1),
            }),
            Some("slow") => {
                tokio::time::sleep(Duration::from_secs(60)).await;
                Ok(Turn::Done)
            }
            Some("linger") => {
                tokio::time::sleep(Duration::from_millis(300)).await;
                Ok(Turn::Done)
            }
            _ => Ok(Turn::Done),
        }
    }
}

fn worker(test: &TestDb, handler: &Arc<Counting>, config: RunnerConfig) -> Worker {
    let handler = Arc::clone(handler);
    let handlers = || vec![handler as Arc<dyn JobHandler>];
    Worker::with_handlers(test, WorkerId::new(), LiveBus::new(None), handlers, config)
}

async fn enqueue(test: &TestDb, key: &str, then: &str) {
    let mut tx = test.db.control().await.unwrap();
    let job = NewJob::new("count", key, Lane::Event, &json!({"then": then})).unwrap();
    tx.enqueue(None, &job).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn two_workers_never_share_a_job() {
    let test = TestDb::new(0).await;
    for n in 0..150 {
        enqueue(&test, &n.to_string(), "end").await;
    }
    let handler = Arc::new(Counting::default());
    let small = RunnerConfig {
        concurrency: 7,
        ..config()
    };
    let workers = [
        worker(&test, &handler, small.clone()),
        worker(&test, &handler, small),
    ];
    until(async || test.count("control.jobs").await == 0).await;
    assert_eq!(handler.total(), 150);
    assert!((0..150).all(|n: i32| handler.turns(&n.to_string()) == 1));
    for worker in workers {
        worker.stop().await;
    }
}

/// A lease as after a claim whose answer was lost, or an end of a turn that a crash undid.
async fn stray(test: &TestDb, key: &str, worker: WorkerId) {
    test.control(&format!(
        "INSERT INTO control.jobs (kind, key, payload, lease_owner, lease_epoch) \
         VALUES ('count', '{key}', '{{\"then\": \"end\"}}', '{}', 1)",
        worker.0
    ))
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lease_that_its_own_worker_does_not_know_of_is_given_back() {
    let test = TestDb::new(0).await;
    let id = WorkerId::new();
    stray(&test, "a", id).await;
    let handler = Arc::new(Counting::default());
    let handlers = vec![Arc::clone(&handler) as Arc<dyn JobHandler>];
    let worker = Worker::with_handlers(&test, id, LiveBus::new(None), || handlers, config());
    until(async || test.count("control.jobs").await == 0).await;
    assert_eq!(handler.turns("a"), 1);
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_turn_whose_end_cannot_be_written_yet_is_not_taken_again() {
    let test = TestDb::new(0).await;
    let id = WorkerId::new();
    let handler = Arc::new(Counting::default());
    let handlers = vec![Arc::clone(&handler) as Arc<dyn JobHandler>];
    let worker = Worker::with_handlers(&test, id, LiveBus::new(None), || handlers, config());
    test.as_owner(&format!("REVOKE DELETE ON control.jobs FROM {APP}"))
        .await;
    enqueue(&test, "ended", "end").await;
    worker.wake.wake();
    until(async || handler.turns("ended") == 1).await;
    // When this one has been given back, the worker has looked twice at what it holds.
    stray(&test, "stray", id).await;
    until(async || handler.turns("stray") == 1).await;
    test.as_owner(&format!("GRANT DELETE ON control.jobs TO {APP}"))
        .await;
    until(async || test.count("control.jobs").await == 0).await;
    assert_eq!(handler.turns("ended"), 1);
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_woken_during_its_turn_takes_another() {
    let test = TestDb::new(0).await;
    let handler = Arc::new(Counting::default());
    let worker = worker(&test, &handler, config());
    enqueue(&test, "a", "linger").await;
    worker.wake.wake();
    until(async || handler.turns("a") == 1).await;
    enqueue(&test, "a", "linger").await;
    until(async || handler.turns("a") == 2).await;
    until(async || test.count("control.jobs").await == 0).await;
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_resting_job_is_woken_and_a_failing_one_is_given_up() {
    let test = TestDb::new(0).await;
    let handler = Arc::new(Counting::default());
    let worker = worker(
        &test,
        &handler,
        RunnerConfig {
            max_attempts: 2,
            ..config()
        },
    );
    enqueue(&test, "rests", "rest").await;
    enqueue(&test, "fails", "fail").await;
    enqueue(&test, "breaks", "panic").await;
    worker.wake.wake();
    until(async || {
        test.count("control.jobs WHERE key = 'rests' AND run_at > now()")
            .await
            == 1
    })
    .await;
    enqueue(&test, "rests", "rest").await;
    worker.wake.wake();
    until(async || handler.turns("rests") == 2).await;
    let given_up =
        "control.jobs WHERE dead_at IS NOT NULL AND last_error IS NOT NULL AND attempts = 2";
    until(async || test.count(given_up).await == 2).await;
    assert_eq!((handler.turns("fails"), handler.turns("breaks")), (2, 2));
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_dead_worker_held_is_taken_over_but_not_for_ever() {
    let test = TestDb::new(0).await;
    enqueue(&test, "orphan", "end").await;
    enqueue(&test, "poison", "end").await;
    test.control(
        "UPDATE control.jobs SET lease_owner = '00000000-0000-7000-8000-000000000001', lease_epoch = 1;
         UPDATE control.jobs SET takeovers = 5 WHERE key = 'poison'",
    )
    .await;
    let handler = Arc::new(Counting::default());
    let worker = worker(&test, &handler, config());
    until(async || test.count("control.jobs WHERE key = 'orphan'").await == 0).await;
    until(async || {
        test.count("control.jobs WHERE key = 'poison' AND dead_at IS NOT NULL")
            .await
            == 1
    })
    .await;
    assert_eq!((handler.turns("orphan"), handler.turns("poison")), (1, 0));
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_stops_gives_back_what_it_cannot_finish() {
    let test = TestDb::new(0).await;
    let handler = Arc::new(Counting::default());
    let worker = worker(&test, &handler, config());
    enqueue(&test, "slow", "slow").await;
    worker.wake.wake();
    until(async || handler.turns("slow") == 1).await;
    let begun = std::time::Instant::now();
    worker.stop().await;
    assert!(begun.elapsed() < Duration::from_secs(5));
    assert_eq!(
        test.count("control.jobs WHERE lease_owner IS NULL AND run_at <= now()")
            .await,
        1
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_machine_whose_clock_jumped_works_on_and_takes_the_databases_time() {
    for jump in [chrono::TimeDelta::hours(3), chrono::TimeDelta::hours(-3)] {
        let test = TestDb::new(0).await;
        let right = clock::now();
        clock::follow(right + jump, Duration::from_millis(1));
        assert!((clock::now() - right - jump).abs() < chrono::TimeDelta::minutes(1));
        enqueue(&test, "a", "end").await;
        let handler = Arc::new(Counting::default());
        let worker = worker(&test, &handler, config());
        until(async || test.count("control.jobs").await == 0).await;
        assert_eq!(handler.turns("a"), 1);
        let off = clock::now() - right;
        assert!(
            off.abs() < chrono::TimeDelta::minutes(1),
            "still off by {off}"
        );
        worker.stop().await;
    }
}

#[test]
fn a_dead_workers_jobs_are_with_another_one_within_fifteen_seconds_and_a_drain_ends_in_thirty() {
    let config = RunnerConfig::default();
    // The others look once a second and claim at once.
    assert!(config.dead_after + Duration::from_secs(2) <= Duration::from_secs(15));
    assert!(config.heartbeat * 3 < config.dead_after);
    assert!(config.drain <= Duration::from_secs(30));
    assert_eq!(config.max_takeovers, 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_tries_a_given_up_job_again_or_drops_it() {
    use crate::jobs::given_up::{self, Decision};
    let test = TestDb::new(1).await;
    let tenant = test.tenant().clone();
    test.control(&format!(
        "INSERT INTO control.jobs (kind, key, tenant_id, lane, attempts, last_error, dead_at) VALUES \
         ('schedule', 'first', '{0}', 2, 12, 'it broke', now()), \
         ('schedule', 'second', '{0}', 2, 12, 'it broke', now() - interval '1 h'), \
         ('schedule', 'alive', '{0}', 2, 0, NULL, NULL)",
        tenant.id
    ))
    .await;
    let jobs = given_up::list(&test.db, 10).await.unwrap();
    let keys: Vec<&str> = jobs.iter().map(|job| job.key.as_str()).collect();
    assert_eq!(keys, ["first", "second"]);
    let by = platform_db::audit::Actor::default();
    for (job, decision) in jobs.iter().zip([Decision::Retry, Decision::Drop]) {
        let mut tx = test.db.batch().await.unwrap();
        let locked = given_up::find(&mut tx, job.id).await.unwrap();
        locked
            .decide(tx, Some(&tenant), decision, &by)
            .await
            .unwrap();
    }
    let again =
        "control.jobs WHERE key = 'first' AND dead_at IS NULL AND attempts = 0 AND run_at <= now()";
    assert_eq!(test.count(again).await, 1);
    assert_eq!(test.count("control.jobs WHERE key = 'second'").await, 0);
    let noted = "audit_events WHERE action IN ('job.retried', 'job.dropped')";
    assert_eq!(test.count_of_tenant(&tenant, noted).await, 2);
    let mut tx = test.db.batch().await.unwrap();
    assert!(given_up::find(&mut tx, jobs[0].id).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_that_enqueued_notifies_once_and_a_rollback_does_not() {
    let test = TestDb::new(1).await;
    let notified = Arc::new(AtomicU32::new(0));
    let counter = Arc::clone(&notified);
    test.db.on_enqueued(move || {
        counter.fetch_add(1, Ordering::Relaxed);
    });
    let notified = || notified.load(Ordering::Relaxed);
    let version = test.publish(test.tenant(), &json!({})).await;
    let run = test.accept(test.tenant(), version, json!({})).await;
    assert_eq!(notified(), 1);

    let mut tx = test.db.tenant(test.tenant()).await.unwrap();
    cancel(&mut tx, run, None).await.unwrap();
    drop(tx);
    let mut tx = test.db.tenant(test.tenant()).await.unwrap();
    model::find_execution(&mut tx, run).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(notified(), 1);

    let mut tx = test.db.control().await.unwrap();
    for key in ["a", "b"] {
        let job = NewJob::new("count", key, Lane::Event, &json!({})).unwrap();
        tx.enqueue(None, &job).await.unwrap();
    }
    tx.commit().await.unwrap();
    assert_eq!(notified(), 2);
    let mut tx = test.db.control().await.unwrap();
    tx.wake_jobs(test.tenant().id, "execution").await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(notified(), 3);
}
