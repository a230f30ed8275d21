use super::support::{TestDb, Worker};
use crate::accept::EXECUTION;
use crate::event::Settlement;
use crate::registry::StepRegistry;
use crate::step::*;
use crate::steps::testing;
use crate::{LiveBus, cancel, settle};
use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use diesel_async::SimpleAsyncConnection;
use platform_db::TenantTx;
use platform_kernel::id::ExecutionId;
use platform_kernel::ports::CallError;
use platform_kernel::{Error, clock};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

/// Writes a notification in the step's own transaction; fails after it as often as told.
#[derive(Default)]
struct Note {
    runs: AtomicU32,
    failures: u32,
}

#[async_trait]
impl TransactionalStep for Note {
    async fn run(
        &self,
        tx: &mut TenantTx,
        context: &StepContext,
        config: Value,
    ) -> Result<StepOutput, StepError> {
        let sql = format!(
            "INSERT INTO notifications (id, user_id, title, body) VALUES ('{id}', '{id}', 'T', 'B')",
            id = uuid::Uuid::now_v7()
        );
        tx.conn().batch_execute(&sql).await?;
        context.report.info("Wrote it down.");
        if self.runs.fetch_add(1, Ordering::Relaxed) < self.failures {
            return Err(StepError::retry("flaky", "Not this time."));
        }
        Ok(StepOutput::new(config))
    }
}

/// Posts a letter: never twice.
#[derive(Default)]
struct Letter {
    posted: AtomicU32,
    /// Whether the answer never comes.
    silent: AtomicBool,
    /// Whether the post office can say what became of it.
    traced: AtomicBool,
}

#[async_trait]
impl EffectStep for Letter {
    async fn prepare(
        &self,
        _: &mut TenantTx,
        _: &StepContext,
        config: Value,
    ) -> Result<EffectIntent, StepError> {
        Ok(EffectIntent {
            kind: "email".into(),
            summary: "Letter to Ann".into(),
            request: config,
            simulated: false,
        })
    }

    async fn call(
        &self,
        context: &EffectContext<'_>,
        _: &Value,
    ) -> Result<EffectOutcome, CallError> {
        context.handover.mark().await?;
        self.posted.fetch_add(1, Ordering::Relaxed);
        if self.silent.load(Ordering::Relaxed) {
            std::future::pending::<()>().await;
        }
        Ok(EffectOutcome {
            output: json!({"posted": true}),
            provider_reference: Some("250 ok".into()),
            ..EffectOutcome::default()
        })
    }

    async fn record(
        &self,
        tx: &mut TenantTx,
        context: &StepContext,
        _: &Value,
        result: Result<&EffectOutcome, &CallError>,
    ) -> Result<(), Error> {
        let title = if result.is_ok() { "sent" } else { "unsent" };
        let sql = format!(
            "INSERT INTO notifications (id, user_id, title, body) VALUES ('{id}', '{id}', '{title}', '{key}')",
            id = uuid::Uuid::now_v7(),
            key = context.key
        );
        Ok(tx.conn().batch_execute(&sql).await?)
    }

    async fn look_up(
        &self,
        _: &StepContext,
        _: &Value,
        since: DateTime<Utc>,
    ) -> Option<EffectOutcome> {
        let marked = clock::now() - since < TimeDelta::minutes(5) && since <= clock::now();
        (marked && self.traced.load(Ordering::Relaxed)).then(|| EffectOutcome {
            output: json!({"posted": true}),
            provider_reference: Some("traced".into()),
            ..EffectOutcome::default()
        })
    }

    fn after_crash(&self, _: &Value) -> AfterCrash {
        AfterCrash::RepeatUnlessSending
    }
}

fn registry(note: Arc<Note>, letter: Arc<Letter>) -> StepRegistry {
    let mut registry = testing::registry();
    let any = |type_| StepTypeInfo {
        type_,
        config_schema: json!({"type": "object"}),
        ..StepTypeInfo::default()
    };
    registry
        .add_step(any("note"), StepKind::Transactional(note))
        .unwrap();
    registry
        .add_step(any("letter"), StepKind::Effect(letter))
        .unwrap();
    registry
}

fn plain() -> StepRegistry {
    registry(Arc::default(), Arc::default())
}

fn one(type_: &str, config: Value) -> Value {
    json!({
        "triggers": [{"id": "start", "type": "manual"}],
        "steps": [{"id": "a", "type": type_, "config": config,
            "retry": {"max_attempts": 3, "initial_delay_seconds": 0.05}}],
        "edges": [{"from": "start", "to": "a"}]
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_fails_is_found_by_its_state_and_one_that_succeeds_has_no_word_for_it() {
    let test = TestDb::new(1).await;
    let worker = Worker::start(&test, plain());
    let mut ids = Vec::new();
    for cel in ["1", "1 / (trigger.n - trigger.n)"] {
        let values = json!({"values": {"x": {"$cel": cel}}});
        let version = test.publish(test.tenant(), &one("transform", values)).await;
        ids.push(test.accept(test.tenant(), version, json!({"n": 1})).await);
    }
    worker.wake.wake();
    test.wait_for(ids[0], "succeeded").await;
    test.wait_for(ids[1], "failed").await;
    let marked = |id: platform_kernel::id::ExecutionId, word: &str| {
        format!(
            "execution_search WHERE execution_id = '{id}' AND '{word}' = ANY (tsvector_to_array(words))"
        )
    };
    let tenant = test.tenant();
    for (id, word, rows) in [
        (ids[0], "status:failed", 0),
        (ids[0], "status:succeeded", 0),
        (ids[1], "status:failed", 1),
        (ids[1], "trigger:manual", 1),
    ] {
        let found = test.count_of_tenant(tenant, &marked(id, word)).await;
        assert_eq!(found, rows, "{word} of {id}");
    }
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_is_accepted_run_and_read_back() {
    let test = TestDb::new(1).await;
    let worker = Worker::start(&test, plain());
    let mut live = worker.live.subscribe();
    let version = test
        .publish(
            test.tenant(),
            &one(
                "transform",
                json!({"values": {"twice": {"$cel": "trigger.n * 2"}}}),
            ),
        )
        .await;
    let id = test
        .accept(test.tenant(), version, json!({"n": 21, "nul": "a\u{0}b"}))
        .await;
    worker.wake.wake();
    let execution = test.wait_for(id, "succeeded").await;
    assert_eq!(execution.output, Some(json!({"a": {"twice": 42}})));
    assert_eq!(
        test.kinds(id).await,
        [
            "execution_accepted",
            "execution_started",
            "step_started",
            "step_succeeded",
            "execution_succeeded"
        ]
    );
    let logs = test.logs(id).await;
    assert!(logs.iter().any(|line| line.message.contains("is done")));
    assert_eq!(
        execution.next_seq,
        1 + 5 + i64::try_from(logs.len()).unwrap()
    );
    assert_eq!(test.count("control.jobs").await, 0);
    let mut seen = Vec::new();
    while let Ok(delivery) = live.try_recv() {
        assert_eq!(delivery.tenant, test.tenant().id);
        seen.push((delivery.message.topic.clone(), delivery.message.seq));
    }
    let own: Vec<i64> = seen
        .iter()
        .filter(|(t, _)| *t == format!("execution:{id}"))
        .map(|s| s.1)
        .collect();
    assert_eq!(
        own,
        (2..execution.next_seq).collect::<Vec<_>>(),
        "no gap, no double"
    );
    assert!(seen.iter().any(|(topic, _)| topic == "executions"));
    worker.stop().await;
    assert_eq!(test.count("control.workers").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transactional_step_and_its_event_stand_or_fall_together() {
    let test = TestDb::new(1).await;
    let note = Arc::new(Note {
        failures: 2,
        ..Note::default()
    });
    let worker = Worker::start(&test, registry(Arc::clone(&note), Arc::default()));
    let version = test.publish(test.tenant(), &one("note", json!({}))).await;
    let id = test.accept(test.tenant(), version, json!({})).await;
    worker.wake.wake();
    test.wait_for(id, "succeeded").await;
    assert_eq!(note.runs.load(Ordering::Relaxed), 3);
    assert_eq!(
        test.count_of_tenant(test.tenant(), "notifications").await,
        1
    );
    let kinds = test.kinds(id).await;
    assert_eq!(
        kinds
            .iter()
            .filter(|kind| *kind == "retry_scheduled")
            .count(),
        2
    );
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_effect_leaves_its_intent_and_outcome() {
    let test = TestDb::new(1).await;
    let worker = Worker::start(&test, plain());
    let version = test
        .publish(test.tenant(), &one("letter", json!({"to": "ann"})))
        .await;
    let id = test.accept(test.tenant(), version, json!({})).await;
    worker.wake.wake();
    test.wait_for(id, "succeeded").await;
    let effects = test.effects(id).await;
    assert_eq!(effects.len(), 1);
    assert_eq!(
        (effects[0].state.as_str(), effects[0].summary.as_str()),
        ("confirmed", "Letter to Ann")
    );
    assert_eq!(effects[0].provider_reference.as_deref(), Some("250 ok"));
    assert_eq!(effects[0].request, json!({"to": "ann"}));
    assert_eq!(
        test.count_of_tenant(test.tenant(), "notifications WHERE title = 'sent'")
            .await,
        1
    );
    worker.stop().await;
}

/// A run whose worker is lost while its letter is on the way.
async fn lost_on_the_way(test: &TestDb, letter: &Arc<Letter>) -> ExecutionId {
    letter.silent.store(true, Ordering::Relaxed);
    let first = Worker::start(test, registry(Arc::default(), Arc::clone(letter)));
    let version = test.publish(test.tenant(), &one("letter", json!({}))).await;
    let id = test.accept(test.tenant(), version, json!({})).await;
    first.wake.wake();
    while letter.posted.load(Ordering::Relaxed) == 0 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    first.kill();
    test.control("UPDATE control.workers SET alive_until = now() - interval '1 second'")
        .await;
    letter.silent.store(false, Ordering::Relaxed);
    id
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_crash_nobody_is_asked_about_a_letter_that_the_provider_knows() {
    let test = TestDb::new(1).await;
    let letter = Arc::new(Letter::default());
    letter.traced.store(true, Ordering::Relaxed);
    let id = lost_on_the_way(&test, &letter).await;
    let second = Worker::start(&test, registry(Arc::default(), Arc::clone(&letter)));
    let execution = test.wait_for(id, "succeeded").await;
    assert_eq!(execution.output, Some(json!({"a": {"posted": true}})));
    let effect = test.effects(id).await.remove(0);
    assert_eq!(
        (effect.state.as_str(), effect.provider_reference.as_deref()),
        ("confirmed", Some("traced"))
    );
    assert_eq!(letter.posted.load(Ordering::Relaxed), 1);
    let sent = test.count_of_tenant(test.tenant(), "notifications WHERE title = 'sent'");
    assert_eq!(sent.await, 1);
    second.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_crash_a_letter_is_not_posted_twice_but_somebody_is_asked() {
    let test = TestDb::new(1).await;
    let letter = Arc::new(Letter::default());
    let id = lost_on_the_way(&test, &letter).await;
    let second = Worker::start(&test, registry(Arc::default(), Arc::clone(&letter)));
    test.wait_for(id, "waiting").await;
    let effect = test.effects(id).await.remove(0);
    assert_eq!(
        (effect.state.as_str(), letter.posted.load(Ordering::Relaxed)),
        ("unknown", 1)
    );
    assert!(test.kinds(id).await.contains(&"lease_taken".to_owned()));

    let mut tx = test.db.tenant(test.tenant()).await.unwrap();
    settle(
        &mut tx,
        &LiveBus::new(None),
        id,
        &effect.key,
        Settlement::Sent,
    )
    .await
    .unwrap();
    let again = settle(
        &mut tx,
        &LiveBus::new(None),
        id,
        &effect.key,
        Settlement::NotSent,
    )
    .await;
    assert_eq!(
        again.unwrap_err().code(),
        platform_kernel::ErrorCode::Conflict
    );
    tx.commit().await.unwrap();
    second.wake.wake();
    let execution = test.wait_for(id, "succeeded").await;
    assert_eq!(execution.output, Some(json!({"a": {"settled": "sent"}})));
    assert_eq!(test.effects(id).await[0].state.as_str(), "confirmed");
    assert_eq!(letter.posted.load(Ordering::Relaxed), 1);
    second.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn not_sent_means_that_it_is_sent_again() {
    let test = TestDb::new(1).await;
    let letter = Arc::new(Letter::default());
    letter.silent.store(true, Ordering::Relaxed);
    let mut definition = one("letter", json!({}));
    definition["steps"][0]["timeout_seconds"] = json!(1);
    let worker = Worker::start(&test, registry(Arc::default(), Arc::clone(&letter)));
    let version = test.publish(test.tenant(), &definition).await;
    let id = test.accept(test.tenant(), version, json!({})).await;
    worker.wake.wake();
    test.wait_for(id, "waiting").await;
    letter.silent.store(false, Ordering::Relaxed);
    let key = test.effects(id).await.remove(0).key;
    let mut tx = test.db.tenant(test.tenant()).await.unwrap();
    settle(&mut tx, &LiveBus::new(None), id, &key, Settlement::NotSent)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    worker.wake.wake();
    test.wait_for(id, "succeeded").await;
    assert_eq!(letter.posted.load(Ordering::Relaxed), 2);
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wait_parks_the_run_and_its_time_wakes_it() {
    let test = TestDb::new(1).await;
    let worker = Worker::start(&test, plain());
    let version = test
        .publish(
            test.tenant(),
            &one("wait", json!({"duration_seconds": 1.5})),
        )
        .await;
    let id = test.accept(test.tenant(), version, json!({})).await;
    worker.wake.wake();
    test.wait_for(id, "waiting").await;
    let parked = "control.jobs WHERE lease_owner IS NULL AND run_at > now()";
    for _ in 0..100 {
        if test.count(parked).await == 1 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(test.count(parked).await, 1);
    let execution = test.wait_for(id, "succeeded").await;
    let took = execution.ended_at.unwrap() - execution.started_at.unwrap();
    assert!((1_500..4_000).contains(&took.num_milliseconds()), "{took}");
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn cancelling_ends_a_parked_run_at_once() {
    let test = TestDb::new(1).await;
    let worker = Worker::start(&test, plain());
    let version = test
        .publish(
            test.tenant(),
            &one("wait", json!({"duration_seconds": 3600})),
        )
        .await;
    let id = test.accept(test.tenant(), version, json!({})).await;
    worker.wake.wake();
    test.wait_for(id, "waiting").await;
    let mut tx = test.db.tenant(test.tenant()).await.unwrap();
    cancel(&mut tx, id, Some("no longer needed")).await.unwrap();
    tx.commit().await.unwrap();
    worker.wake.wake();
    test.wait_for(id, "cancelled").await;
    assert_eq!(test.count("control.jobs").await, 0);
    let mut tx = test.db.tenant(test.tenant()).await.unwrap();
    let late = cancel(&mut tx, id, None).await.unwrap_err();
    assert_eq!(late.code(), platform_kernel::ErrorCode::ExecutionEnded);
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn runs_of_a_suspended_tenant_rest_until_it_is_active_again() {
    let mut test = TestDb::new(1).await;
    test.tenants[0].status = platform_kernel::tenant::TenantStatus::Suspended;
    let worker = Worker::start(&test, plain());
    let version = test
        .publish(test.tenant(), &one("transform", json!({"values": {}})))
        .await;
    let id = test.accept(test.tenant(), version, json!({})).await;
    worker.wake.wake();
    while test.count("control.jobs WHERE run_at > now()").await == 0 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    worker.stop().await;
    assert_eq!(test.execution(id).await.status.as_str(), "queued");
    test.tenants[0].status = platform_kernel::tenant::TenantStatus::Active;
    let mut tx = test.db.control().await.unwrap();
    tx.wake_jobs(test.tenant().id, EXECUTION).await.unwrap();
    tx.commit().await.unwrap();
    let worker = Worker::start(&test, plain());
    test.wait_for(id, "succeeded").await;
    worker.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_runs_of_two_tenants_end_each_under_its_own_role() {
    let test = TestDb::new(2).await;
    let worker = Worker::start(&test, plain());
    let mut versions = Vec::new();
    for tenant in &test.tenants {
        let definition = one(
            "transform",
            json!({"values": {"who": {"$ref": "tenant.slug"}}}),
        );
        versions.push(test.publish(tenant, &definition).await);
    }
    for n in 0..60 {
        let side = n % 2;
        test.accept(&test.tenants[side], versions[side], json!({}))
            .await;
        worker.wake.wake();
    }
    let done = |slug: &str| format!("workflow_executions WHERE output -> 'a' ->> 'who' = '{slug}'");
    for tenant in &test.tenants {
        for _ in 0..1_000 {
            if test.count_of_tenant(tenant, &done(&tenant.slug)).await == 30 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        assert_eq!(test.count_of_tenant(tenant, &done(&tenant.slug)).await, 30);
    }
    worker.stop().await;
    assert_eq!(test.count("control.jobs").await, 0);
}
