//! Workflows that limit how many of their runs are under way at once.

use super::support::{TestDb, Worker};
use crate::registry::StepRegistry;
use crate::step::*;
use crate::steps::testing;
use crate::{LiveBus, NewExecution, accept, cancel};
use async_trait::async_trait;
use platform_db::TenantTx;
use platform_db::jobs::Lane;
use platform_kernel::Error;
use platform_kernel::id::{ExecutionId, VersionId, WorkflowId};
use platform_kernel::ports::CallError;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::Semaphore;

/// A call that lasts until it is let through, and the runs that came to it in their order.
struct Gate {
    came: Mutex<Vec<ExecutionId>>,
    open: Semaphore,
}

impl Gate {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            came: Mutex::default(),
            open: Semaphore::new(0),
        })
    }

    fn came(&self) -> Vec<ExecutionId> {
        self.came.lock().unwrap().clone()
    }

    async fn have_come(&self, count: usize) -> Vec<ExecutionId> {
        for _ in 0..1_500 {
            if self.came().len() >= count {
                return self.came();
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("{} have come and not {count}", self.came().len());
    }
}

#[async_trait]
impl EffectStep for Gate {
    async fn prepare(
        &self,
        _: &mut TenantTx,
        _: &StepContext,
        config: Value,
    ) -> Result<EffectIntent, StepError> {
        Ok(EffectIntent {
            kind: "gate".into(),
            summary: "Through the gate".into(),
            request: config,
            simulated: false,
        })
    }

    async fn call(
        &self,
        context: &EffectContext<'_>,
        _: &Value,
    ) -> Result<EffectOutcome, CallError> {
        self.came.lock().unwrap().push(context.step.execution_id);
        self.open.acquire().await.unwrap().forget();
        Ok(EffectOutcome {
            output: json!({}),
            ..EffectOutcome::default()
        })
    }

    async fn record(
        &self,
        _: &mut TenantTx,
        _: &StepContext,
        _: &Value,
        _: Result<&EffectOutcome, &CallError>,
    ) -> Result<(), Error> {
        Ok(())
    }

    fn after_crash(&self, _: &Value) -> AfterCrash {
        AfterCrash::Repeat
    }
}

fn registry(gate: &Arc<Gate>) -> StepRegistry {
    let mut registry = testing::registry();
    let info = StepTypeInfo {
        type_: "gate",
        config_schema: json!({"type": "object"}),
        ..StepTypeInfo::default()
    };
    let gate = Arc::clone(gate);
    registry.add_step(info, StepKind::Effect(gate)).unwrap();
    registry
}

fn limited(most: u32) -> Value {
    json!({
        "triggers": [{"id": "start", "type": "manual"}],
        "steps": [{"id": "a", "type": "gate", "config": {}}],
        "edges": [{"from": "start", "to": "a"}],
        "settings": {"max_concurrency": most, "concurrency_key": "trigger.vin"}
    })
}

async fn start(
    test: &TestDb,
    workflow: WorkflowId,
    version: VersionId,
    key: Option<&str>,
) -> ExecutionId {
    let mut tx = test.db.tenant(test.tenant()).await.unwrap();
    let new = NewExecution {
        concurrency_key: key.map(str::to_owned),
        ..NewExecution::new(workflow, version, "start", "manual", json!({}), Lane::Event)
    };
    let id = accept(&mut tx, &LiveBus::new(None), new).await.unwrap();
    tx.commit().await.unwrap();
    id
}

/// Waits until that many runs have asked for a place and got none.
async fn waiting(test: &TestDb, count: i64) {
    let waiting = "workflow_executions WHERE slot_asked_at IS NOT NULL AND NOT holds_slot \
        AND status = 'queued'";
    for _ in 0..1_500 {
        if test.count_of_tenant(test.tenant(), waiting).await == count {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("{count} runs are to wait");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_more_than_the_places_are_under_way_and_the_oldest_comes_next() {
    let test = TestDb::new(1).await;
    let version = test.publish(test.tenant(), &limited(2)).await;
    let (workflow, mut runs) = (WorkflowId::new(), Vec::new());
    for _ in 0..6 {
        runs.push(start(&test, workflow, version, None).await);
    }
    let gate = Gate::new();
    let worker = Worker::start(&test, registry(&gate));
    waiting(&test, 4).await;
    for through in 0..6 {
        let came = gate.have_come((through + 2).min(6)).await;
        assert_eq!(came.len(), (through + 2).min(6));
        waiting(&test, (4 - i64::try_from(through).unwrap()).max(0)).await;
        gate.open.add_permits(1);
    }
    let mut came = gate.came();
    for id in &runs {
        test.wait_for(*id, "succeeded").await;
    }
    // Which of the first two came first is open; the others waited in line.
    came[..2].sort();
    let mut first: Vec<ExecutionId> = runs.clone();
    first.retain(|id| came[..2].contains(id));
    let line: Vec<ExecutionId> = runs
        .iter()
        .copied()
        .filter(|id| !first.contains(id))
        .collect();
    assert_eq!(came[2..], line);
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_value_of_the_key_has_places_of_its_own() {
    let test = TestDb::new(1).await;
    let version = test.publish(test.tenant(), &limited(1)).await;
    let workflow = WorkflowId::new();
    let mut first = Vec::new();
    for key in [Some("a"), Some("b"), None] {
        first.push(start(&test, workflow, version, key).await);
    }
    let gate = Gate::new();
    let worker = Worker::start(&test, registry(&gate));
    assert_eq!(gate.have_come(3).await.len(), 3);
    let second = start(&test, workflow, version, Some("b")).await;
    waiting(&test, 1).await;
    gate.open.add_permits(4);
    for id in first.into_iter().chain([second]) {
        test.wait_for(id, "succeeded").await;
    }
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_cancelled_while_waiting_holds_nobody_up() {
    let test = TestDb::new(1).await;
    let version = test.publish(test.tenant(), &limited(1)).await;
    let workflow = WorkflowId::new();
    let first = start(&test, workflow, version, None).await;
    let gate = Gate::new();
    let worker = Worker::start(&test, registry(&gate));
    gate.have_come(1).await;
    let second = start(&test, workflow, version, None).await;
    waiting(&test, 1).await;
    let third = start(&test, workflow, version, None).await;
    waiting(&test, 2).await;
    let mut tx = test.db.tenant(test.tenant()).await.unwrap();
    cancel(&mut tx, second, None).await.unwrap();
    tx.commit().await.unwrap();
    worker.wake.wake();
    test.wait_for(second, "cancelled").await;
    gate.open.add_permits(2);
    test.wait_for(first, "succeeded").await;
    test.wait_for(third, "succeeded").await;
    assert_eq!(gate.came(), [first, third]);
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_place_outlives_its_worker_and_is_not_lost_with_it() {
    let test = TestDb::new(1).await;
    let version = test.publish(test.tenant(), &limited(1)).await;
    let workflow = WorkflowId::new();
    let first = start(&test, workflow, version, None).await;
    let gate = Gate::new();
    let lost = Worker::start(&test, registry(&gate));
    gate.have_come(1).await;
    lost.kill();
    test.control("UPDATE control.workers SET alive_until = now() - interval '1 s'")
        .await;
    let second = start(&test, workflow, version, None).await;
    let other = Gate::new();
    let worker = Worker::start(&test, registry(&other));
    assert_eq!(other.have_come(1).await, [first]);
    waiting(&test, 1).await;
    other.open.add_permits(2);
    test.wait_for(first, "succeeded").await;
    test.wait_for(second, "succeeded").await;
    assert_eq!(other.came(), [first, second]);
    worker.stop().await;
}
