use super::intake::{Hook, accepted, intake};
use super::support::{APP, TestDb, Worker, config, until};
use crate::LiveBus;
use crate::accept::EXECUTION;
use crate::jobs::seats::Seat;
use crate::jobs::{JobHandler, LeasedJob, RunnerConfig, Turn};
use async_trait::async_trait;
use futures_util::future::join_all;
use platform_db::jobs::{FIRST_EPOCH, Lane};
use platform_kernel::id::{ExecutionId, WorkerId};
use platform_kernel::tenant::TenantContext;
use platform_kernel::{Result, clock};
use std::sync::{Arc, Mutex};
use tokio::sync::Semaphore;

/// Holds every turn until it is let go or the worker ends, and notes whose it was.
struct Gate {
    open: Semaphore,
    begun: Mutex<Vec<String>>,
}

impl Gate {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            open: Semaphore::new(0),
            begun: Mutex::default(),
        })
    }

    fn begun(&self) -> Vec<String> {
        self.begun.lock().unwrap().clone()
    }
}

#[async_trait]
impl JobHandler for Gate {
    fn kind(&self) -> &'static str {
        EXECUTION
    }

    async fn run(&self, job: &LeasedJob) -> Result<Turn> {
        self.begun.lock().unwrap().push(job.key.clone());
        tokio::select! {
            permit = self.open.acquire() => permit.unwrap().forget(),
            () = job.lease.ending() => return Ok(Turn::Again { at: clock::now() }),
        }
        Ok(Turn::Done)
    }
}

/// A worker with 64 slots that has seats to give, four for a tenant.
async fn worker(test: &TestDb, gate: &Arc<Gate>) -> (WorkerId, Worker) {
    let (id, handler) = (WorkerId::new(), Arc::clone(gate));
    let handlers = || vec![handler as Arc<dyn JobHandler>];
    let config = RunnerConfig {
        concurrency: 64,
        ..config()
    };
    let worker = Worker::with_handlers(test, id, LiveBus::new(None), handlers, config);
    until(async || !worker.wake.seats(test.tenant().id, 1).is_empty()).await;
    (id, worker)
}

async fn take(test: &TestDb, worker: &Worker, tenant: &TenantContext, count: usize) {
    let intake = intake(test, &worker.wake);
    let hook = Hook::new(test, tenant).await;
    let stamp = hook.stamp().await;
    let all = (0..count).map(|n| intake.take(hook.arrival(&stamp, &format!("n{n}"))));
    for taken in join_all(all).await {
        accepted(taken.unwrap());
    }
}

async fn leased(test: &TestDb, owner: WorkerId) -> i64 {
    let epoch = FIRST_EPOCH;
    let of = format!("control.jobs WHERE lease_owner = '{owner}' AND lease_epoch = {epoch}");
    test.count(&of).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_begins_in_the_process_that_accepts_it_without_a_claim() {
    let test = TestDb::new(1).await;
    let gate = Gate::new();
    let (id, worker) = worker(&test, &gate).await;
    // A claim updates the job; this worker cannot.
    test.as_owner(&format!("REVOKE UPDATE ON control.jobs FROM {APP}"))
        .await;
    take(&test, &worker, test.tenant(), 1).await;
    assert_eq!(leased(&test, id).await, 1);
    until(async || gate.begun().len() == 1).await;
    gate.open.add_permits(1);
    until(async || test.count("control.jobs").await == 0).await;
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_finds_no_seat_goes_through_the_queue_and_begins_once() {
    let test = TestDb::new(2).await;
    let gate = Gate::new();
    let (id, worker) = worker(&test, &gate).await;
    let seats = |tenant: usize| worker.wake.seats(test.tenants[tenant].id, 100).len();
    assert_eq!((seats(0), seats(1)), (4, 4));
    take(&test, &worker, &test.tenants[0], 20).await;
    until(async || gate.begun().len() == 20).await;
    assert_eq!(leased(&test, id).await, 20);
    assert_eq!(
        (seats(0), seats(1)),
        (0, 4),
        "who is busy leaves them to others"
    );
    gate.open.add_permits(20);
    until(async || test.count("control.jobs").await == 0).await;
    let mut begun = gate.begun();
    begun.sort();
    begun.dedup();
    assert_eq!(begun.len(), 20, "nothing began twice");
    assert_eq!(seats(0), 4);
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_work_is_left_in_the_queue_who_has_something_in_hand_gets_no_seat() {
    let test = TestDb::new(2).await;
    let gate = Gate::new();
    let (_, worker) = worker(&test, &gate).await;
    let seats = |tenant: usize| worker.wake.seats(test.tenants[tenant].id, 1).len();
    take(&test, &worker, &test.tenants[1], 1).await;
    assert_eq!(seats(1), 1);
    // More than the three quarters of the slots that one may have.
    take(&test, &worker, &test.tenants[0], 80).await;
    until(async || gate.begun().len() >= 40).await;
    worker.wake.wake_here();
    until(async || seats(1) == 0).await;
    gate.open.add_permits(81);
    until(async || test.count("control.jobs").await == 0).await;
    until(async || seats(1) == 1).await;
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_seat_that_is_not_used_is_free_again_and_its_id_is_not_used_twice() {
    let test = TestDb::new(1).await;
    let (_, worker) = worker(&test, &Gate::new()).await;
    let tenant = test.tenant().id;
    let ids = |seats: &[Seat]| seats.iter().map(Seat::job).collect::<Vec<_>>();
    let first = worker.wake.seats(tenant, 100);
    assert_eq!(first.len(), 4);
    let used = ids(&first);
    drop(first);
    let second = worker.wake.seats(tenant, 100);
    assert_eq!(second.len(), 4);
    assert!(ids(&second).iter().all(|id| !used.contains(id)));
    drop(second);
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_is_ending_gives_no_seats_and_waits_for_those_it_gave() {
    let test = TestDb::new(1).await;
    let gate = Gate::new();
    let (id, worker) = worker(&test, &gate).await;
    let tenant = test.tenant().id;
    let seat = worker.wake.seats(tenant, 1).remove(0);
    let (run, job) = (ExecutionId::new(), seat.job());
    test.control(&format!(
        "INSERT INTO control.jobs (kind, key, tenant_id, id, lease_owner, lease_epoch) \
         OVERRIDING SYSTEM VALUE VALUES ('{EXECUTION}', '{run}', '{tenant}', {job}, '{id}', {FIRST_EPOCH})"
    ))
    .await;
    let wake = worker.wake.clone();
    let stopping = platform_kernel::task::spawn(worker.stop());
    until(async || wake.seats(tenant, 1).is_empty()).await;
    seat.begin(run, tenant, Lane::Event);
    stopping.await.unwrap();
    assert_eq!(gate.begun(), [run.to_string()]);
    let free = format!("control.jobs WHERE key = '{run}' AND lease_owner IS NULL");
    assert_eq!(test.count(&free).await, 1, "another worker may have it");
}
