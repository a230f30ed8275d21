//! Waits, runs that start runs, and error workflows over the real tables.

use super::support::{TestDb, Worker};
use crate::registry::StepRegistry;
use crate::step::{Due, Opened, Report, StepContext, StepKind, StepOutput, WaitingStep};
use crate::steps::{add_workflow_run, testing};
use crate::{Backlog, LiveBus, NewExecution, accept, cancel, publish_event, resolve_wait};
use chrono::TimeDelta;
use diesel_async::SimpleAsyncConnection;
use platform_db::jobs::Lane;
use platform_db::migrations;
use platform_kernel::clock;
use platform_kernel::id::{ExecutionId, VersionId, WorkflowId};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

fn registry() -> StepRegistry {
    let mut registry = testing::registry();
    add_workflow_run(&mut registry, LiveBus::new(None), None).unwrap();
    registry
}

fn chain(steps: &[(&str, &str, Value)]) -> Value {
    let ids = ["start"].into_iter().chain(steps.iter().map(|step| step.0));
    let edges = ids
        .zip(steps)
        .map(|(from, (to, ..))| json!({"from": from, "to": to}));
    let step = |(id, type_, config): &(&str, &str, Value)| json!({"id": id, "type": type_, "config": config});
    json!({
        "triggers": [{"id": "start", "type": "manual"}],
        "steps": steps.iter().map(step).collect::<Vec<_>>(),
        "edges": edges.collect::<Vec<_>>()
    })
}

/// An active workflow with this as its published version.
async fn activate(test: &TestDb, definition: &Value) -> (WorkflowId, VersionId) {
    let (workflow, version) = (WorkflowId::new(), VersionId::new());
    let sql = format!(
        "INSERT INTO workflows (id, name, status, published_version, draft, draft_sha256)
            VALUES ('{workflow}', 'Helper', 'active', 1, '{{}}', '');
         INSERT INTO workflow_versions (id, workflow_id, version, definition, sha256)
            VALUES ('{version}', '{workflow}', 1, {}, '')",
        migrations::literal(&definition.to_string())
    );
    let mut tx = test.db.tenant(test.tenant()).await.unwrap();
    tx.conn().batch_execute(&sql).await.unwrap();
    tx.commit().await.unwrap();
    (workflow, version)
}

async fn start(
    test: &TestDb,
    worker: &Worker,
    of: (WorkflowId, VersionId),
    input: Value,
) -> ExecutionId {
    let mut tx = test.db.tenant(test.tenant()).await.unwrap();
    let new = NewExecution::new(of.0, of.1, "start", "manual", input, Lane::Event);
    let id = accept(&mut tx, &LiveBus::new(None), new).await.unwrap();
    tx.commit().await.unwrap();
    worker.wake.wake();
    id
}

async fn tell(test: &TestDb, name: &str, key: &str, data: Value) -> usize {
    let mut tx = test.db.tenant(test.tenant()).await.unwrap();
    let told = publish_event(&mut tx, name, key, data, None).await.unwrap();
    tx.commit().await.unwrap();
    told.waits_resolved
}

fn for_event(name: &str, key: Value) -> Value {
    json!({"event": {"name": name, "key": key}})
}

async fn child_of(test: &TestDb, id: ExecutionId) -> ExecutionId {
    let mut tx = test.db.tenant(test.tenant()).await.unwrap();
    let events = crate::model::events(&mut tx, id, 0, None).await.unwrap();
    let started = events.iter().find_map(|event| match event.body {
        crate::event::EventBody::ChildStarted { execution_id, .. } => Some(execution_id),
        _ => None,
    });
    started.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_ends_the_waits_for_it_and_no_others() {
    let test = TestDb::new(1).await;
    let worker = Worker::start(&test, registry());
    let definition = chain(&[(
        "await",
        "wait",
        for_event("paid", json!({"$ref": "trigger.deal"})),
    )]);
    let of = activate(&test, &definition).await;
    let mine = start(&test, &worker, of, json!({"deal": "7"})).await;
    let other = start(&test, &worker, of, json!({"deal": "8"})).await;
    test.wait_for(mine, "waiting").await;
    test.wait_for(other, "waiting").await;
    assert_eq!(tell(&test, "paid", "9", json!({})).await, 0);
    assert_eq!(tell(&test, "paid", "7", json!({"amount": 5})).await, 1);
    worker.wake.wake();
    let ended = test.wait_for(mine, "succeeded").await;
    let event = &ended.output.unwrap()["await"]["event"];
    assert_eq!(
        (&event["key"], &event["data"]),
        (&json!("7"), &json!({"amount": 5}))
    );
    assert_eq!(test.execution(other).await.status.as_str(), "waiting");
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn events_since_the_run_began_count_and_each_ends_one_wait() {
    let test = TestDb::new(1).await;
    let worker = Worker::start(&test, registry());
    let definition = chain(&[
        ("nap", "wait", json!({"duration_seconds": 1.2})),
        ("first", "wait", for_event("reply", json!(null))),
        ("second", "wait", for_event("reply", json!(null))),
    ]);
    tell(&test, "reply", "", json!({"n": 0})).await;
    let of = activate(&test, &definition).await;
    let id = start(&test, &worker, of, json!({})).await;
    test.wait_for(id, "waiting").await;
    tell(&test, "reply", "", json!({"n": 1})).await;
    let kinds = async || test.kinds(id).await;
    while !kinds().await.contains(&"wait_opened".to_owned()) {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    tell(&test, "reply", "", json!({"n": 2})).await;
    worker.wake.wake();
    let output = test.wait_for(id, "succeeded").await.output.unwrap();
    assert_eq!(output["second"]["event"]["data"], json!({"n": 2}));
    assert_eq!(
        kinds()
            .await
            .iter()
            .filter(|kind| *kind == "wait_opened")
            .count(),
        1
    );
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_told_while_the_wait_begins_is_not_missed() {
    let test = TestDb::new(1).await;
    let worker = Worker::start(&test, registry());
    let definition = chain(&[(
        "await",
        "wait",
        for_event("go", json!({"$ref": "trigger.n"})),
    )]);
    let of = activate(&test, &definition).await;
    let mut runs = Vec::new();
    for n in 0..40 {
        runs.push(start(&test, &worker, of, json!({"n": n})).await);
        tokio::time::sleep(Duration::from_millis(n % 9)).await;
        tell(&test, "go", &n.to_string(), json!({})).await;
        worker.wake.wake();
    }
    for id in runs {
        test.wait_for(id, "succeeded").await;
    }
    assert_eq!(test.count("control.jobs").await, 0);
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wait_is_resolved_once_and_survives_its_worker() {
    let test = TestDb::new(1).await;
    let first = Worker::start(&test, registry());
    let of = activate(
        &test,
        &chain(&[("await", "wait", for_event("x", json!(null)))]),
    )
    .await;
    let id = start(&test, &first, of, json!({})).await;
    test.wait_for(id, "waiting").await;
    first.kill();
    test.control("UPDATE control.workers SET alive_until = now() - interval '1 second'")
        .await;
    let mut tx = test.db.tenant(test.tenant()).await.unwrap();
    let resolution = || json!({"event": {"name": "x"}});
    assert!(
        !resolve_wait(&mut tx, id, "other", resolution())
            .await
            .unwrap()
    );
    assert!(
        resolve_wait(&mut tx, id, "await", resolution())
            .await
            .unwrap()
    );
    assert!(!resolve_wait(&mut tx, id, "await", json!({})).await.unwrap());
    tx.commit().await.unwrap();
    let second = Worker::start(&test, registry());
    let ended = test.wait_for(id, "succeeded").await;
    assert_eq!(ended.output, Some(json!({"await": resolution()})));
    second.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limit_ends_a_wait_and_what_comes_later_finds_none() {
    let test = TestDb::new(1).await;
    let worker = Worker::start(&test, registry());
    let mut config = for_event("x", json!(null));
    config["timeout_seconds"] = json!(1.2);
    let of = activate(&test, &chain(&[("await", "wait", config)])).await;
    let id = start(&test, &worker, of, json!({})).await;
    test.wait_for(id, "succeeded").await;
    assert_eq!(tell(&test, "x", "", json!({})).await, 0);
    assert_eq!(
        test.count_of_tenant(test.tenant(), "execution_waits").await,
        0
    );
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_starts_another_and_goes_on_with_what_it_gives() {
    let test = TestDb::new(1).await;
    let worker = Worker::start(&test, registry());
    let helper = json!({"values": {"twice": {"$cel": "trigger.n * 2"}}});
    let (helper, _) = activate(&test, &chain(&[("calc", "transform", helper)])).await;
    let definition = chain(&[
        (
            "call",
            "workflow.run",
            json!({"workflow_id": helper, "input": {"n": {"$ref": "trigger.n"}}}),
        ),
        (
            "end",
            "transform",
            json!({"values": {"got": {"$ref": "steps.call.output.output.calc.twice"}}}),
        ),
    ]);
    let of = activate(&test, &definition).await;
    let id = start(&test, &worker, of, json!({"n": 21})).await;
    let ended = test.wait_for(id, "succeeded").await;
    assert_eq!(ended.output, Some(json!({"end": {"got": 42}})));
    let child = test.execution(child_of(&test, id).await).await;
    assert_eq!((child.parent_execution_id, child.depth), (Some(id), 1));
    assert_eq!(
        (child.trigger_type.as_str(), child.status.as_str()),
        ("workflow", "succeeded")
    );
    assert_eq!(test.count("control.jobs").await, 0);
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_other_run_cannot_do_fails_the_step() {
    let test = TestDb::new(1).await;
    let worker = Worker::start(&test, registry());
    let (helper, _) = activate(
        &test,
        &chain(&[(
            "no",
            "stop",
            json!({"outcome": "failed", "message": "Sold."}),
        )]),
    )
    .await;
    for (workflow, code) in [
        (helper, "child_failed"),
        (WorkflowId::new(), "workflow_not_published"),
    ] {
        let call = ("call", "workflow.run", json!({"workflow_id": workflow}));
        let of = activate(&test, &chain(&[call])).await;
        let id = start(&test, &worker, of, json!({})).await;
        let failed = test.wait_for(id, "failed").await;
        assert_eq!(failed.failure().unwrap().code, code);
    }
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn workflows_run_each_other_only_so_deep() {
    let test = TestDb::new(1).await;
    let worker = Worker::start(&test, registry());
    let call = (
        "call",
        "workflow.run",
        json!({"workflow_id": {"$ref": "trigger.self"}, "input": {"$ref": "trigger"}}),
    );
    let of = activate(&test, &chain(&[call])).await;
    let id = start(&test, &worker, of, json!({"self": of.0})).await;
    test.wait_for(id, "failed").await;
    assert_eq!(
        test.count_of_tenant(test.tenant(), "workflow_executions")
            .await,
        11
    );
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn cancelling_a_run_cancels_the_one_it_waits_for() {
    let test = TestDb::new(1).await;
    let worker = Worker::start(&test, registry());
    let (helper, _) = activate(
        &test,
        &chain(&[("await", "wait", for_event("x", json!(null)))]),
    )
    .await;
    let of = activate(
        &test,
        &chain(&[("call", "workflow.run", json!({"workflow_id": helper}))]),
    )
    .await;
    let id = start(&test, &worker, of, json!({})).await;
    test.wait_for(id, "waiting").await;
    let child = child_of(&test, id).await;
    test.wait_for(child, "waiting").await;
    let mut tx = test.db.tenant(test.tenant()).await.unwrap();
    cancel(&mut tx, id, None).await.unwrap();
    tx.commit().await.unwrap();
    worker.wake.wake();
    test.wait_for(id, "cancelled").await;
    test.wait_for(child, "cancelled").await;
    assert_eq!(
        test.count_of_tenant(test.tenant(), "execution_waits").await,
        0
    );
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_run_starts_the_error_workflow() {
    let test = TestDb::new(1).await;
    let worker = Worker::start(&test, registry());
    let (helper, _) = activate(
        &test,
        &chain(&[(
            "note",
            "transform",
            json!({"values": {"code": {"$ref": "trigger.execution.error.code"}}}),
        )]),
    )
    .await;
    let mut definition = chain(&[("no", "stop", json!({"outcome": "failed"}))]);
    definition["settings"] = json!({"error_workflow": helper});
    let of = activate(&test, &definition).await;
    let id = start(&test, &worker, of, json!({})).await;
    test.wait_for(id, "failed").await;
    let told = format!(
        "workflow_executions WHERE trigger_type = 'error' AND status = 'succeeded' AND parent_execution_id = '{id}' AND output -> 'note' ->> 'code' = 'stopped'"
    );
    for _ in 0..500 {
        if test.count_of_tenant(test.tenant(), &told).await == 1 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(test.count_of_tenant(test.tenant(), &told).await, 1);
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pausing_keeps_a_run_until_it_is_resumed() {
    let test = TestDb::new(1).await;
    let worker = Worker::start(&test, registry());
    let of = activate(
        &test,
        &chain(&[("await", "wait", for_event("x", json!(null)))]),
    )
    .await;
    let id = start(&test, &worker, of, json!({})).await;
    test.wait_for(id, "waiting").await;
    let mut tx = test.db.tenant(test.tenant()).await.unwrap();
    crate::pause(&mut tx, id).await.unwrap();
    tx.commit().await.unwrap();
    worker.wake.wake();
    test.wait_for(id, "paused").await;
    tell(&test, "x", "", json!({})).await;
    worker.wake.wake();
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(test.execution(id).await.status.as_str(), "paused");
    let mut tx = test.db.tenant(test.tenant()).await.unwrap();
    crate::resume(&mut tx, id).await.unwrap();
    tx.commit().await.unwrap();
    worker.wake.wake();
    test.wait_for(id, "succeeded").await;
    worker.stop().await;
}

async fn number(test: &TestDb, sql: &str) -> i64 {
    #[derive(diesel::QueryableByName)]
    struct Row {
        #[diesel(sql_type = diesel::sql_types::BigInt)]
        n: i64,
    }
    let mut tx = test.db.tenant(test.tenant()).await.unwrap();
    let row: Row = diesel_async::RunQueryDsl::get_result(diesel::sql_query(sql), tx.conn())
        .await
        .unwrap();
    row.n
}

/// A workflow whose run starts two of itself, without waiting for them.
async fn multiplying(test: &TestDb) -> (WorkflowId, VersionId) {
    let (workflow, version) = activate(test, &chain(&[])).await;
    let again = json!({"workflow_id": workflow, "wait": false});
    let definition = chain(&[
        ("one", "workflow.run", again.clone()),
        ("two", "workflow.run", again),
    ]);
    let sql = format!(
        "UPDATE workflow_versions SET definition = {} WHERE id = '{version}'",
        migrations::literal(&definition.to_string())
    );
    let mut tx = test.db.tenant(test.tenant()).await.unwrap();
    tx.conn().batch_execute(&sql).await.unwrap();
    tx.commit().await.unwrap();
    (workflow, version)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_came_of_one_run_is_counted_and_capped() {
    let test = TestDb::new(1).await;
    let of = multiplying(&test).await;
    let mut tx = test.db.tenant(test.tenant()).await.unwrap();
    let root = NewExecution::new(of.0, of.1, "start", "manual", json!({}), Lane::Event);
    let id = accept(&mut tx, &LiveBus::new(None), root).await.unwrap();
    // Nearly as many as may be, of runs that have ended.
    let many = format!(
        "INSERT INTO workflow_executions (id, workflow_id, version_id, status, trigger_id, trigger_type, \
            input, next_seq, created_at, ended_at, depth, root_execution_id) \
         SELECT gen_random_uuid(), '{}', '{}', 'succeeded', '', 'workflow', '{{}}', 2, now(), now(), 1, '{id}' \
         FROM generate_series(1, 9999)",
        of.0, of.1
    );
    tx.conn().batch_execute(&many).await.unwrap();
    tx.commit().await.unwrap();
    let worker = Worker::start(&test, registry());
    worker.wake.wake();
    let ended = test.wait_for(id, "failed").await;
    assert_eq!(ended.error.unwrap()["code"], "too_many_descendants");
    let sql =
        format!("SELECT count(*) AS n FROM workflow_executions WHERE root_execution_id = '{id}'");
    assert_eq!(number(&test, &sql).await, 10_000);
    worker.stop().await;
}

/// `workflow.run` of a dealership of which at most `limit` runs may wait to begin.
fn run_workflow(test: &TestDb, limit: u32) -> Arc<dyn WaitingStep> {
    let mut registry = testing::registry();
    let backlog = Backlog::new(test.db.clone(), limit);
    add_workflow_run(&mut registry, LiveBus::new(None), Some(backlog)).unwrap();
    match &registry.step("workflow.run").unwrap().kind {
        StepKind::Waiting(step) => Arc::clone(step),
        _ => panic!("a run of another workflow is waited for"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_finds_no_room_for_another_starts_it_once_when_there_is() {
    let test = TestDb::new(1).await;
    let of = activate(&test, &chain(&[])).await;
    let mut tx = test.db.tenant(test.tenant()).await.unwrap();
    let caller = NewExecution::new(of.0, of.1, "start", "manual", json!({}), Lane::Event);
    let caller = accept(&mut tx, &LiveBus::new(None), caller).await.unwrap();
    tx.commit().await.unwrap();
    let context = StepContext {
        tenant: test.tenant().clone(),
        execution_id: caller,
        workflow_id: of.0,
        step_id: "call".into(),
        attempt: 1,
        started_by: None,
        lead_id: None,
        trigger_type: "manual".into(),
        now: clock::now(),
        key: "key".into(),
        report: Report::default(),
    };
    for (wait, rows) in [(true, 2), (false, 3)] {
        let config = json!({"workflow_id": of.0, "wait": wait});
        // The caller itself waits to begin, and no more than none may.
        let mut tx = test.db.tenant(test.tenant()).await.unwrap();
        let full = run_workflow(&test, 0);
        let opened = full.open(&mut tx, &context, config).await.unwrap();
        let Opened::Waiting(waiting) = opened else {
            panic!("there is no room");
        };
        let soon = context.now + TimeDelta::seconds(10);
        assert_eq!((waiting.kind, waiting.until), ("child", Some(soon)));
        let again = full.due(&mut tx, &context, &waiting.request, 1).await;
        assert_eq!(again.unwrap(), Due::Until(soon));
        let roomy = run_workflow(&test, 10);
        let started = roomy.due(&mut tx, &context, &waiting.request, 2).await;
        let output = json!({
            "execution_id": waiting.name, "status": "queued", "output": null, "error": null
        });
        let told = Due::Until(context.now + TimeDelta::days(1));
        let expected = match wait {
            true => told.clone(),
            false => Due::Output(StepOutput::new(output)),
        };
        assert_eq!(started.unwrap(), expected);
        // A step that looks again finds the run that it started.
        let once_more = roomy.due(&mut tx, &context, &waiting.request, 3).await;
        assert_eq!(once_more.unwrap(), told);
        tx.commit().await.unwrap();
        let count = test.count_of_tenant(test.tenant(), "workflow_executions");
        assert_eq!(count.await, rows);
        let child = test.execution(waiting.name.parse().unwrap()).await;
        assert_eq!(child.parent_execution_id, Some(caller));
    }
}

/// A workflow that calls itself until `n` is zero, of which so many runs are under way at once.
async fn countdown(test: &TestDb, most: u32) -> (WorkflowId, VersionId) {
    let call = json!({
        "workflow_id": {"$ref": "trigger.self"},
        "input": {"self": {"$ref": "trigger.self"}, "n": {"$cel": "trigger.n - 1"}}
    });
    let mut definition = chain(&[
        (
            "more",
            "condition",
            json!({"condition": {"$cel": "trigger.n > 0"}}),
        ),
        ("call", "workflow.run", call),
    ]);
    definition["edges"][1]["port"] = json!("true");
    definition["settings"] = json!({"max_concurrency": most});
    activate(test, &definition).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_calls_its_own_workflow_shares_its_place_with_it() {
    let test = TestDb::new(1).await;
    let worker = Worker::start(&test, registry());
    for most in [1, 2] {
        let of = countdown(&test, most).await;
        let mut roots = Vec::new();
        for _ in 0..3 {
            let input = json!({"self": of.0, "n": 3});
            roots.push(start(&test, &worker, of, input).await);
        }
        for root in roots {
            test.wait_for(root, "succeeded").await;
        }
        let runs = format!(
            "workflow_executions WHERE workflow_id = '{}' AND status = 'succeeded'",
            of.0
        );
        assert_eq!(test.count_of_tenant(test.tenant(), &runs).await, 12);
    }
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_nobody_waits_for_needs_a_place_of_its_own() {
    let test = TestDb::new(1).await;
    let worker = Worker::start(&test, registry());
    let mut definition = chain(&[
        (
            "call",
            "workflow.run",
            json!({"workflow_id": {"$ref": "trigger.self"}, "wait": false}),
        ),
        ("rest", "wait", for_event("go", json!(null))),
    ]);
    definition["settings"] = json!({"max_concurrency": 1});
    let of = activate(&test, &definition).await;
    let id = start(&test, &worker, of, json!({"self": of.0})).await;
    test.wait_for(id, "waiting").await;
    let child = child_of(&test, id).await;
    let asked = format!("workflow_executions WHERE id = '{child}' AND slot_asked_at IS NOT NULL");
    for _ in 0..500 {
        if test.count_of_tenant(test.tenant(), &asked).await == 1 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(test.count_of_tenant(test.tenant(), &asked).await, 1);
    assert_eq!(test.execution(child).await.status.as_str(), "queued");
    worker.stop().await;
}
